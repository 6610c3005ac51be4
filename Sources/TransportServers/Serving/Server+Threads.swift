public import TransportCore

// A handler that awaits nothing fits both forms of `serve`. In a task, the compiler would take the one that blocks, were it
// not the disfavored one; where it takes it nevertheless, the other attribute makes it an error.

extension Server {
    /// Serves the connections of a listener, each in a thread of its own, until the server is stopped. Blocks this thread.
    ///
    /// Whoever has accepted a connection starts another thread that accepts, and serves the connection itself; at the limit
    /// of connections nobody accepts.
    ///
    /// - Parameters:
    ///   - listener: The listener; closed in the end.
    ///   - handler: What to do with a connection, which is established. It is closed when the handler returns.
    /// - Throws: The error of a listener that is broken, ``/TransportCore/TransportError/Kind/outOfResources`` when no thread
    ///   can be started, ``/TransportCore/TransportError/Kind/invalidArgument`` for limits that cannot be kept,
    ///   ``/TransportCore/TransportError/Kind/closed`` when the server was stopped before.
    @_disfavoredOverload
    @available(*, noasync, message: "blocks its thread; for the form for tasks, write { connection async throws in … }")
    public func serve<L: TransportListener>(
        _ listener: Listener<L>, handler: @escaping @Sendable (Connection<L.Accepted>) throws -> Void
    ) throws(TransportError) {
        try serve([listener], handler: handler)
    }

    /// Serves the connections of several listeners, each in a thread of its own, until the server is stopped. Blocks this
    /// thread. Otherwise like the form for one listener; a listener that is broken ends the others, too.
    @_disfavoredOverload
    @available(*, noasync, message: "blocks its thread; for the form for tasks, write { connection async throws in … }")
    public func serve<L: TransportListener>(
        _ listeners: [Listener<L>], handler: @escaping @Sendable (Connection<L.Accepted>) throws -> Void
    ) throws(TransportError) {
        var works: [ConnectionWork<L>] = []
        var failure: TransportError?
        for listener in listeners { listener.beginAccepting() }
        defer { for listener in listeners { listener.endAccepting() } }
        for listener in listeners {
            let work = ConnectionWork(self, listener, handler)
            do throws(TransportError) {
                if let failure { throw failure }
                // Also one that has moved, what it was over is open for another one then.
                if listener.isClosed { throw .closed(.accept) }
                try begin(work.service)
                works.append(work)
            } catch {
                listener.close()
                failure = error
            }
        }
        let services = works.map(\.service)
        let crews = works.map { ThreadCrew(self, $0, endingToo: services, mostWaiting: 1) }
        for crew in crews { crew.begin(unless: failure) }
        for crew in crews {
            let error = crew.untilEnd()
            failure = failure ?? error
        }
        if let failure { throw failure }
    }
}

/// The connections of a listener, each of which has a thread.
private struct ConnectionWork<L: TransportListener>: ThreadWork {
    let server: Server
    let listener: Listener<L>
    let service: Service
    let handler: @Sendable (Connection<L.Accepted>) throws -> Void

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

    func takeIfReady() throws(TransportError) -> Connection<L.Accepted>? { try listener.acceptIfReady() }

    func begin(_ connection: Connection<L.Accepted>) -> (seat: SeatHandle, needsWatch: Bool)? {
        guard let place = service.begin(connection) else {
            connection.abort()
            return nil
        }
        return place
    }

    func serve(_ connection: Connection<L.Accepted>, _ seat: SeatHandle) {
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
    }
}
