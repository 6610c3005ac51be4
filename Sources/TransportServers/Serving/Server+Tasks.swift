public import TransportCore

extension Server {
    /// Serves the connections of a listener, each in a child task, until the server is stopped.
    ///
    /// The tasks run where this task prefers to run (`withTaskExecutorPreference`), and not on the caller's actor. On a
    /// `SocketReactor`, those of sockets prefer nothing: they begin on its thread and go on there after each wait for a socket.
    ///
    /// - Parameters:
    ///   - listener: The listener; closed in the end. Leave that to the server: whoever closes it earlier ends its time limits
    ///     and the grace of stopping, too.
    ///   - handler: What to do with a connection, which is established. It is closed when the handler returns.
    /// - Throws: ``/TransportCore/TransportError/Kind/cancelled`` when the task was cancelled, after all handlers have ended;
    ///   the error of a listener that is broken; ``/TransportCore/TransportError/Kind/invalidArgument`` for limits that
    ///   cannot be kept; ``/TransportCore/TransportError/Kind/closed`` when the server was stopped before.
    public func serve<L: TransportListener>(
        _ listener: Listener<L>, handler: @escaping @Sendable (Connection<L.Accepted>) async throws -> Void
    ) async throws(TransportError) {
        try await run(listener, handler)
    }

    /// Serves the connections of several listeners, each in a child task, until the server is stopped.
    ///
    /// - Parameters:
    ///   - listeners: The listeners; closed in the end.
    ///   - executors: Where tasks run: the first listener's on the first one, and so on, beginning again when there are
    ///     more listeners. The default is where this task prefers to run.
    ///   - handler: What to do with a connection, which is established. It is closed when the handler returns.
    /// - Throws: As for one listener. A listener that is broken ends the others, too.
    public func serve<L: TransportListener>(
        _ listeners: [Listener<L>], on executors: [any TaskExecutor] = [],
        handler: @escaping @Sendable (Connection<L.Accepted>) async throws -> Void
    ) async throws(TransportError) {
        try await run(listeners, executors, handler)
    }

    @concurrent
    private func run<L: TransportListener>(
        _ listeners: [Listener<L>], _ executors: [any TaskExecutor],
        _ handler: @escaping @Sendable (Connection<L.Accepted>) async throws -> Void
    ) async throws(TransportError) {
        let failure = await withTaskGroup(of: TransportError?.self) { group in
            for (number, listener) in listeners.enumerated() {
                let executor = executors.isEmpty ? nil : executors[number % executors.count]
                group.addTask(executorPreference: executor) {
                    do throws(TransportError) {
                        try await self.run(listener, handler)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            var first: TransportError?
            for await failure in group {
                guard let failure, first == nil else { continue }
                first = failure
                group.cancelAll()
            }
            return first
        }
        if let failure { throw failure }
    }

    @concurrent
    private func run<L: TransportListener>(
        _ listener: Listener<L>, _ handler: @escaping @Sendable (Connection<L.Accepted>) async throws -> Void
    ) async throws(TransportError) {
        let service = Service(
            listener.transport, connections, limits: limits,
            stopAccepting: { () throws(TransportError) in try listener.stopAccepting() }, close: { listener.close() }
        )
        listener.beginAccepting()
        defer { listener.endAccepting() }
        do throws(TransportError) {
            try begin(service)
        } catch {
            listener.close()
            throw error
        }
        let place = listener.transport.query(WaitingPlaceKey.self)
        // A task that begins at once learns too late that this one was cancelled before.
        if #available(macOS 26, *), let place, place.isOnWakingThread, !Task.isCancelled {
            // Without a preference: looking it up, which each switch of executors does, costs more than switching.
            place.settleHere()
            let task = Task.immediate { await serveAll(listener, service, place, handler) }
            await withTaskCancellationHandler {
                await task.value
            } onCancel: {
                task.cancel()
            }
        } else {
            await serveAll(listener, service, nil, handler)
        }
        end(service)
        if let failure = service.state.withLock({ $0.failure }) { throw failure }
        if Task.isCancelled { throw TransportError(.cancelled, operation: .accept) }
    }

    /// Accepts and serves connections until the service ends.
    private func serveAll<L: TransportListener>(
        _ listener: Listener<L>, _ service: Service, _ place: (any WaitingPlace)?,
        _ handler: @escaping @Sendable (Connection<L.Accepted>) async throws -> Void
    ) async {
        await withDiscardingTaskGroup { group in
            let failure = await acceptAll(of: listener, for: service, place, in: &group, handler)
            if let failure { service.abort(failure) }
            if Task.isCancelled { service.abort() }
            service.hasStoppedAccepting()
            if await service.untilEnd() { group.cancelAll() }
        }
    }

    /// How many connections are accepted before others have a turn.
    private static var acceptedInARow: Int { 32 }

    /// Accepts until the listener has stopped, and gives each connection a task.
    ///
    /// - Parameter place: Where the tasks of connections begin and go on; nil for where this task prefers to run.
    /// - Returns: The error of a listener that is broken.
    private func acceptAll<L: TransportListener>(
        of listener: Listener<L>, for service: Service, _ place: (any WaitingPlace)?,
        in group: inout DiscardingTaskGroup,
        _ handler: @escaping @Sendable (Connection<L.Accepted>) async throws -> Void
    ) async -> TransportError? {
        let serving = ServingInTasks(self, service, handler)
        var failures = AcceptFailure()
        var inARow = 0
        while await connections.enter(for: service) {
            if let place, !place.isOnWakingThread { await place.goToWakingThread() }
            do throws(TransportError) {
                guard let connection = try acceptIfReady(listener, failing: &failures) else {
                    try await listener.transport.ready(for: .readable)
                    inARow = 0
                    continue
                }
                guard let (seat, needsWatch) = service.begin(connection) else {
                    connections.leave()
                    connection.abort()
                    return nil
                }
                if needsWatch { group.addTask { await service.watch() } }
                serving.addTask(for: connection, seat, to: &group, beginsAtOnce: place != nil)
                inARow += 1
                if inARow % Self.acceptedInARow == 0 {
                    if let place { await place.goToWakingThread() } else { await Task.yield() }
                }
            } catch {
                switch failures.consequence(of: error) {
                case .goOn: report(.acceptFailed, error)
                case .pause(let pause):
                    report(.acceptPaused, error)
                    _ = await service.sleep(until: .at(listener.transport.now.advanced(by: pause)))
                case .end: return nil
                case .fail:
                    report(.listenerFailed, error)
                    return error
                }
            }
        }
        return nil
    }
}

/// What all connections of one call of `serve` share, so that the task of each keeps one reference to it.
private final class ServingInTasks<T: Transport>: Sendable {
    private let server: Server
    private let service: Service
    private let handler: @Sendable (Connection<T>) async throws -> Void

    init(_ server: Server, _ service: Service, _ handler: @escaping @Sendable (Connection<T>) async throws -> Void) {
        self.server = server
        self.service = service
        self.handler = handler
    }

    /// Gives a connection a task. Here, the task's closure has nothing to keep but what it is about: the types are this
    /// object's.
    func addTask(
        for connection: Connection<T>, _ seat: SeatHandle, to group: inout DiscardingTaskGroup, beginsAtOnce: Bool
    ) {
        if #available(macOS 26, *), beginsAtOnce {
            group.addImmediateTask { await self.serve(connection, seat) }
        } else {
            group.addTask { await self.serve(connection, seat) }
        }
    }

    /// Serves one connection, in its own task.
    private func serve(_ connection: Connection<T>, _ seat: SeatHandle) async {
        var visit = Visit(server.peers)
        var failure: Visit.Failure?
        // The end of the service is all that cancels this task, and it cuts the connection.
        connection.trustPresentTask()
        do {
            try visit.begin(connection)
            try await connection.establish(deadline: server.establishDeadline(connection.transport))
            try visit.goOn(connection)
            visit.isEstablished = true
            try await handler(connection)
        } catch {
            failure = visit.failure(error)
        }
        visit.end(connection)
        server.report(ending: service.ending(of: seat), failure, peer: { connection.peerText })
        service.end(seat)
        server.connections.leave()
    }
}

extension Server {
    /// Accepts a connection, if one is there, for which there is a place.
    ///
    /// The place is given up when there is none: other listeners share the limit.
    func acceptIfReady<L: TransportListener>(
        _ listener: Listener<L>, failing failures: inout AcceptFailure
    ) throws(TransportError) -> Connection<L.Accepted>? {
        do throws(TransportError) {
            let connection = try listener.acceptIfReady()
            if connection == nil { connections.leave() } else { failures.reset() }
            return connection
        } catch {
            connections.leave()
            throw error
        }
    }

    /// Until when a connection that comes now is to be established.
    func establishDeadline(_ clock: some TimeSource) -> Deadline {
        limits.establishTime.map { .at(clock.now.advanced(by: $0)) } ?? .never
    }
}
