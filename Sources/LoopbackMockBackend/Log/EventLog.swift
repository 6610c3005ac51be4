internal import CThreads
internal import TransportCore

/// Writes down what happens in a network: the latest events in a ring, so that recording allocates nothing in the long
/// run, and what has to be known of every stream and listener for reports.
///
/// Used with the network's lock held.
final class EventLog {
    /// An event as it is stored: without references, of a fixed size.
    struct Entry {
        var time: Int64
        var count: Int
        var stream: Int32
        var kind: NetworkEvent.Kind.Code
        var side: UInt8
        var hasNote: Bool
        var preview: Preview
    }

    /// The first bytes of what was moved.
    typealias Preview = (UInt64, UInt64, UInt64, UInt64)

    /// How many events are kept.
    static let capacity = 4096
    static let previewLength = MemoryLayout<Preview>.size

    let seed: UInt64
    private let origin: Int64

    // Every send and receive comes here, and checking each access would take longer than the accesses do. No access is
    // still going on when another begins: the network's lock is held, and nothing is called meanwhile.

    /// The network's time; nil when it is the machine's, counted from `origin`.
    @exclusivity(unchecked) private var time: Int64?
    @exclusivity(unchecked) private var ring: [Entry] = []
    /// How many events there have been.
    @exclusivity(unchecked) private(set) var total = 0
    /// What else there is to say about some of the events in the ring, by their numbers.
    private var notes: [Int: String] = [:]

    private(set) var streams: [StreamRecord] = []
    private var lastStream: Int32 = 0
    private var streamLimit = 2 * EventLog.capacity
    private(set) var listeners: [ListenerRecord] = []
    /// When to forget those of which no report speaks: with all of them at each listen, many would take too long.
    private var listenerLimit = 128
    /// The scripted peers.
    private(set) var players: [ScriptPlayer] = []

    init(seed: UInt64, realOrigin: Int64?) {
        self.seed = seed
        time = realOrigin == nil ? 0 : nil
        origin = realOrigin ?? 0
    }

    private var now: Int64 { time ?? (cthreads_now() - origin) }

    // MARK: Recording

    /// Writes an event down.
    @inline(__always)
    func record(
        _ kind: NetworkEvent.Kind.Code, stream: Int32 = 0, side: Int = 0, count: Int = 0,
        preview: Preview = (0, 0, 0, 0), hasNote: Bool = false
    ) {
        let entry = Entry(
            time: now, count: count, stream: stream, kind: kind, side: UInt8(truncatingIfNeeded: side),
            hasNote: hasNote, preview: preview
        )
        let index = total & (EventLog.capacity - 1)
        if ring.count < EventLog.capacity {
            ring.append(entry)
        } else {
            if ring[index].hasNote { notes[total - EventLog.capacity] = nil }
            ring[index] = entry
        }
        total += 1
    }

    /// Writes an event down, and what else there is to say about it.
    func record(_ kind: NetworkEvent.Kind.Code, stream: Int32 = 0, side: Int = 0, note: String) {
        notes[total] = note
        record(kind, stream: stream, side: side, hasNote: true)
    }

    /// The network's time has changed.
    func moved(to newTime: Int64) {
        guard let old = time else { return }
        time = newTime
        if newTime != old { record(.timeJump, count: Int(newTime - old)) }
    }

    // MARK: Who there is

    /// Writes down that a client begins to connect.
    func connecting(from client: (host: String, address: String), to server: (host: String, address: String))
        -> StreamRecord
    {
        if streams.count >= streamLimit { forgetFinishedStreams() }
        lastStream &+= 1
        let record = StreamRecord(log: self, number: lastStream, client: .init(client), server: .init(server))
        streams.append(record)
        self.record(.connect, stream: lastStream)
        return record
    }

    /// Writes down that a listener begins to listen.
    func listening(on host: String, at address: String) -> ListenerRecord {
        if listeners.count >= listenerLimit {
            listeners.removeAll { $0.isClosed && !$0.isDropped }
            listenerLimit = 2 * max(64, listeners.count)
        }
        let record = ListenerRecord(log: self, host: host, address: address)
        listeners.append(record)
        self.record(.listen, note: "\(host) listens at \(address)")
        return record
    }

    /// Writes down that a scripted peer begins to listen.
    func serving(_ player: ScriptPlayer, on host: String, at place: String) {
        players.append(player)
        record(.listen, note: "\(host) plays scripts at \(place)")
    }

    /// Writes down that a closure begins to serve connections.
    func serving(on host: String, at place: String) {
        record(.listen, note: "\(host) serves connections at \(place)")
    }

    /// Forgets streams that no event and no report speaks of.
    private func forgetFinishedStreams() {
        let oldest = Set(ring.lazy.map(\.stream))
        streams.removeAll { $0.isUnremarkable && !oldest.contains($0.number) }
        streamLimit = 2 * max(EventLog.capacity, streams.count)
    }

    // MARK: Reading

    /// The latest events, the oldest first.
    var events: [NetworkEvent] {
        (total - ring.count..<total).map { number in
            let entry = ring[number & (EventLog.capacity - 1)]
            let hasBytes = entry.kind == .send || entry.kind == .receive
            let preview = withUnsafeBytes(of: entry.preview) { bytes in
                Array(bytes.prefix(hasBytes ? entry.count : 0))
            }
            return NetworkEvent(
                time: Instant(nanoseconds: entry.time), kind: .init(code: entry.kind),
                stream: entry.stream == 0 ? nil : Int(entry.stream), side: entry.side == 0 ? .client : .server,
                count: entry.count, preview: preview, note: entry.hasNote ? notes[number] : nil
            )
        }
    }
}
