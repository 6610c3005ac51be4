internal import COpenSSL
public import TransportCore

/// Where the engines of one endpoint get datagrams and leave them, one engine at a time.
///
/// Datagrams are not kept here from one call of libssl to the next: what is not taken is lost, as on a network, and sent
/// again by the handshake that needs it.
@usableFromInline
final class DatagramPort {
    /// The datagram that libssl may take, whole; its memory is good for one call.
    @usableFromInline @exclusivity(unchecked) var input: UnsafeRawBufferPointer?
    /// The datagrams that libssl has made, one behind the other.
    @usableFromInline @exclusivity(unchecked) private(set) var output: [UInt8] = []
    /// Their sizes.
    @usableFromInline @exclusivity(unchecked) private(set) var sizes: [Int] = []
    /// The time of the call.
    @usableFromInline @exclusivity(unchecked) var now = Instant(nanoseconds: 0)
    /// The largest datagram to make.
    @usableFromInline let largest: Int
    /// The peer of the call, as cookies have it.
    var peer: [UInt8] = []
    /// The cookies of clients.
    var cookies: DTLSCookies

    /// What is made when larger ones seem to get lost: what every IPv4 network carries (576) less the headers.
    static let smallest = 548
    /// The largest datagram of a handshake: libssl gathers it in 4,096 bytes, and would cut larger ones anywhere.
    static let largestOfHandshake = 4096

    init(largest: Int, cookies: DTLSCookies) {
        self.largest = largest
        self.cookies = cookies
    }

    /// Takes a datagram from libssl.
    func append(_ datagram: UnsafeRawBufferPointer) {
        output.append(contentsOf: datagram)
        sizes.append(datagram.count)
    }

    /// Forgets what was made.
    @usableFromInline
    func clear() {
        guard !sizes.isEmpty else { return }
        output.removeAll(keepingCapacity: true)
        sizes.removeAll(keepingCapacity: true)
    }
}

/// When the last messages of a handshake are sent again (RFC 6347, section 4.2.4.1): after a second, and then after twice
/// as long each time, a minute at most.
///
/// libssl wants to measure this itself, by the system's clock. The time belongs to the transport below, though, which may be
/// virtual. OpenSSL 3.0 hands the BIO its own variable, which lives as long as the `SSL`; there the time that libssl
/// sees is never before it is due here, and always after. Later ones hand out a copy: there both clocks must have come to
/// the time.
struct RetransmissionTimer {
    /// When; nil when nothing waits for an answer.
    private(set) var due: Instant?
    private var duration = Self.first
    private var variable: UnsafeMutablePointer<timeval>?

    private static let first: Int64 = 1_000_000_000
    private static let longest: Int64 = 60_000_000_000
    private static let libsslSharesItsVariable = OpenSSL_version_num() < 0x3010_0000

    /// Takes note that libssl has started or stopped its timer.
    mutating func changed(_ time: UnsafeMutablePointer<timeval>, at now: Instant) {
        guard time.pointee.tv_sec != 0 || time.pointee.tv_usec != 0 else {
            due = nil
            duration = Self.first
            return
        }
        due = now.advanced(by: .nanoseconds(duration))
        guard Self.libsslSharesItsVariable else { return }
        variable = time
        time.pointee = timeval(tv_sec: .max / 4, tv_usec: 0)
    }

    /// Has libssl find that the time has come; it starts the timer again.
    mutating func expire() {
        duration = min(2 * duration, Self.longest)
        variable?.pointee = timeval(tv_sec: 1, tv_usec: 0)
    }

    /// Takes back that the time has come: libssl's own clock says that it is this long to go.
    mutating func postpone(by left: timeval, at now: Instant) {
        duration /= 2
        let nanoseconds = Int64(left.tv_sec) * 1_000_000_000 + Int64(left.tv_usec) * 1000
        due = now.advanced(by: .nanoseconds(max(nanoseconds, 1_000_000)))
    }
}
