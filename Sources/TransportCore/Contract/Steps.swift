/// What one attempt to receive came to.
public enum ReceiveStep: Hashable, Sendable {
    /// So many bytes were put into the buffer: 1 up to its free capacity, or 0 when it had none.
    case received(Int)
    /// The peer has ended its sending direction, and everything it sent has been received.
    case endOfStream
    /// Nothing there now.
    case wouldBlock(Need)
}

/// What one attempt to send came to.
public enum SendStep: Hashable, Sendable {
    /// So many bytes were taken, from the front: at least 1 unless none were offered.
    case sent(Int)
    /// No room now.
    case wouldBlock(Need)
}

/// What one attempt came to at something that moves no counted bytes: connecting, flushing, shutting down.
public enum ProgressStep: Hashable, Sendable {
    /// It is done.
    case done
    /// It is under way and goes on once the need is met.
    case wouldBlock(Need)
}

/// What one attempt to accept came to.
public enum AcceptStep<Accepted: Transport>: Sendable {
    /// A connection.
    case accepted(Accepted)
    /// Nobody is waiting now.
    case wouldBlock(Need)
}

/// What one attempt to receive a datagram came to. There is no end of stream: an empty datagram is a datagram.
public enum DatagramStep<Address: Hashable & Sendable>: Hashable, Sendable {
    /// A datagram; its bytes are in the buffer.
    case received(DatagramInfo<Address>)
    /// Nothing there now.
    case wouldBlock(Need)
}

/// What is known about a datagram besides its bytes.
public struct DatagramInfo<Address: Hashable & Sendable>: Hashable, Sendable {
    /// How many bytes were put into the buffer; 0 for an empty datagram.
    public var byteCount: Int

    /// Who sent it; nil where the family has senders without an address.
    public var sender: Address?

    /// Whether the datagram was longer than the buffer; what did not fit is lost.
    public var isTruncated: Bool

    /// Makes the description of a datagram.
    @inlinable
    public init(byteCount: Int, sender: Address?, isTruncated: Bool) {
        self.byteCount = byteCount
        self.sender = sender
        self.isTruncated = isTruncated
    }
}
