extension Connection {
    /// Goes on establishing the connection, suspending the task as long as ``mode`` or the call says.
    ///
    /// Connections that come from `connect` are established, unless it was called in nonblocking mode. Like the blocking
    /// form.
    ///
    /// - Throws: The failure of the attempt, such as ``TransportError/Kind/connectionRefused``, each time it is called;
    ///   ``TransportError/Kind/timedOut``, ``TransportError/Kind/wouldBlock`` or ``TransportError/Kind/cancelled`` while it
    ///   is under way, after which it can be called again.
    public func establish(timeout: Duration? = nil, deadline: Deadline? = nil) async throws(TransportError) {
        let limit = try control.taskLimit(timeout, deadline, .connect, clock: transport)
        try beginEstablishing()
        // Nearly always there is nothing to be done, and then the task does not grow by what waiting here would need.
        if let first = try establishAtOnce() { try await goOnEstablishing(limit, after: first) }
    }

    /// Makes the first attempt at establishing the connection, and ends the operation if that is all.
    ///
    /// - Returns: What it came to, when there is something left to be done.
    @inline(never)
    private func establishAtOnce() throws(TransportError) -> ProgressStep? {
        do throws(TransportError) {
            let first = try tryEstablish()
            guard case .done = first else { return first }
        } catch {
            let error = failure(error, in: .send, during: .connect)
            endEstablishing(error)
            throw error
        }
        endEstablishing(nil)
        return nil
    }

    @inline(never)
    private func goOnEstablishing(_ limit: WaitLimit, after first: ProgressStep) async throws(TransportError) {
        do throws(TransportError) {
            _ = try await drive(limit, .connect, in: .send, after: first) { () throws(TransportError) in
                try tryEstablish()
            }
            endEstablishing(nil)
        } catch {
            let error = error.kind == .timedOut ? transport.timedOutEstablishing : error
            endEstablishing(error)
            throw error
        }
    }

    /// Suspends the task until receiving or sending may be possible, without doing it.
    ///
    /// Readiness is a hint: the operation that follows may still find that it would block.
    ///
    /// - Parameters:
    ///   - interest: What to wait for; any one of the directions is enough.
    ///   - timeout: How long to wait; zero asks for the present state. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait. The default, nil, is what ``mode`` says.
    /// - Returns: Whether it may be possible now; false when the time was up.
    /// - Throws: ``TransportError/Kind/cancelled``; ``TransportError/Kind/closed``, also when the connection is closed
    ///   meanwhile; ``TransportError/Kind/invalidArgument`` when there is nothing to wait for.
    public func wait(
        for interest: Need.Interest, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> Bool {
        let end = try control.taskWaitDeadline(timeout, deadline, clock: transport)
        try control.checkInterest(interest)
        return try await control.observing(.wait, of: self) { () async throws(TransportError) in
            if interest.contains(.readable), transport.hasBufferedInput { return true }
            control.gate.enterWait()
            defer { control.gate.leaveWait() }
            return try await transport.ready(for: Need(interest), until: end)
        }
    }

    /// Ends the sending direction, suspending the task while a layer hands over what it still holds.
    ///
    /// The peer reads what was sent and then the end of the stream; receiving goes on. Like the blocking form.
    ///
    /// - Parameters:
    ///   - timeout: How long a layer may take. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when. The default, nil, is what ``mode`` says.
    /// - Throws: ``TransportError/Kind/unsupported`` where a direction cannot be ended alone,
    ///   ``TransportError/Kind/busy`` while a send is in progress, ``TransportError/Kind/cancelled``, after which it can be
    ///   called again, ``TransportError/Kind/closed``.
    public func shutdownWrite(timeout: Duration? = nil, deadline: Deadline? = nil) async throws(TransportError) {
        let limit = try control.taskLimit(timeout, deadline, .shutdownWrite, clock: transport)
        let mustTry = try beginShuttingDown()
        do throws(TransportError) {
            if mustTry {
                _ = try await drive(limit, .shutdownWrite, in: .send) { () throws(TransportError) in
                    try transport.tryShutdownWrite()
                }
            }
            endShuttingDown(nil)
        } catch {
            endShuttingDown(error)
            throw error
        }
    }

    /// Closes the connection in the way its protocol asks for, suspending the task for that at most so long.
    ///
    /// Like the blocking form. Whatever happens, the connection is closed afterwards: in a task that is cancelled, it gets
    /// as much of its ending as can be done at once.
    ///
    /// - Parameter timeout: How long to wait at most.
    /// - Returns: Whether the ending was complete. False also while another task is sending.
    /// - Throws: ``TransportError/Kind/invalidArgument`` for a bad timeout; the connection then stays open.
    @discardableResult
    public func close(timeout: Duration) async throws(TransportError) -> Bool {
        await close(deadline: try closingDeadline(timeout))
    }

    /// Closes the connection in the way its protocol asks for, suspending the task for that at most until a deadline.
    ///
    /// Like `close(timeout:)`.
    @discardableResult
    public func close(deadline: Deadline) async -> Bool {
        guard beginClosing() else { return isFinished }
        if control.gate.enter(.sending, unless: []).isEmpty {
            let step = try? await transport.drive(until: deadline) { () throws(TransportError) in
                try transport.tryFinish()
            }
            endFinishing(step)
        }
        return endClosing()
    }
}
