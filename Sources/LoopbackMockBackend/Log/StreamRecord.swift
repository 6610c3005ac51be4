internal import TransportCore

/// What is written down about one stream: its place in the log, and what reports need to know of its ends.
///
/// Used with the network's lock held.
final class StreamRecord {
    /// What is known of one end.
    struct End {
        let host: String
        let address: String
        /// Where in the program the object was made that owns it; nil when a script or nobody does.
        var origin: SourceSite?
        var isClosed = false
        var isDropped = false
        var hasSeenEnd = false
        /// How many received bytes were there when it was closed.
        var unreadCount = 0
        /// How many bytes a layer had accepted and not handed down.
        var lostOutputCount = 0
        /// How often it blocked for something to receive, without a deadline.
        var endlessWaitCount = 0
        /// How many sends were of one byte.
        var oneByteSendCount = 0

        init(_ name: (host: String, address: String)) { (host, address) = name }
    }

    // Not counted: whoever uses a record has the engine too, which keeps the log, and holds its lock. The log keeps the
    // records.
    private let log: Unmanaged<EventLog>
    let number: Int32
    /// The ends, by a bit each, whose latest send was not taken whole: the next one brings the rest.
    // Looked at by every send; no access goes on when another begins.
    @exclusivity(unchecked) private var partialSends: UInt8 = 0
    @exclusivity(unchecked) private(set) var client: End
    @exclusivity(unchecked) private(set) var server: End

    init(log: EventLog, number: Int32, client: End, server: End) {
        self.log = .passUnretained(log)
        self.number = number
        self.client = client
        self.server = server
    }

    /// The end with a number, 0 or 1.
    subscript(side: Int) -> End {
        get { side == 0 ? client : server }
        _modify { if side == 0 { yield &client } else { yield &server } }
    }

    /// Nothing can happen to it any more, and no report would speak of it.
    var isUnremarkable: Bool {
        [client, server].allSatisfy { end in
            (end.isClosed || end.origin == nil) && !end.isDropped && end.unreadCount == 0 && end.lostOutputCount == 0
                && end.endlessWaitCount == 0 && end.oneByteSendCount < HygieneFinding.manyOneByteSends
        }
    }

    // MARK: Events

    func record(_ kind: NetworkEvent.Kind.Code, _ side: Int) {
        log._withUnsafeGuaranteedRef { $0.record(kind, stream: number, side: side) }
    }

    func record(_ kind: NetworkEvent.Kind.Code, _ side: Int, note: String) {
        log._withUnsafeGuaranteedRef { $0.record(kind, stream: number, side: side, note: note) }
    }

    /// Bytes were moved.
    @inline(__always)
    func moved(_ kind: NetworkEvent.Kind.Code, _ side: Int, _ bytes: UnsafeRawBufferPointer, _ count: Int) {
        var preview: EventLog.Preview = (0, 0, 0, 0)
        let shown = min(count, EventLog.previewLength)
        withUnsafeMutableBytes(of: &preview) { $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<shown])) }
        log._withUnsafeGuaranteedRef {
            $0.record(kind, stream: number, side: side, count: count, preview: preview)
        }
    }

    /// So many bytes were taken of those that were offered. Counts who offers one byte alone.
    @inline(__always)
    func sent(_ side: Int, _ count: Int, of offered: Int) {
        let bit: UInt8 = side == 0 ? 1 : 2
        if offered == 1, partialSends & bit == 0 { self[side].oneByteSendCount += 1 }
        partialSends = count < offered ? partialSends | bit : partialSends & ~bit
    }

    /// The end of the peer's stream was seen.
    func sawEnd(_ side: Int) {
        guard !self[side].hasSeenEnd else { return }
        self[side].hasSeenEnd = true
        record(.seeEnd, side)
    }

    /// A script did a step that the log does not show in another way.
    func did(_ step: PeerScript.Step, _ number: Int, _ side: Int) {
        switch step {
        case .expect, .expectMatching, .expectEndOfStream, .expectGone, .pause, .stopReading, .stayOpen:
            record(.step, side, note: "step \(number): \(step)")
        case .send, .reply, .sendEndOfStream, .reset: break
        }
    }

    /// An end was closed, with so many bytes that nobody has received.
    func closed(_ side: Int, abort: Bool, unread: Int) {
        self[side].isClosed = true
        if !abort { self[side].unreadCount = unread }
        if self[side].isDropped {
            record(.close, side, note: "dropped without being closed")
        } else {
            record(abort ? .abort : .close, side)
        }
    }

    /// The owner of an end has told something.
    func take(_ note: OwnerNote, _ side: Int) {
        switch note {
        case .adopted(let site): self[side].origin = site
        case .dropped: self[side].isDropped = true
        case .outputLost(let count): self[side].lostOutputCount += count
        }
    }
}

/// What is written down about one listener. Used with the network's lock held.
final class ListenerRecord {
    // Whoever has a record has the engine too, which keeps the log.
    private unowned(unsafe) let log: EventLog
    let host: String
    let address: String
    private(set) var origin: SourceSite?
    private(set) var isClosed = false
    private(set) var isDropped = false

    init(log: EventLog, host: String, address: String) {
        self.log = log
        self.host = host
        self.address = address
    }

    /// It takes no more connections.
    func stopped() { log.record(.stopListening, note: "\(host) stops listening at \(address)") }

    /// It was closed.
    func closed(wasStopped: Bool) {
        isClosed = true
        if !wasStopped { stopped() }
    }

    /// The owner has told something.
    func take(_ note: OwnerNote) {
        switch note {
        case .adopted(let site): origin = site
        case .dropped: isDropped = true
        case .outputLost: break
        }
    }
}
