extension Connection {
    /// Goes on establishing the connection, waiting as long as ``mode`` or the call says.
    ///
    /// Connections that come from a blocking or timed `connect` are established. One that was begun in nonblocking mode
    /// is not yet: call this until it throws no ``TransportError/Kind/wouldBlock``, or with a timeout.
    ///
    /// - Throws: The failure of the attempt, such as ``TransportError/Kind/connectionRefused``, each time it is called;
    ///   ``TransportError/Kind/timedOut`` or ``TransportError/Kind/wouldBlock`` while it is under way.
    public func establish(timeout: Duration? = nil, deadline: Deadline? = nil) throws(TransportError) {
        let limit = try control.limit(timeout, deadline, .connect, clock: transport)
        try beginEstablishing()
        do throws(TransportError) {
            _ = try drive(limit, .connect, in: .send) { () throws(TransportError) in try tryEstablish() }
            endEstablishing(nil)
        } catch {
            let error = error.kind == .timedOut ? transport.timedOutEstablishing : error
            endEstablishing(error)
            throw error
        }
    }

    /// Waits until receiving or sending may be possible, without doing it.
    ///
    /// Readiness is a hint: the operation that follows may still find that it would block. Of a connection over TLS that is
    /// kept for later it tells nothing, since what has come may be for TLS alone, such as a ticket: there
    /// `receive(atMost:timeout:deadline:)` with a timeout of zero says whether the peer has ended it.
    ///
    /// - Parameters:
    ///   - interest: What to wait for; any one of the directions is enough.
    ///   - timeout: How long to wait; zero asks for the present state. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait. The default, nil, is what ``mode`` says.
    /// - Returns: Whether it may be possible now; false when the time was up.
    /// - Throws: ``TransportError/Kind/closed``, also when the connection is closed meanwhile;
    ///   ``TransportError/Kind/invalidArgument`` when there is nothing to wait for.
    public func wait(
        for interest: Need.Interest, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> Bool {
        let end = try control.waitDeadline(timeout, deadline, clock: transport)
        try control.checkInterest(interest)
        return try control.observing(.wait, of: self) { () throws(TransportError) in
            if interest.contains(.readable), transport.hasBufferedInput { return true }
            control.gate.enterWait()
            defer { control.gate.leaveWait() }
            return try transport.wait(for: Need(interest), until: end)
        }
    }

    /// Ends the sending direction: the peer reads what was sent and then the end of the stream. Receiving goes on.
    ///
    /// May be repeated, and is no error when the peer has gone. Sending afterwards is
    /// ``TransportError/Kind/brokenPipe``. The corresponding C function is `shutdown` with `SHUT_WR`.
    ///
    /// - Parameters:
    ///   - timeout: How long a layer may take to hand over what it still holds. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when. The default, nil, is what ``mode`` says.
    /// - Throws: ``TransportError/Kind/unsupported`` where a direction cannot be ended alone,
    ///   ``TransportError/Kind/busy`` while a send is in progress, ``TransportError/Kind/closed``.
    public func shutdownWrite(timeout: Duration? = nil, deadline: Deadline? = nil) throws(TransportError) {
        let limit = try control.limit(timeout, deadline, .shutdownWrite, clock: transport)
        let mustTry = try beginShuttingDown()
        do throws(TransportError) {
            if mustTry {
                _ = try drive(limit, .shutdownWrite, in: .send) { () throws(TransportError) in
                    try transport.tryShutdownWrite()
                }
            }
            endShuttingDown(nil)
        } catch {
            endShuttingDown(error)
            throw error
        }
    }

    /// Closes the connection without waiting.
    ///
    /// What was sent is still delivered by the system; a pending operation in another thread ends with
    /// ``TransportError/Kind/closed``, as does every later one. May be repeated; never fails. When received bytes were
    /// left unread, the system tells the peer with a reset. The corresponding C function is `close`.
    public func close() {
        guard control.close() else { return cutEndingShort { transport.close() } }
        control.willBegin(.close, of: self)
        // A protocol with an ending of its own gets as much of it as can be done at once.
        finishing { () throws(TransportError) in try transport.tryFinish() }
        transport.close()
        control.didEnd(.close, of: self, .done(bytes: 0))
    }

    /// Closes the connection in the way its protocol asks for, waiting for that at most so long.
    ///
    /// Over plain sockets this is ``close()``. A layer that holds bytes back hands them over first, and a TLS layer
    /// exchanges its closing messages. Whatever happens, the connection is closed afterwards; ``close()`` and ``abort()``
    /// from another thread end the waiting.
    ///
    /// - Parameter timeout: How long to wait at most.
    /// - Returns: Whether the ending was complete. False also while another thread is sending.
    /// - Throws: ``TransportError/Kind/invalidArgument`` for a bad timeout; the connection then stays open.
    @discardableResult
    public func close(timeout: Duration) throws(TransportError) -> Bool {
        close(deadline: try closingDeadline(timeout))
    }

    /// Closes the connection in the way its protocol asks for, waiting for that at most until a deadline.
    ///
    /// Like `close(timeout:)`.
    @discardableResult
    public func close(deadline: Deadline) -> Bool {
        guard beginClosing() else { return isFinished }
        finishing { () throws(TransportError) in
            try transport.drive(until: deadline) { () throws(TransportError) in try transport.tryFinish() }
        }
        return endClosing()
    }

    /// Cuts the connection: what is still on its way is dropped, and the peer sees a reset where there is such a thing.
    ///
    /// Otherwise like ``close()``. The corresponding C idiom is `close` with `SO_LINGER` on and zero.
    public func abort() {
        guard control.close() else { return cutEndingShort { transport.abort() } }
        control.willBegin(.abort, of: self)
        transport.abort()
        control.didEnd(.abort, of: self, .done(bytes: 0))
    }

    /// Does the ending of a connection that is being closed, unless somebody is sending, and remembers whether it is
    /// complete.
    private func finishing(_ body: () throws(TransportError) -> ProgressStep) {
        guard control.gate.enter(.sending, unless: []).isEmpty else { return }
        endFinishing(try? body())
    }

    /// Ends a graceful ending that is under way in another thread.
    private func cutEndingShort(_ body: () -> Void) {
        if control.gate.state.contains(.ending) { body() }
    }
}

// MARK: - What both forms share

extension Connection {
    /// Takes both directions: until the connection is established, there is neither receiving nor sending.
    func beginEstablishing() throws(TransportError) {
        let obstacles = control.gate.enter(.sending, unless: [.closed, .sendFailed, .receiverSawDeath])
        guard obstacles.isEmpty else { throw refusal(obstacles, .connect) }
        let found = control.gate.enter(.receiving, unless: Direction.receive.obstacles)
        guard found.isEmpty else {
            control.gate.leave(.sending)
            throw refusal(found, .connect)
        }
        control.willBegin(.connect, of: self)
    }

    /// One attempt to establish the connection. What could not be established never will be.
    func tryEstablish() throws(TransportError) -> ProgressStep {
        do throws(TransportError) {
            return try transport.tryEstablish()
        } catch {
            throw error.with(aftermath: .dead)
        }
    }

    /// Gives both directions back.
    func endEstablishing(_ error: TransportError?) {
        if let error, !error.aftermath.canReceive { _ = failure(error, in: .receive, during: .connect) }
        control.didEnd(.connect, of: self, error.map { .failed($0) } ?? .done(bytes: 0))
        control.gate.leave(.receiving)
        control.gate.leave(.sending)
        if error?.kind == .wouldBlock { transport.letOthersGoOn() }
    }

    /// Takes the sending direction to end it.
    ///
    /// - Returns: Whether there is anything to do.
    func beginShuttingDown() throws(TransportError) -> Bool {
        let found = control.begin(.sending, .shutdownWrite, of: self)
        guard found.isEmpty else { throw control.refusal(found, .shutdownWrite) }
        return control.gate.state.isDisjoint(with: [.writeShutdown, .sendFailed, .receiverSawDeath])
    }

    /// Gives the sending direction back, which has ended unless there is an error.
    func endShuttingDown(_ error: TransportError?) {
        if error == nil { control.gate.set(.writeShutdown) }
        if let error { end(.send, .shutdownWrite, failed: error) } else { end(.send, .shutdownWrite, .done(bytes: 0)) }
    }

    /// The deadline of a call that closes.
    func closingDeadline(_ timeout: Duration) throws(TransportError) -> Deadline {
        let nanoseconds = try timeout.checkedTimeoutNanoseconds(.close)
        return .at(transport.now.advanced(by: .nanoseconds(nanoseconds)))
    }

    /// Begins to close in the way that the protocol asks for.
    ///
    /// - Returns: Whether the connection was still open.
    func beginClosing() -> Bool {
        guard control.close() else { return false }
        control.willBegin(.close, of: self)
        control.gate.set(.ending)
        return true
    }

    /// Gives the sending direction back in which an ending has come to a step, or failed.
    func endFinishing(_ step: ProgressStep?) {
        if step == .done { control.gate.set(.finished) }
        control.gate.leave(.sending)
    }

    /// Closes, after the ending of the protocol.
    ///
    /// - Returns: Whether the ending is complete.
    func endClosing() -> Bool {
        control.gate.leave(.ending)
        transport.close()
        control.didEnd(.close, of: self, .done(bytes: 0))
        return isFinished
    }

    /// Whether the connection was closed in the way its protocol asks for.
    var isFinished: Bool { control.gate.state.contains(.finished) }
}
