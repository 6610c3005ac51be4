/// The look-up of a ``CachingResolver``: an answer that is remembered, or a share in a look-up of the resolver below.
public final class CachedLookUp<Base: Resolver>: ResolverLookUp {
    private struct State {
        /// The look-up in which this one has a share.
        var shared: SharedLookUp<Base.LookUp>?
        /// How many of its parts were given.
        var count = 0
        var isOver = false
    }

    private enum Step {
        /// The call is over; nil where the time is.
        case gives(ResolverAnswerPart?)
        case fails(TransportError)
        case asks(SharedLookUp<Base.LookUp>)
        case pauses(until: Instant)
    }

    private let cache: CachingResolver<Base>
    private let query: ResolverQuery
    private let state = Locked(State())

    init(_ cache: CachingResolver<Base>, _ query: ResolverQuery) {
        self.cache = cache
        self.query = query
    }

    deinit { cancel() }

    /// The answer that is remembered, or the next part of that of the resolver below.
    public func next(until deadline: Deadline) throws(TransportError) -> ResolverAnswerPart? {
        var began: Instant?
        while true {
            switch step(&began, deadline) {
            case .gives(let part): return part
            case .fails(let error): throw error
            case .asks(let shared):
                do throws(TransportError) {
                    guard took(try shared.base.next(until: deadline), of: shared) else { return nil }
                } catch {
                    throw took(error, of: shared)
                }
            case .pauses(let time): try cache.backend.sleep(until: time)
            }
        }
    }

    /// The answer that is remembered, or the next part of that of the resolver below.
    public func next(until deadline: Deadline) async throws(TransportError) -> ResolverAnswerPart? {
        var began: Instant?
        while true {
            switch step(&began, deadline) {
            case .gives(let part): return part
            case .fails(let error): throw error
            case .asks(let shared):
                do throws(TransportError) {
                    guard took(try await shared.base.next(until: deadline), of: shared) else { return nil }
                } catch {
                    throw took(error, of: shared)
                }
            case .pauses(let time):
                do throws(TransportError) {
                    try await cache.backend.sleep(until: time)
                } catch {
                    throw error.asPart(of: .resolve)
                }
            }
        }
    }

    /// Gives up the share in the look-up below, which ends when nobody else has one.
    public func cancel() {
        let shared = state.withLock { state in
            defer { (state.shared, state.isOver) = (nil, true) }
            return state.shared
        }
        if let shared { cache.leave(shared, query) }
    }

    /// - Parameter began: When the pauses of this call began.
    private func step(_ began: inout Instant?, _ deadline: Deadline) -> Step {
        while true {
            guard let (shared, count) = state.withLock({ state in state.shared.map { ($0, state.count) } }) else {
                if state.withLock({ $0.isOver }) {
                    return .fails(TransportError(.cancelled, operation: .resolve).with(message: "the look-up is over"))
                }
                switch cache.find(query) {
                case .known(let answer):
                    state.withLock { $0.isOver = true }
                    switch answer {
                    case .success(let addresses): return .gives(ResolverAnswerPart(addresses, isLast: true))
                    case .failure(let error): return .fails(error)
                    }
                case .asked(let shared): state.withLock { $0.shared = shared }
                }
                continue
            }
            switch shared.turn(after: count) {
            case .part(let part):
                state.withLock { $0.count += 1 }
                return .gives(part)
            case .failed(let error) where count > 0:
                // Something has come of it for the caller, and this is why the rest has not.
                return .gives(ResolverAnswerPart([], failure: error, isLast: true))
            case .failed:
                // It was another caller's, who had another deadline, or bad luck.
                state.withLock { $0.shared = nil }
                cache.leave(shared, query)
            case .isToAwait: return .asks(shared)
            case .isAwaited: return nextLook(&began, deadline).map { .pauses(until: $0) } ?? .gives(nil)
            }
        }
    }

    /// Passes an answer on to everyone who has a share; whether there is one.
    private func took(_ part: ResolverAnswerPart?, of shared: SharedLookUp<Base.LookUp>) -> Bool {
        if shared.take(.success(part)) { cache.learn(from: shared, query) }
        return part != nil
    }

    private func took(_ error: TransportError, of shared: SharedLookUp<Base.LookUp>) -> TransportError {
        if shared.take(.failure(error)) { cache.learn(from: shared, query) }
        return error
    }

    // MARK: Waiting

    // Whoever asks for what is being asked looks again after a pause. A thread that slept until it is woken would sleep
    // outside the backend's time, and where that is virtual, whoever is asking would never get their turn.

    /// When to look again, since a pause began; nil when there is no time left.
    private func nextLook(_ began: inout Instant?, _ deadline: Deadline) -> Instant? {
        let now = cache.backend.now
        guard !deadline.hasPassed(at: now) else { return nil }
        let since = began ?? now
        began = since
        return min(now.nextLook(since: since, after: .milliseconds(1)), deadline).instant
    }
}
