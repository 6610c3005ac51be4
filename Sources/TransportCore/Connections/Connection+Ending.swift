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
        try begin(.send, .connect)
        do throws(TransportError) {
            try drive(limit, .connect, in: .send) { () throws(TransportError) in try transport.tryEstablish() }
            end(.send, .connect, .done(bytes: 0))
        } catch {
            end(.send, .connect, .failed(error))
            throw error
        }
    }

    /// Waits until receiving or sending may be possible, without doing it.
    ///
    /// Readiness is a hint: the operation that follows may still find that it would block.
    ///
    /// - Parameters:
    ///   - interest: What to wait for; any one of the directions is enough.
    ///   - timeout: How long to wait; zero asks for the present state. The default, nil, is what ``mode`` says.
    ///   - deadline: Until when to wait. The default, nil, is what ``mode`` says.
    /// - Returns: Whether it may be possible now; false when the time was up.
    /// - Throws: ``TransportError/Kind/closed``, also when the connection is closed meanwhile.
    public func wait(
        for interest: Need.Interest, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> Bool {
        let limit = try control.limit(timeout, deadline, .wait, clock: transport)
        if interest.contains(.readable), transport.hasBufferedInput { return true }
        return try transport.wait(for: Need(interest), until: limit.deadline)
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
        let found = control.begin(.sending, .shutdownWrite, of: self)
        guard found.isEmpty else { throw control.refusal(found, .shutdownWrite) }
        do throws(TransportError) {
            let state = control.gate.state
            if state.isDisjoint(with: [.writeShutdown, .sendFailed, .receiverSawDeath]) {
                try drive(limit, .shutdownWrite, in: .send) { () throws(TransportError) in
                    try transport.tryShutdownWrite()
                }
            }
            control.gate.set(.writeShutdown)
            end(.send, .shutdownWrite, .done(bytes: 0))
        } catch {
            end(.send, .shutdownWrite, .failed(error))
            throw error
        }
    }

    /// Closes the connection without waiting.
    ///
    /// What was sent is still delivered by the system; a pending operation in another thread ends with
    /// ``TransportError/Kind/closed``, as does every later one. May be repeated; never fails. When received bytes were
    /// left unread, the system tells the peer with a reset. The corresponding C function is `close`.
    public func close() {
        guard control.close() else { return }
        // A protocol with an ending of its own gets as much of it as can be done at once.
        _ = try? transport.tryFinish()
        transport.close()
    }

    /// Closes the connection in the way its protocol asks for, waiting for that at most until a time.
    ///
    /// Over plain sockets this is ``close()``. A layer that holds bytes back hands them over first, and a TLS layer
    /// exchanges its closing messages. Whatever happens, the connection is closed afterwards.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait at most.
    ///   - deadline: Until when to wait; the earlier of the two counts.
    /// - Returns: Whether the ending was complete.
    /// - Throws: ``TransportError/Kind/invalidArgument`` for a bad timeout; the connection then stays open.
    @discardableResult
    public func close(timeout: Duration?, deadline: Deadline? = nil) throws(TransportError) -> Bool {
        if let timeout { _ = try timeout.checkedTimeoutNanoseconds() }
        guard control.close() else { return true }
        let end = timeout.map { Deadline.at(transport.now.advanced(by: $0)) } ?? .never
        let outcome = try? transport.drive(until: min(end, deadline ?? .never)) { () throws(TransportError) in
            try transport.tryFinish()
        }
        transport.close()
        return outcome == .done
    }

    /// Cuts the connection: what is still on its way is dropped, and the peer sees a reset where there is such a thing.
    ///
    /// Otherwise like ``close()``. The corresponding C idiom is `close` with `SO_LINGER` on and zero.
    public func abort() {
        guard control.close() else { return }
        transport.abort()
    }
}
