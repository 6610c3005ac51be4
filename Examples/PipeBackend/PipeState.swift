internal import TransportCore

/// Everything that the two ends of a pipe share.
struct PipeState: Sendable {
    /// One of the two ends.
    enum Side: Int, Sendable {
        case a, b

        var other: Side { self == .a ? .b : .a }
    }

    /// What one end sends, and how it stands with it.
    struct Direction: Sendable {
        /// What was sent and not received yet.
        var bytes: [UInt8] = []
        /// Nothing more will be sent.
        var hasEnded = false
        /// The end that sends is closed.
        var isClosed = false
    }

    /// How many bytes may be under way in one direction.
    let capacity: Int

    private var a = Direction()
    private var b = Direction()

    init(capacity: Int) { self.capacity = max(1, capacity) }

    /// The direction in which an end sends.
    subscript(from side: Side) -> Direction {
        get { side == .a ? a : b }
        _modify {
            if side == .a { yield &a } else { yield &b }
        }
    }

    /// Whether the steps of an end would do something now.
    func isReady(_ side: Side, for interest: Need.Interest) -> Bool {
        let (incoming, outgoing) = (self[from: side.other], self[from: side])
        let isReadable = !incoming.bytes.isEmpty || incoming.hasEnded
        // A send that would fail is ready, too: whoever waits is to find that out.
        let isWritable = outgoing.bytes.count < capacity || outgoing.hasEnded || incoming.isClosed
        return interest.contains(.readable) && isReadable || interest.contains(.writable) && isWritable
    }
}
