extension Listener {
    /// Takes the next connection, suspending the task until there is one.
    ///
    /// Like the blocking form. A connection that was taken is always returned: cancelling loses none.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait. The default, nil, is what ``mode`` says.
    /// - Throws: What the blocking form throws, and ``TransportError/Kind/cancelled`` when the task is cancelled.
    public func accept(
        timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> Connection<L.Accepted> {
        beginAccepting()
        defer { endAccepting() }
        let limit = try control.taskLimit(timeout, deadline, .accept, clock: transport)
        control.willBegin(.accept, of: self)
        do throws(TransportError) {
            let step =
                if limit.mayWait {
                    try await transport.drive(until: limit.deadline) { () throws(TransportError) in
                        try transport.tryAccept()
                    }
                } else {
                    try transport.tryAccept()
                }
            return try accepted(step, limit)
        } catch {
            throw failed(error)
        }
    }

    /// Suspends the task until a connection may be there, without accepting it.
    ///
    /// - Returns: Whether one may be there; false when the time was up.
    /// - Throws: ``TransportError/Kind/cancelled``, ``TransportError/Kind/closed``.
    public func waitForConnection(
        timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> Bool {
        beginAccepting()
        defer { endAccepting() }
        let end = try control.taskWaitDeadline(timeout, deadline, clock: transport)
        return try await control.observing(.wait, of: self) { () async throws(TransportError) in
            try await transport.ready(for: .readable, until: end)
        }
    }
}
