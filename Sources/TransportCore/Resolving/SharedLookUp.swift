/// A look-up that several ask for at the same time. Whoever needs the next part while nobody is at it waits for it, and
/// leaves it to all.
final class SharedLookUp<Base: ResolverLookUp>: Sendable, Equatable {
    private struct State {
        /// What has come.
        var parts: [ResolverAnswerPart] = []
        /// Why nothing more will come.
        var failure: TransportError?
        /// Somebody waits for the next part.
        var isAwaited = false
        var shares = 1
    }

    /// What there is for somebody who has had some parts.
    enum Turn {
        case part(ResolverAnswerPart)
        /// The look-up has failed.
        case failed(TransportError)
        /// Nobody waits for the next part: the caller is to, and to tell what came.
        case isToAwait
        case isAwaited
    }

    let base: Base
    private let state = Locked(State())

    /// Makes a look-up in which its maker has a share.
    init(_ base: Base) { self.base = base }

    static func == (first: SharedLookUp, second: SharedLookUp) -> Bool { first === second }

    func join() { state.withLock { $0.shares += 1 } }

    /// Gives a share up.
    ///
    /// - Returns: Whether it was the last one.
    func leave() -> Bool {
        state.withLock { state in
            state.shares -= 1
            return state.shares == 0
        }
    }

    func turn(after count: Int) -> Turn {
        state.withLock { state in
            if count < state.parts.count { return .part(state.parts[count]) }
            if let failure = state.failure { return .failed(failure) }
            if state.isAwaited { return .isAwaited }
            state.isAwaited = true
            return .isToAwait
        }
    }

    /// Takes what whoever waited has got.
    ///
    /// - Returns: Whether the look-up is over.
    func take(_ result: Result<ResolverAnswerPart?, TransportError>) -> Bool {
        state.withLock { state in
            state.isAwaited = false
            switch result {
            case .success(let part?):
                state.parts.append(part)
                return part.isLast
            case .success(nil): return false
            case .failure(let error):
                // Whoever waited was cancelled; the others go on.
                guard error.kind != .cancelled else { return false }
                state.failure = error
                return true
            }
        }
    }

    /// The answer, when the look-up is over and says something of the name, in all its parts.
    func answer(to query: ResolverQuery) -> Result<[IP.SocketAddress], TransportError>? {
        state.withLock { state in
            let failures = state.parts.compactMap(\.failure) + (state.failure.map { [$0] } ?? [])
            guard failures.allSatisfy({ $0.kind == .noSuchName || $0.kind == .noAddressForName }) else { return nil }
            if let failure = state.failure { return state.parts.isEmpty ? .failure(failure) : nil }
            return state.parts.whole(for: query)
        }
    }
}

extension [ResolverAnswerPart] {
    /// The answer of which these are all the parts: the addresses of the preferred family first.
    func whole(for query: ResolverQuery) -> Result<[IP.SocketAddress], TransportError> {
        let all = flatMap(\.addresses)
        guard count > 1, let preferred = last?.preference.families else { return result(all, query) }
        return result(all.filter(preferred.contain) + all.filter { !preferred.contain($0) }, query)
    }

    private func result(
        _ addresses: [IP.SocketAddress], _ query: ResolverQuery
    ) -> Result<[IP.SocketAddress], TransportError> {
        guard addresses.isEmpty else { return .success(addresses) }
        return .failure(
            lazy.compactMap(\.failure).first
                ?? TransportError(.noAddressForName, operation: .resolve).with(address: query.host ?? "this machine"))
    }
}
