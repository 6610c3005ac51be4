extension Connection {
    /// Sends bytes, at least one of them, waiting for room.
    ///
    /// The system takes as many as it has room for (in blocking mode over sockets, all of them); the rest is for the caller
    /// to send, which `sendAll(_:timeout:deadline:)` does. One system call, and no allocation. The corresponding C
    /// function is `send`.
    ///
    /// - Parameters:
    ///   - bytes: What to send. Sending no bytes does nothing and returns 0.
    ///   - timeout: How long to wait for room. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait for room. The default, nil, is what ``mode`` says.
    /// - Returns: How many bytes were taken, from the front.
    /// - Throws: ``TransportError/Kind/timedOut`` and, in nonblocking mode, ``TransportError/Kind/wouldBlock``, after
    ///   which the call can be repeated; ``TransportError/Kind/brokenPipe``, ``TransportError/Kind/connectionReset`` and
    ///   other ends of the connection, which every later call repeats; ``TransportError/Kind/busy``;
    ///   ``TransportError/Kind/closed``. Never a signal.
    @inlinable
    public func send(
        _ bytes: RawSpan, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> Int {
        let limit = try control.limit(timeout, deadline, .send, clock: transport)
        try begin(.send, .send)
        do throws(TransportError) {
            let count = try sendSome(bytes, limit)
            end(.send, .send, .done(bytes: count))
            return count
        } catch {
            end(.send, .send, failed: error)
            throw error
        }
    }

    /// Sends bytes, at least one of them, waiting for room. Like the form for spans.
    @inlinable
    public func send(
        _ bytes: some Collection<UInt8>, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> Int {
        try bytes.withRawSpan { (span) throws(TransportError) in
            try send(span, timeout: timeout, deadline: deadline)
        }
    }

    /// Sends all of some bytes, waiting for room as often as it takes.
    ///
    /// The timeout or deadline is for the whole of it and is not renewed by progress. When the call returns, the lowest
    /// transport has the bytes; whether the peer has them only the peer can say.
    ///
    /// - Parameters:
    ///   - bytes: What to send.
    ///   - timeout: How long to try. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to try. The default, nil, is what ``mode`` says.
    /// - Throws: As `send` does. The error's ``TransportError/bytesTransferred`` says how many bytes were taken before
    ///   the failure: after a timeout, go on with the rest. In nonblocking mode this is an error whenever not
    ///   everything was taken at once.
    @inlinable
    public func sendAll(
        _ bytes: RawSpan, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) {
        let limit = try control.limit(timeout, deadline, .send, clock: transport)
        try begin(.send, .send)
        var sent = 0
        do throws(TransportError) {
            while sent < bytes.byteCount {
                sent += try sendSome(bytes.extracting(sent..<bytes.byteCount), limit)
                if sent < bytes.byteCount { try checkTime(limit, .send) }
            }
            try flush(limit)
            end(.send, .send, .done(bytes: sent))
        } catch {
            let error = error.after(sent, of: bytes.byteCount)
            end(.send, .send, failed: error)
            throw error
        }
    }

    /// Sends all of some bytes, waiting for room as often as it takes. Like the form for spans.
    @inlinable
    public func sendAll(
        _ bytes: some Collection<UInt8>, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) {
        try bytes.withRawSpan { (span) throws(TransportError) in
            try sendAll(span, timeout: timeout, deadline: deadline)
        }
    }

    /// Sends all of a text as UTF-8. Like the form for spans.
    @inlinable
    public func sendAll(
        _ text: String, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) {
        try sendAll(text.utf8, timeout: timeout, deadline: deadline)
    }
}

extension Connection {
    /// One send, by the operation that holds the direction.
    @inlinable
    func sendSome(_ bytes: RawSpan, _ limit: WaitLimit) throws(TransportError) -> Int {
        guard bytes.byteCount > 0 else { return 0 }
        let step: SendStep
        do throws(TransportError) {
            step =
                if limit.mayWait {
                    try transport.send(bytes, until: limit.deadline)
                } else {
                    try transport.trySend(bytes)
                }
        } catch {
            throw failure(error, in: .send, during: .send)
        }
        return try sent(step, limit)
    }

    /// A whole operation that sends `total` bytes. `step` is one attempt at the next ones, and is told how many are sent
    /// already.
    @inlinable
    func sendEverything(
        _ timeout: Duration?, _ deadline: Deadline?, _ total: Int,
        _ step: (_ sent: Int) throws(TransportError) -> SendStep
    ) throws(TransportError) {
        let limit = try control.limit(timeout, deadline, .send, clock: transport)
        try begin(.send, .send)
        var count = 0
        do throws(TransportError) {
            while count < total {
                let result = try drive(limit, .send, in: .send) { () throws(TransportError) in try step(count) }
                count += try sent(result, limit)
                if count < total { try checkTime(limit, .send) }
            }
            try flush(limit)
            end(.send, .send, .done(bytes: count))
        } catch {
            let error = error.after(count, of: total)
            end(.send, .send, failed: error)
            throw error
        }
    }

    /// The count of a step, or the error that it means.
    @inlinable
    func sent(_ step: SendStep, _ limit: WaitLimit) throws(TransportError) -> Int {
        switch step {
        case .sent(let count):
            guard count > 0 else { throw brokenTransport(.send) }
            return count
        case .wouldBlock(let need): throw limit.exceeded(.send, need: need)
        }
    }

    /// Throws when the time of a call of several steps is up: each step by itself may have found something at once. To be
    /// called after a step that moved some of the bytes.
    @inlinable
    func checkTime(_ limit: WaitLimit, _ operation: TransportError.Operation) throws(TransportError) {
        control.gate.noteActivity()
        guard limit.mayWait, limit.deadline.hasPassed(at: transport.now) else { return }
        throw TransportError(.timedOut, operation: operation)
    }

    /// The error for a transport that does not keep the contract, which would otherwise be a loop without end.
    @usableFromInline
    func brokenTransport(_ operation: TransportError.Operation) -> TransportError {
        TransportError(.invalidState, operation: operation)
            .with(message: "\(T.self) moved no bytes, and did not say that it would block")
    }

    /// Hands over what layers still hold, by the operation that holds the sending direction.
    @inlinable
    func flush(_ limit: WaitLimit) throws(TransportError) {
        _ = try drive(limit, .flush, in: .send) { () throws(TransportError) in try transport.tryFlush() }
    }

    /// Does a step within a limit, by the operation that holds `direction`.
    ///
    /// - Returns: What the step came to, which is never that it would block.
    @inlinable
    func drive<Step: Attempt>(
        _ limit: WaitLimit, _ operation: TransportError.Operation, in direction: Direction,
        _ step: () throws(TransportError) -> Step
    ) throws(TransportError) -> Step {
        let result: Step
        do throws(TransportError) {
            result = try limit.mayWait ? transport.drive(until: limit.deadline, step) : step()
        } catch {
            throw failure(error, in: direction, during: operation)
        }
        if let need = result.need { throw limit.exceeded(operation, need: need) }
        return result
    }
}
