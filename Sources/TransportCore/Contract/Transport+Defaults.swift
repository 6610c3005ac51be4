extension Transport {
    /// Is established from the start.
    public func tryEstablish() throws(TransportError) -> ProgressStep { .done }

    /// Holds nothing back.
    public func tryFlush() throws(TransportError) -> ProgressStep { .done }

    /// Ends with the last byte.
    public func tryFinish() throws(TransportError) -> ProgressStep { try tryFlush() }

    /// Has no half-close.
    public func tryShutdownWrite() throws(TransportError) -> ProgressStep {
        throw .unsupported("\(Self.self) cannot end one direction alone: close it", operation: .shutdownWrite)
    }

    /// Closes.
    public func abort() { close() }

    /// Holds nothing.
    public var hasBufferedInput: Bool { false }

    /// Cannot.
    public func trySendFile(
        _ descriptor: Int32, at offset: Int64, count: Int
    ) throws(TransportError) -> SendStep? { nil }

    /// Has no answers.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { nil }

    /// Tries and waits in turn.
    @inlinable
    public func receive(
        into buffer: inout OutputRawSpan, until deadline: Deadline
    ) throws(TransportError) -> ReceiveStep {
        try drive(until: deadline) { () throws(TransportError) in try tryReceive(into: &buffer) }
    }

    /// Tries and waits in turn.
    @inlinable
    public func send(_ bytes: RawSpan, until deadline: Deadline) throws(TransportError) -> SendStep {
        try drive(until: deadline) { () throws(TransportError) in try trySend(bytes) }
    }

    /// Fills the first segment that has room.
    public func tryReceive(
        scatteringInto segments: Span<MutableByteSegment>
    ) throws(TransportError) -> ReceiveStep {
        for index in segments.indices where segments[index].count > 0 {
            return try segments[index].withOutputSpan { (span: inout OutputRawSpan) throws(TransportError) in
                try tryReceive(into: &span)
            }
        }
        return .received(0)
    }

    /// Sends the first segment that is not empty.
    public func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        for index in segments.indices where segments[index].count > 0 {
            return try trySend(RawSpan(_unsafeBytes: segments[index].buffer))
        }
        return .sent(0)
    }
}
