public import TransportCore

/// A resolver that knows what it was told, takes its time on a virtual clock, and records what it is asked.
public final class StubResolver: Resolver {
    /// What a name comes to.
    public enum Answer: Sendable {
        /// Addresses; the port is that of the query.
        case addresses([IP.Address])
        /// A failure.
        case fail(TransportError)
    }

    private struct State {
        var answers: [String: Answer]
        var queries: [ResolverQuery] = []
        var deadlines: [Deadline] = []
    }

    private let state: Locked<State>
    private let clock: VirtualClock
    private let delay: Duration

    /// Makes a resolver.
    ///
    /// - Parameters:
    ///   - answers: What names come to; others do not exist. The name of this machine is "".
    ///   - clock: The clock that it takes its time on.
    ///   - delay: How long each answer takes.
    public init(_ answers: [String: Answer] = [:], clock: VirtualClock = VirtualClock(), delay: Duration = .zero) {
        state = Locked(State(answers: answers))
        self.clock = clock
        self.delay = delay
    }

    /// Every query so far, in order.
    public var queries: [ResolverQuery] { state.withLock { $0.queries } }

    /// The deadlines of the queries, in order.
    public var deadlines: [Deadline] { state.withLock { $0.deadlines } }

    /// Gives the answer.
    public func resolve(
        _ query: ResolverQuery,
        until deadline: Deadline
    ) throws(TransportError) -> [IP.SocketAddress] {
        let answer = state.withLock { state in
            state.queries.append(query)
            state.deadlines.append(deadline)
            return state.answers[query.host ?? ""]
        }
        let end = clock.now.advanced(by: delay)
        if .at(end) > deadline {
            if let instant = deadline.instant { clock.advance(to: instant) }
            throw TransportError(.timedOut, operation: .resolve)
        }
        clock.advance(to: end)
        guard case .port(let port) = query.service else { throw TransportError(.noSuchService, operation: .resolve) }
        switch answer {
        case .addresses(let addresses)?: return addresses.map { IP.SocketAddress($0, port: port) }
        case .fail(let error)?: throw error
        case nil: throw TransportError(.noSuchName, operation: .resolve).with(address: query.host ?? "")
        }
    }

    /// Gives the answer.
    public func resolve(
        _ query: ResolverQuery,
        until deadline: Deadline
    ) async throws(TransportError) -> [IP.SocketAddress] {
        let blocking: (ResolverQuery, Deadline) throws(TransportError) -> [IP.SocketAddress] = {
            (query, deadline) throws(TransportError) in try self.resolve(query, until: deadline)
        }
        return try blocking(query, deadline)
    }
}
