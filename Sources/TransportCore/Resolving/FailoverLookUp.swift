/// The look-up of a ``FailoverResolver``: that of the first resolver, or that of the second when nothing came of the first.
///
/// As soon as the first has given addresses of one family, the second is not asked for the other: the first does answer.
public final class FailoverLookUp<First: Resolver, Second: Resolver>: ResolverLookUp {
    private enum State {
        /// What the first gives, and why some of its parts had no addresses.
        case first(First.LookUp, failures: [TransportError])
        /// What the first gives, which has given addresses.
        case settled(First.LookUp)
        /// What the second gives, after a failure of the first.
        case second(Second.LookUp, after: TransportError)
    }

    private let resolver: FailoverResolver<First, Second>
    private let query: ResolverQuery
    /// Until when the first may take.
    private let patienceEnd: Deadline
    private let state: Locked<State>

    init(_ resolver: FailoverResolver<First, Second>, _ query: ResolverQuery) {
        self.resolver = resolver
        self.query = query
        patienceEnd = resolver.patience.map { .at(resolver.now.advanced(by: max(.zero, $0))) } ?? .never
        state = Locked(.first(resolver.first.lookUp(query), failures: []))
    }

    /// The next part of the answer of the first resolver, or of the second.
    public func next(until deadline: Deadline) throws(TransportError) -> ResolverAnswerPart? {
        while true {
            switch state.withLock({ $0 }) {
            case .first(let lookUp, _):
                let result: Result<ResolverAnswerPart?, TransportError>
                do throws(TransportError) {
                    result = .success(try lookUp.next(until: min(deadline, patienceEnd)))
                } catch {
                    result = .failure(error)
                }
                if case .gives(let part) = try take(result, until: deadline) { return part }
            case .settled(let lookUp): return try lookUp.next(until: deadline)
            case .second(let lookUp, let failure):
                do throws(TransportError) {
                    return try lookUp.next(until: deadline)
                } catch {
                    throw error.with(attempts: [failure, error])
                }
            }
        }
    }

    /// The next part of the answer of the first resolver, or of the second.
    public func next(until deadline: Deadline) async throws(TransportError) -> ResolverAnswerPart? {
        while true {
            switch state.withLock({ $0 }) {
            case .first(let lookUp, _):
                let result: Result<ResolverAnswerPart?, TransportError>
                do throws(TransportError) {
                    result = .success(try await lookUp.next(until: min(deadline, patienceEnd)))
                } catch {
                    result = .failure(error)
                }
                if case .gives(let part) = try take(result, until: deadline) { return part }
            case .settled(let lookUp): return try await lookUp.next(until: deadline)
            case .second(let lookUp, let failure):
                do throws(TransportError) {
                    return try await lookUp.next(until: deadline)
                } catch {
                    throw error.with(attempts: [failure, error])
                }
            }
        }
    }

    /// Ends the look-up that is under way.
    public func cancel() {
        switch state.withLock({ $0 }) {
        case .first(let lookUp, _), .settled(let lookUp): lookUp.cancel()
        case .second(let lookUp, _): lookUp.cancel()
        }
    }

    private enum Outcome {
        /// What the caller gets.
        case gives(ResolverAnswerPart?)
        case asksOn
    }

    /// Takes what the first has given.
    ///
    /// - Throws: What is to be thrown to the caller.
    private func take(
        _ result: Result<ResolverAnswerPart?, TransportError>, until deadline: Deadline
    ) throws(TransportError) -> Outcome {
        switch result {
        case .success(var part?):
            let earlier = add(part)
            guard part.addresses.isEmpty else {
                part.failure = part.failure ?? earlier.first
                return .gives(part)
            }
            guard part.isLast else { return .asksOn }
            let failures = earlier + (part.failure.map { [$0] } ?? [])
            guard let failure = failures.first(where: resolver.goesOn) else {
                part.failure = failures.first
                return .gives(part)
            }
            askSecond(after: failure)
        case .success(nil):
            let now = resolver.now
            guard patienceEnd.hasPassed(at: now), !deadline.hasPassed(at: now) else { return .gives(nil) }
            askSecond(after: TransportError(.timedOut, operation: .resolve).with(address: query.host ?? "this machine"))
        case .failure(let error):
            guard resolver.goesOn(after: error), !deadline.hasPassed(at: resolver.now) else { throw error }
            askSecond(after: error)
        }
        return .asksOn
    }

    /// Takes note of a part of the first.
    ///
    /// - Returns: The failures before it.
    private func add(_ part: ResolverAnswerPart) -> [TransportError] {
        state.withLock { state in
            guard case .first(let lookUp, let failures) = state else { return [] }
            state =
                part.addresses.isEmpty
                ? .first(lookUp, failures: failures + (part.failure.map { [$0] } ?? [])) : .settled(lookUp)
            return failures
        }
    }

    private func askSecond(after failure: TransportError) {
        let second = resolver.second.lookUp(query)
        state.withLock { state in
            if case .first(let lookUp, _) = state { lookUp.cancel() }
            state = .second(second, after: failure)
        }
    }
}
