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

    /// Has no answers.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? { nil }

    /// Tries and waits in turn.
    @inlinable
    public func receive(
        into buffer: inout OutputRawSpan, until deadline: Deadline
    ) throws(TransportError) -> ReceiveStep {
        var waited = false  // readiness is a hint: one that is never true must not outlast the deadline
        while true {
            let step = try tryReceive(into: &buffer)
            guard case .wouldBlock(let need) = step else { return step }
            guard try wait(for: need, until: deadline), !waited || !deadline.hasPassed(at: now) else { return step }
            waited = true
        }
    }

    /// Tries and waits in turn.
    @inlinable
    public func send(_ bytes: RawSpan, until deadline: Deadline) throws(TransportError) -> SendStep {
        var waited = false  // readiness is a hint: one that is never true must not outlast the deadline
        while true {
            let step = try trySend(bytes)
            guard case .wouldBlock(let need) = step else { return step }
            guard try wait(for: need, until: deadline), !waited || !deadline.hasPassed(at: now) else { return step }
            waited = true
        }
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

extension Transport {
    /// Does a step, waiting in between until it is done or the deadline has passed.
    ///
    /// - Returns: ``ProgressStep/wouldBlock(_:)`` when the deadline passed.
    @inlinable
    package func drive(
        until deadline: Deadline, _ step: () throws(TransportError) -> ProgressStep
    ) throws(TransportError) -> ProgressStep {
        var waited = false
        while true {
            let result = try step()
            guard case .wouldBlock(let need) = result else { return result }
            guard try wait(for: need, until: deadline), !waited || !deadline.hasPassed(at: now) else { return result }
            waited = true
        }
    }
}
