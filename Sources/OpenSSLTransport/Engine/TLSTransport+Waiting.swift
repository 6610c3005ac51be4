internal import Synchronization
public import TransportCore

extension TLSTransport {
    /// Blocks until a need may be met, which is for the transport below to know.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        switch try manner(of: need) {
        case .notAtAll: return true
        case .plainly: return try lower.wait(for: need.plain, until: deadline)
        case .leading:
            defer { endTurn { _ in } }
            return try lower.wait(for: need.plain, until: deadline)
        case .following(let event): return try lower.wait(for: event, until: deadline)
        }
    }

    /// Suspends until a need may be met, which is for the transport below to know.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        switch try manner(of: need) {
        case .notAtAll: return true
        case .plainly: return try await lower.ready(for: need.plain, until: deadline)
        case .leading:
            defer { endTurn { _ in } }
            return try await lower.ready(for: need.plain, until: deadline)
        case .following(let event): return try await lower.ready(for: event, until: deadline)
        }
    }

    /// Whether nothing is here, and the transport below knows that nothing is there.
    public func isKnownUnready(for interest: Need.Interest) -> Bool {
        guard interest == .readable, lower.isKnownUnready(for: interest) else { return false }
        let answer = state.unlessBusy { state in
            state.engine.isEstablished && state.engine.failure == nil && state.engine.output.isEmpty
                && !state.engine.hasReadyInput && !state.lowerHasEnded
        }
        return answer ?? false
    }

    private enum Manner {
        case notAtAll, plainly, leading
        /// Somebody else is at it, who may need this thread: until that one is done.
        case following(WakeEvent)
    }

    /// How to wait for a need.
    private func manner(of need: Need) throws(TransportError) -> Manner {
        if isClosed.load(ordering: .acquiring) { throw .closed(.wait) }
        while true {
            if let manner = state.unlessBusy({ manner(of: need, &$0) }) { return manner }
            if let event = state.awaitedEnd() { return .following(event) }
        }
    }

    private func manner(of need: Need, _ state: inout TLSState) -> Manner {
        if need.isUntilFree { return .notAtAll }
        guard need.isShared, state.isLowerEstablished else { return .plainly }
        if state.turn.isTaken { return .following(state.turn.awaited()) }
        // Another direction has met the need since: the handshake is done, or has failed, or the end has come.
        let isHandshake = !state.engine.hasAnnouncedEnd
        if state.engine.failure != nil || state.lowerHasEnded || state.engine.hasEnded
            || (isHandshake && state.engine.isEstablished && !state.engine.isInMessage)
        {
            return .notAtAll
        }
        guard need.interest.contains(.readable) else { return .plainly }
        state.turn.take()
        return .leading
    }

    /// Ends a wait for everyone, and has those go on who have left it to this call.
    func endTurn<Result>(_ body: (inout TLSState) -> Result) -> Result {
        let (result, event) = state.withLock { state in (body(&state), state.turn.giveBack()) }
        event?.set()
        return result
    }
}
