public import TransportCore

extension Server {
    /// Serves the connections of a listener, each in a thread of its own, until the server is stopped. Blocks this thread.
    ///
    /// Whoever has accepted a connection starts another thread that accepts, and serves the connection itself; at the limit
    /// of connections nobody accepts.
    ///
    /// - Parameters:
    ///   - listener: The listener; closed in the end.
    ///   - handler: What to do with a connection, which is established. It is closed when the handler returns.
    /// - Throws: The error of a listener that is broken, ``TransportCore/TransportError/Kind/outOfResources`` when no thread
    ///   can be started, ``TransportCore/TransportError/Kind/invalidArgument`` for limits that cannot be kept,
    ///   ``TransportCore/TransportError/Kind/closed`` when the server was stopped before.
    public func serve<L: TransportListener>(
        _ listener: Listener<L>, handler: @escaping @Sendable (Connection<L.Accepted>) throws -> Void
    ) throws(TransportError) {
        try serve([listener], handler: handler)
    }

    /// Serves the connections of several listeners, each in a thread of its own, until the server is stopped. Blocks this
    /// thread. Otherwise like the form for one listener; a listener that is broken ends the others, too.
    public func serve<L: TransportListener>(
        _ listeners: [Listener<L>], handler: @escaping @Sendable (Connection<L.Accepted>) throws -> Void
    ) throws(TransportError) {
        let acceptors = listeners.map { ThreadAcceptor(self, $0, handler) }
        var failure: TransportError?
        for acceptor in acceptors {
            do throws(TransportError) {
                if failure == nil { try acceptor.begin() } else { acceptor.listener.close() }
            } catch {
                failure = error
                for other in acceptors where other !== acceptor { other.service.abort() }
            }
        }
        for acceptor in acceptors {
            if let error = acceptor.untilEnd() {
                failure = failure ?? error
                for other in acceptors { other.service.abort() }
            }
        }
        if let failure { throw failure }
    }
}

/// Accepts the connections of a listener in threads, one of which accepts at a time.
private final class ThreadAcceptor<L: TransportListener>: Sendable {
    let server: Server
    let listener: Listener<L>
    let service: Service
    private let handler: @Sendable (Connection<L.Accepted>) throws -> Void
    private let hasBegun = Locked(false)

    init(
        _ server: Server, _ listener: Listener<L>,
        _ handler: @escaping @Sendable (Connection<L.Accepted>) throws -> Void
    ) {
        self.server = server
        self.listener = listener
        self.handler = handler
        service = Service(
            listener.transport, server.connections, limits: server.limits,
            stopAccepting: { () throws(TransportError) in try listener.stopAccepting() }, close: { listener.close() }
        )
    }

    /// Has a thread accept.
    func begin() throws(TransportError) {
        do throws(TransportError) {
            try server.begin(service)
        } catch {
            listener.close()
            throw error
        }
        hasBegun.withLock { $0 = true }
        if let error = server.startingThread({ self.lead() }) {
            server.report(.listenerFailed, error)
            finish(error)
        }
    }

    /// Blocks until everything has ended.
    ///
    /// - Returns: The error of a listener that is broken.
    func untilEnd() -> TransportError? {
        guard hasBegun.withLock({ $0 }) else { return nil }
        _ = service.sleep(until: .never)
        // Somebody else has closed the listener, perhaps: then it is waited with what is still in work.
        while !service.state.withLock({ $0.hasEnded }), let other = service.otherClock {
            _ = try? other.wait(for: Need([]), until: .never)
        }
        _ = service.state.wait { $0.hasEnded ? true : nil }
        server.end(service)
        return service.state.withLock { $0.failure }
    }

    /// Nobody accepts any more.
    private func finish(_ failure: TransportError? = nil) {
        if let failure { service.abort(failure) }
        service.hasStoppedAccepting()
        service.state.wakeAll()
    }

    /// Waits for connections and serves one, while another thread takes over waiting.
    private func lead(havingPlace: Bool = false) {
        var hasPlace = havingPlace
        var failures = AcceptFailure()
        while true {
            do throws(TransportError) {
                if !hasPlace {
                    _ = try listener.transport.wait(for: .readable, until: .never)
                    guard enter() else { return }
                }
                hasPlace = false
                guard let connection = try server.acceptIfReady(listener, failing: &failures) else { continue }
                guard let (seat, needsWatch) = service.begin(connection) else {
                    server.connections.leave()
                    connection.abort()
                    return finish()
                }
                if needsWatch, let error = server.startingThread({ self.service.watch() }) {
                    server.report(.listenerFailed, error)
                    service.abort(error)
                }
                let refusal = server.startingThread { self.lead() }
                serve(connection, seat)
                guard let refusal else { return }
                // Nobody else has waited meanwhile.
                server.report(.acceptPaused, refusal)
            } catch {
                hasPlace = false
                switch failures.consequence(of: error) {
                case .goOn: server.report(.acceptFailed, error)
                case .pause(let pause):
                    server.report(.acceptPaused, error)
                    _ = service.sleep(until: .at(listener.transport.now.advanced(by: pause)))
                case .end: return finish()
                case .fail:
                    server.report(.listenerFailed, error)
                    return finish(error)
                }
            }
        }
    }

    /// Takes a place. When there is none, another thread goes on as soon as there is one.
    private func enter() -> Bool {
        let waiter = Admission.Waiter { hasPlace in
            guard hasPlace else { return self.finish() }
            guard let error = self.server.startingThread({ self.lead(havingPlace: true) }) else { return }
            self.server.connections.leave()
            self.server.report(.listenerFailed, error)
            self.finish(error)
        }
        if server.connections.enter(orWait: waiter) { return true }
        if !service.setPlaceWaiter(waiter) { server.connections.giveUp(waiter) }
        return false
    }

    private func serve(_ connection: Connection<L.Accepted>, _ seat: SeatHandle) {
        var visit = Visit(server.peers)
        var failure: Visit.Failure?
        do {
            try visit.begin(connection)
            try connection.establish(deadline: server.establishDeadline(connection.transport))
            try visit.goOn(connection)
            visit.isEstablished = true
            try handler(connection)
        } catch {
            failure = visit.failure(error)
        }
        visit.end(connection)
        server.report(ending: service.ending(of: seat), failure, peer: { connection.peerText })
        service.end(seat)
        server.connections.leave()
        service.state.wakeAll()
    }
}
