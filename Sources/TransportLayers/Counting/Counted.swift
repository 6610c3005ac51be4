public import TransportCore

/// A stream that counts its bytes and changes nothing.
public struct Counted<Lower: Transport>: TransportLayer {
    /// The addresses are of the family of the transport below.
    public typealias Family = Lower.Family

    /// The transport below.
    public let lower: Lower

    /// `counted`.
    public static var kind: String { "counted" }

    /// The counter of this stream.
    public let counter: ByteCounter

    /// Puts the layer over a transport.
    ///
    /// - Parameters:
    ///   - lower: The transport below.
    ///   - counter: What counts.
    public init(over lower: Lower, counter: ByteCounter) {
        self.lower = lower
        self.counter = counter
        counter.begin(at: lower.now)
    }

    /// Receives, and counts.
    @inlinable
    public func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        counted(try lower.tryReceive(into: &buffer))
    }

    /// Sends, and counts.
    @inlinable
    public func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep { counted(try lower.trySend(bytes)) }

    /// Receives into several buffers, and counts.
    @inlinable
    public func tryReceive(scatteringInto segments: Span<MutableByteSegment>) throws(TransportError) -> ReceiveStep {
        counted(try lower.tryReceive(scatteringInto: segments))
    }

    /// Sends several runs of bytes, and counts.
    @inlinable
    public func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        counted(try lower.trySend(gathering: segments))
    }

    /// Receives in the way of the transport below, and counts.
    @inlinable
    public func receive(
        into buffer: inout OutputRawSpan, until deadline: Deadline
    ) throws(TransportError) -> ReceiveStep {
        counted(try lower.receive(into: &buffer, until: deadline))
    }

    /// Sends in the way of the transport below, and counts.
    @inlinable
    public func send(_ bytes: RawSpan, until deadline: Deadline) throws(TransportError) -> SendStep {
        counted(try lower.send(bytes, until: deadline))
    }

    @inlinable
    func counted(_ step: ReceiveStep) -> ReceiveStep {
        if case .received(let count) = step, count > 0 { counter.countReceived(count, at: lower.now) }
        return step
    }

    @inlinable
    func counted(_ step: SendStep) -> SendStep {
        if case .sent(let count) = step, count > 0 { counter.countSent(count, at: lower.now) }
        return step
    }

    /// What the transport below knows.
    @inlinable
    public func isKnownUnready(for interest: Need.Interest) -> Bool { lower.isKnownUnready(for: interest) }

    /// Answers ``StreamCounter``, and passes on everything else.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? {
        if key == StreamCounter.self { return counter as? Key.Value }
        return lower.query(key)
    }
}

extension Backend {
    /// The same backend, whose streams count their bytes: each for itself, and all together.
    ///
    /// `connection.query(StreamCounter.self)` gives the counter of one.
    ///
    /// - Parameter total: What counts all of them together.
    public func counted(by total: ByteCounter) -> LayeredBackend<Self, Counted<Stream>> {
        let wrap: LayeredBackend<Self, Counted<Stream>>.Wrap = { (stream) throws(TransportError) in
            Counted(over: stream, counter: ByteCounter(addingTo: total))
        }
        return LayeredBackend(over: self, opened: wrap, accepted: wrap)
    }
}
