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
        case asked(SharedLookUp<Base.LookUp>)
        case known(Result<[IP.SocketAddress], TransportError>, until: Instant)
    }

    private struct State {
        var entries: [ResolverQuery: Entry] = [:]
        /// The queries of what is known, the one that was learnt first in front.
        var order: [ResolverQuery] = []
    }

    /// The resolver below.
    public let base: Base
    /// How much is remembered, and for how long.
    public let limits: NameCacheLimits
    let backend: any Backend
    private let state = Locked(State())

    /// Makes a resolver that has nothing to remember yet.
    ///
    /// - Parameters:
    ///   - base: The resolver below.
    ///   - limits: How much is remembered, and for how long.
    ///   - backend: Whose time it is in.
    public init(over base: Base, limits: NameCacheLimits = NameCacheLimits(), backend: some Backend) {
        self.base = base
        self.limits = limits
        self.backend = backend
    }

    /// Forgets everything, and what is being asked for at this moment, too: the answer is for those who ask already.
    public func removeAll() { state.withLock { $0 = State() } }

    /// How many answers are remembered, also those whose time is up and that nobody has asked for since.
    public var count: Int { state.withLock { $0.order.count } }

    /// The answer that is remembered, or that of the resolver below.
    public func resolve(_ query: ResolverQuery, until deadline: Deadline) throws(TransportError) -> [IP.SocketAddress] {
        let lookUp = lookUp(query)
        defer { lookUp.cancel() }
        var parts: [ResolverAnswerPart] = []
        while parts.last?.isLast != true {
            guard let part = try lookUp.next(until: deadline) else { throw timedOut(query) }
            parts.append(part)
        }
        return try parts.whole(for: query).get()
    }

    /// The answer that is remembered, or that of the resolver below.
    public func resolve(
        _ query: ResolverQuery, until deadline: Deadline
    ) async throws(TransportError) -> [IP.SocketAddress] {
        let lookUp = lookUp(query)
        defer { lookUp.cancel() }
        var parts: [ResolverAnswerPart] = []
        while parts.last?.isLast != true {
            guard let part = try await lookUp.next(until: deadline) else { throw timedOut(query) }
            parts.append(part)
        }
        return try parts.whole(for: query).get()
    }

    /// The answer that is remembered, at once, or that of the resolver below, as it comes; it is remembered when it is
    /// complete.
    public func lookUp(_ query: ResolverQuery) -> CachedLookUp<Base> { CachedLookUp(self, query) }

    private func timedOut(_ query: ResolverQuery) -> TransportError {
        TransportError(.timedOut, operation: .resolve).with(address: query.host ?? "this machine")
    }

    // MARK: What is remembered

    enum Finding {
        case known(Result<[IP.SocketAddress], TransportError>)
        /// A look-up that the caller has a share in from now on.
        case asked(SharedLookUp<Base.LookUp>)
    }

    func find(_ query: ResolverQuery) -> Finding {
        let now = backend.now
        if let finding = find(query, at: now) { return finding }
        // Begun without the lock: who knows what the resolver below does.
        let lookUp = SharedLookUp(base.lookUp(query))
        guard let finding = find(query, at: now, otherwise: lookUp) else { return .asked(lookUp) }
        lookUp.base.cancel()
        return finding
    }

    /// What is known, or being asked; when it is neither, it is asked by another look-up from now on, if there is one.
    private func find(
        _ query: ResolverQuery, at now: Instant, otherwise lookUp: SharedLookUp<Base.LookUp>? = nil
    ) -> Finding? {
        state.withLock { state in
            switch state.entries[query] {
            case .asked(let present):
                present.join()
                return .asked(present)
            case .known(let answer, let end) where now < end: return .known(answer)
            case .known: state.order.removeAll { $0 == query }
            case nil: break
            }
            state.entries[query] = lookUp.map(Entry.asked)
            return nil
        }
    }

    /// Gives a share in a look-up up. The last one who does so ends it.
    func leave(_ lookUp: SharedLookUp<Base.LookUp>, _ query: ResolverQuery) {
        let isLast = state.withLock { state in
            let isLast = lookUp.leave()
            if isLast, case .asked(lookUp) = state.entries[query] { state.entries[query] = nil }
            return isLast
        }
        if isLast { lookUp.base.cancel() }
    }

    /// Remembers what came of a look-up that is over, unless it was forgotten meanwhile: an entry is somebody else's then.
    func learn(from lookUp: SharedLookUp<Base.LookUp>, _ query: ResolverQuery) {
        let now = backend.now
        let answer = lookUp.answer(to: query)
        state.withLock { state in
            guard case .asked(lookUp) = state.entries[query] else { return }
            state.entries[query] = nil
            guard let answer, limits.maxEntries > 0 else { return }
            let lifetime = if case .success = answer { limits.lifetime } else { limits.negativeLifetime }
            guard lifetime > .zero else { return }
            state.entries[query] = .known(answer, until: now.advanced(by: lifetime))
            state.order.append(query)
            while state.order.count > limits.maxEntries { state.entries[state.order.removeFirst()] = nil }
        }
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
