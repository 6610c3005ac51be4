internal import TransportCore

/// Serves connections and datagrams: calls a handler for each, within limits, until it is stopped.
///
/// ```swift
/// let server = Server(limits: ServerLimits(connections: 1000, idleTime: .seconds(60)))
/// try await server.serve(try SocketBackend<IP>().listen(port: 7000)) { connection in
///     for try await chunk in connection.chunks(atMost: 4096) { try await connection.sendAll(chunk) }
/// }
/// ```
///
/// A server knows nothing of sockets: it serves the listeners of any backend, those of an in-memory network in virtual
/// time. Several calls of `serve` on one server, for listeners of the same or of different types, share its limits and its
/// end.
///
/// - **Tasks or threads.** In a task, each connection has a child task; in a thread, each has a thread of its own.
/// - **Back-pressure.** At ``ServerLimits/connections`` nothing more is accepted: whoever comes waits in the listener's
///   queue, which has a bound of its own.
/// - **Establishing** (a TLS handshake, the header of a proxy) happens in the connection's own task or thread, so that a
///   slow one holds up nobody.
/// - **Errors.** What a handler throws goes to the report, and concerns its connection alone. An error of accepting is
///   passed over, paused after or thrown, as it is one of a connection, of resources, or of the listener.
/// - **The end.** `stop(within:closingIdleAfter:)` ends gracefully; cancelling the task of `serve` ends at once.
public final class Server: Sendable {
    /// What it takes on at most.
    public let limits: ServerLimits

    private let reporter: (@Sendable (ServerReport) -> Void)?
    private let threadStarter: (@Sendable (@escaping @Sendable () -> Void) throws -> Void)?
    let connections: Admission
    let datagrams: Admission
    let peers: PeerCounts

    private struct State {
        var services: [Service] = []
        var isStopping = false
    }

    private let state = Locked(State())

    /// Makes a server.
    ///
    /// - Parameters:
    ///   - limits: What it takes on at most. The default has some limits, too.
    ///   - report: Who is told of errors and refusals, on the task or thread where they happen; must be quick. The default
    ///     is nobody.
    ///   - threadStarter: What starts a thread for a handler that blocks; throws when it cannot. The default, nil, is
    ///     a thread of the system. In an in-memory network, give `{ try network.spawn($0) }`, so that it knows the threads.
    public init(
        limits: ServerLimits = ServerLimits(), report: (@Sendable (ServerReport) -> Void)? = nil,
        startingThreadsWith threadStarter: (@Sendable (@escaping @Sendable () -> Void) throws -> Void)? = nil
    ) {
        self.limits = limits
        self.threadStarter = threadStarter
        reporter = report
        connections = Admission(limit: limits.connections)
        datagrams = Admission(limit: limits.datagrams)
        peers = PeerCounts(limit: limits.connectionsPerPeer)
    }

    /// How many connections and datagrams are in work now.
    public var activeCount: Int {
        state.withLock { $0.services }.reduce(0) { sum, service in sum + service.state.withLock { $0.seats.count } }
    }

    // MARK: The end

    /// Stops: takes nothing more on, waits until what is in work is finished, and ends what is left then.
    ///
    /// Who connects from now on is refused; those who are queued already are still served. When the time is over,
    /// connections are cut and tasks of handlers are cancelled. The calls of `serve` return when all handlers have returned.
    /// A server that was stopped stays so.
    ///
    /// - Parameters:
    ///   - grace: How long to wait, in the listeners' time. Cancelling the task ends the waiting.
    ///   - idleTime: After what time without a byte in either direction a connection is closed meanwhile for which its
    ///     handler waits, counted from the beginning of stopping at the earliest: clients that keep a connection for later do
    ///     not use up the grace. The default, nil, is the limit that there is anyway.
    /// - Returns: How much was finished, and how much was cut.
    @discardableResult
    public func stop(within grace: Duration, closingIdleAfter idleTime: Duration? = nil) async -> StopSummary {
        let services = beginStopping(grace)
        for (service, end) in services {
            while !service.stop(), await service.sleep(until: min(end, service.soon)) {
                if end.hasPassed(at: service.clock.now) { break }
            }
        }
        let idle = Idleness(services.map(\.service), limit: idleTime)
        for (service, end) in services {
            while !service.hasEnded, !end.hasPassed(at: service.clock.now) {
                guard await service.sleep(until: min(end, idle.closeOver())) else { break }
            }
        }
        return endStopping(services.map(\.service))
    }

    /// Stops, blocking this thread meanwhile. Like the form for tasks.
    @discardableResult
    public func stop(within grace: Duration, closingIdleAfter idleTime: Duration? = nil) -> StopSummary {
        let services = beginStopping(grace)
        for (service, end) in services {
            while !service.stop(), service.sleep(until: min(end, service.soon)) {
                if end.hasPassed(at: service.clock.now) { break }
            }
        }
        let idle = Idleness(services.map(\.service), limit: idleTime)
        for (service, end) in services {
            while !service.hasEnded, !end.hasPassed(at: service.clock.now) {
                guard service.sleep(until: min(end, idle.closeOver())) else { break }
            }
        }
        return endStopping(services.map(\.service))
    }

    /// Whether the server is being stopped, or was: a handler that could go on with something new can end instead.
    public var isStopping: Bool { state.withLock { $0.isStopping } }

    private func beginStopping(_ grace: Duration) -> [(service: Service, end: Deadline)] {
        let services = state.withLock { state in
            state.isStopping = true
            return state.services
        }
        return services.map { ($0, .at($0.clock.now.advanced(by: max(.zero, grace)))) }
    }

    private func endStopping(_ services: [Service]) -> StopSummary {
        for service in services { service.abort() }
        return services.reduce(into: StopSummary()) { summary, service in
            let (drained, aborted) = service.state.withLock { ($0.drained, $0.aborted) }
            summary.drained += drained
            summary.aborted += aborted
        }
    }
}

// MARK: - For the forms of serving

extension Server {
    /// Takes a service in.
    func begin(_ service: Service) throws(TransportError) {
        try limits.check()
        let isStopping = state.withLock { state in
            if !state.isStopping { state.services.append(service) }
            return state.isStopping
        }
        if isStopping { throw .closed(.accept).with(message: "the server was stopped: make another one") }
    }

    /// Forgets a service that has ended.
    func end(_ service: Service) {
        state.withLock { state in state.services.removeAll { $0 === service } }
    }

    func report(_ kind: ServerReport.Kind, _ error: (any Error)? = nil, peer: () -> String? = { nil }) {
        reporter?(ServerReport(kind: kind, error: error, peer: peer()))
    }

    /// Whether the threads are the server's own, and not those of whom it was told to ask for them.
    var startsThreads: Bool { threadStarter == nil }

    /// Starts a thread.
    ///
    /// - Returns: The error when there is none to be had.
    func startingThread(_ body: @escaping @Sendable () -> Void) -> TransportError? {
        do {
            guard let threadStarter else {
                if startThread(body) { return nil }
                throw TransportError(.outOfResources, operation: .accept).with(message: "no thread could be started")
            }
            try threadStarter(body)
            return nil
        } catch {
            return error as? TransportError
                ?? TransportError(.outOfResources, operation: .accept).with(message: "\(error)")
        }
    }

    /// Tells of a connection that has ended, unless the server has ended it or there is nothing to tell.
    func report(
        ending: Seat.Ending?, _ failure: (kind: ServerReport.Kind, error: any Error)?, peer: () -> String?
    ) {
        switch ending {
        case .idle: report(.idle, peer: peer)
        case .overtime: report(.overtime, peer: peer)
        case .stopped: break
        case nil:
            if let failure { report(failure.kind, failure.error, peer: peer) }
        }
    }
}

extension Service {
    /// When to try again to stop.
    fileprivate var soon: Deadline { .at(clock.now.advanced(by: .milliseconds(10))) }
}
