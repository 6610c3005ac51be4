/// A resolver that remembers the answers of another one for a while.
///
/// ```swift
/// let backend = SocketBackend<IP>().cachingNames(NameCacheLimits(lifetime: .seconds(60)))
/// ```
///
/// Those who ask for the same at the same time share one query, threads and tasks alike. Share the resolver, or the backend
/// that has it, to share what it remembers. That a name does not exist is remembered, too; failures of the name servers are
/// not. Time is the backend's.
public final class CachingResolver<Base: Resolver>: Resolver {
    private enum Entry {
        /// Somebody is asking.
        case asked
        case known(Result<[IP.SocketAddress], TransportError>, until: Instant)
    }

    private struct State {
        var entries: [ResolverQuery: Entry] = [:]
        /// The queries of what is known, the one that was learnt first in front.
        var order: [ResolverQuery] = []
        /// How often everything was forgotten: what was asked before is not remembered afterwards.
        var age = 0
    }

    /// The resolver below.
    public let base: Base
    /// How much is remembered, and for how long.
    public let limits: NameCacheLimits
    private let backend: any Backend
    private let state = Locked(State())

    /// Makes a resolver that has nothing to remember yet.
    ///
    /// - Parameters:
    ///   - base: The resolver below.
    ///   - limits: How much is remembered, and for how long.
    ///   - backend: Whose time it is in.
    public init(_ base: Base, limits: NameCacheLimits = NameCacheLimits(), backend: some Backend) {
        self.base = base
        self.limits = limits
        self.backend = backend
    }

    /// Forgets everything, and what is being asked for at this moment, too: the answer is for those who ask already.
    public func removeAll() {
        state.withLock { state in
            state.entries = [:]
            state.order = []
            state.age += 1
        }
    }

    /// How many answers are remembered, also those whose time is up and that nobody has asked for since.
    public var count: Int { state.withLock { $0.order.count } }

    /// The answer that is remembered, or that of the resolver below.
    public func resolve(_ query: ResolverQuery, until deadline: Deadline) throws(TransportError) -> [IP.SocketAddress] {
        var pause = Self.firstPause
        while true {
            switch look(query) {
            case .known(let answer): return try answer.get()
            case .isToAsk(let age):
                let answer: Result<[IP.SocketAddress], TransportError>
                do throws(TransportError) {
                    answer = .success(try base.resolve(query, until: deadline))
                } catch {
                    answer = .failure(error)
                }
                learn(answer, for: query, asked: age)
                return try answer.get()
            case .isAsked:
                try backend.sleep(until: try next(pause, query, deadline))
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    /// The answer that is remembered, or that of the resolver below.
    public func resolve(
        _ query: ResolverQuery, until deadline: Deadline
    ) async throws(TransportError) -> [IP.SocketAddress] {
        var pause = Self.firstPause
        while true {
            switch look(query) {
            case .known(let answer): return try answer.get()
            case .isToAsk(let age):
                let answer: Result<[IP.SocketAddress], TransportError>
                do throws(TransportError) {
                    answer = .success(try await base.resolve(query, until: deadline))
                } catch {
                    answer = .failure(error)
                }
                learn(answer, for: query, asked: age)
                return try answer.get()
            case .isAsked:
                do throws(TransportError) {
                    try await backend.sleep(until: try next(pause, query, deadline))
                } catch {
                    throw error.asPart(of: .resolve)
                }
                pause = min(pause * 2, Self.longestPause)
            }
        }
    }

    // MARK: What is remembered

    private enum Finding {
        case known(Result<[IP.SocketAddress], TransportError>)
        /// Nobody is asking: the caller is to ask, and to tell the answer.
        case isToAsk(age: Int)
        case isAsked
    }

    private func look(_ query: ResolverQuery) -> Finding {
        let now = backend.now
        return state.withLock { state in
            switch state.entries[query] {
            case .asked: return .isAsked
            case .known(let answer, let end) where now < end: return .known(answer)
            case .known:
                state.order.removeAll { $0 == query }
                state.entries[query] = .asked
                return .isToAsk(age: state.age)
            case nil:
                state.entries[query] = .asked
                return .isToAsk(age: state.age)
            }
        }
    }

    private func learn(
        _ answer: Result<[IP.SocketAddress], TransportError>, for query: ResolverQuery, asked age: Int
    ) {
        let now = backend.now
        state.withLock { state in
            // Forgotten meanwhile: the entry, if there is one, is somebody else's.
            guard state.age == age else { return }
            guard let lifetime = lifetime(of: answer), lifetime > .zero, limits.maxEntries > 0 else {
                // Whoever waits for the answer asks for themselves: this one had another deadline, or bad luck.
                state.entries[query] = nil
                return
            }
            state.entries[query] = .known(answer, until: now.advanced(by: lifetime))
            state.order.append(query)
            while state.order.count > limits.maxEntries { state.entries[state.order.removeFirst()] = nil }
        }
    }

    private func lifetime(of answer: Result<[IP.SocketAddress], TransportError>) -> Duration? {
        switch answer {
        case .success: limits.lifetime
        case .failure(let error) where error.kind == .noSuchName || error.kind == .noAddressForName:
            limits.negativeLifetime
        case .failure: nil
        }
    }

    // MARK: Waiting

    // Whoever asks for what is being asked looks again after a pause. A thread that slept until it is woken would sleep
    // outside the backend's time, and where that is virtual, whoever is asking would never get their turn.
    private static var firstPause: Duration { .milliseconds(1) }
    private static var longestPause: Duration { .milliseconds(8) }

    private func next(
        _ pause: Duration, _ query: ResolverQuery, _ deadline: Deadline
    ) throws(TransportError) -> Instant {
        let now = backend.now
        guard !deadline.hasPassed(at: now) else {
            throw TransportError(.timedOut, operation: .resolve).with(address: query.host ?? "this machine")
        }
        let time = now.advanced(by: pause)
        return min(time, deadline.instant ?? time)
    }
}

/// How much a ``CachingResolver`` remembers, and for how long.
public struct NameCacheLimits: Hashable, Sendable {
    /// How long addresses are remembered. The system's resolver does not tell how long they are good for.
    public var lifetime: Duration
    /// How long it is remembered that a name does not exist, or has no address of a family; zero for not at all.
    public var negativeLifetime: Duration
    /// How many answers are remembered. The one that was learnt first makes room for a new one.
    public var maxEntries: Int

    /// Makes limits.
    ///
    /// - Parameters:
    ///   - lifetime: How long addresses are remembered. The default is 30 s.
    ///   - negativeLifetime: How long it is remembered that there are none. The default is 5 s.
    ///   - maxEntries: How many answers are remembered. The default is 1,000.
    public init(lifetime: Duration = .seconds(30), negativeLifetime: Duration = .seconds(5), maxEntries: Int = 1000) {
        self.lifetime = lifetime
        self.negativeLifetime = negativeLifetime
        self.maxEntries = maxEntries
    }
}
