internal import TransportCore

/// A recording of streams in the form of pcapng, which Wireshark and tshark read: as if their bytes had gone over a network
/// in TCP segments.
///
/// The segments are made up, with everything that a reader of them needs: the handshake, sequence numbers, acknowledgements,
/// the end. They show the bytes at the place of the layer: above TLS, that is what was encrypted. One capture takes any
/// number of streams.
///
/// ```swift
/// let capture = PacketCapture { file.write($0) }
/// let backend = SocketBackend<IP>().captured(by: capture)
/// ```
public final class PacketCapture: Sendable {
    /// Takes the bytes of the recording, in order and one call at a time. It must not use the streams that are recorded.
    public typealias Sink = @Sendable ([UInt8]) -> Void

    /// How many bytes of a stream one segment has at most.
    static let largestSegment = 16 << 10

    private struct State {
        var hasBegun = false
        var streamCount = 0
    }

    private let state = Locked(State())
    private let sink: Sink
    /// What the clock of the streams says, less this, is the time since 1970; in nanoseconds.
    private let clockOffset: Int64

    /// Begins a recording.
    ///
    /// - Parameters:
    ///   - clockOffset: What to add to the time of the streams, in nanoseconds, to get the time since 1970. The default, 0,
    ///     shows times as the streams' clock has them: since the machine was started, or since the test began.
    ///   - sink: Takes the bytes of the recording.
    public init(clockOffset: Int64 = 0, sink: @escaping Sink) {
        self.clockOffset = clockOffset
        self.sink = sink
    }

    /// A number for a new stream, from 0 on.
    func nextNumber() -> Int {
        state.withLock { state in
            defer { state.streamCount += 1 }
            return state.streamCount
        }
    }

    /// Writes packets down, which belong together.
    ///
    /// - Parameters:
    ///   - packets: Each is one IP packet.
    ///   - comment: A note on the first of them.
    func write(_ packets: [[UInt8]], at instant: Instant, comment: String? = nil) {
        let time = UInt64(bitPattern: instant.nanoseconds &+ clockOffset)
        var bytes: [UInt8] = []
        for (index, packet) in packets.enumerated() {
            bytes.appendEnhancedPacket(packet, time: time, comment: index == 0 ? comment : nil)
        }
        state.withLock { state in
            if !state.hasBegun {
                state.hasBegun = true
                sink(Self.beginning)
            }
            sink(bytes)
        }
    }

    /// The section header and the one interface: raw IP packets, times in nanoseconds.
    private static var beginning: [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendBlock(type: 0x0A0D_0D0A) { body in
            body.appendLittleEndian(UInt32(0x1A2B_3C4D))
            body.appendLittleEndian(UInt16(1))
            body.appendLittleEndian(UInt16(0))
            body.appendLittleEndian(UInt64.max)  // the length of the section is not known
            body.appendOption(4, [UInt8]("swift-transport".utf8))  // shb_userappl
            body.appendLittleEndian(UInt32(0))
        }
        bytes.appendBlock(type: 1) { body in
            body.appendLittleEndian(UInt16(101))  // LINKTYPE_RAW
            body.appendLittleEndian(UInt16(0))
            body.appendLittleEndian(UInt32(0))  // no limit of the packets' length
            body.appendOption(2, [UInt8]("streams".utf8))  // if_name
            body.appendOption(9, [9])  // if_tsresol: 10^-9 s
            body.appendLittleEndian(UInt32(0))
        }
        return bytes
    }
}

// MARK: - Blocks (draft-ietf-opsawg-pcapng)

extension [UInt8] {
    mutating func appendLittleEndian(_ number: some FixedWidthInteger & UnsignedInteger) {
        for shift in stride(from: 0, to: number.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    fileprivate mutating func pad() {
        while count % 4 != 0 { append(0) }
    }

    fileprivate mutating func appendOption(_ code: UInt16, _ value: [UInt8]) {
        appendLittleEndian(code)
        appendLittleEndian(UInt16(clamping: value.count))
        self += value.prefix(Int(UInt16.max))
        pad()
    }

    fileprivate mutating func appendBlock(type: UInt32, _ fill: (inout [UInt8]) -> Void) {
        var body: [UInt8] = []
        fill(&body)
        let length = UInt32(body.count + 12)
        appendLittleEndian(type)
        appendLittleEndian(length)
        self += body
        appendLittleEndian(length)
    }

    fileprivate mutating func appendEnhancedPacket(_ packet: [UInt8], time: UInt64, comment: String?) {
        appendBlock(type: 6) { body in
            body.appendLittleEndian(UInt32(0))  // the interface
            body.appendLittleEndian(UInt32(time >> 32))
            body.appendLittleEndian(UInt32(truncatingIfNeeded: time))
            body.appendLittleEndian(UInt32(packet.count))
            body.appendLittleEndian(UInt32(packet.count))
            body += packet
            body.pad()
            if let comment {
                body.appendOption(1, [UInt8](comment.utf8.prefix(1024)))
                body.appendLittleEndian(UInt32(0))
            }
        }
    }
}
