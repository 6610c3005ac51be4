internal import Synchronization
public import TransportCore

extension DTLSTransport {
    /// Blocks until a need may be met, or until a handshake has something to send again.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        let (manner, timer) = try manner(of: need)
        let isMet: Bool
        switch manner {
        case .notAtAll: return true
        case .plainly: isMet = try lower.wait(for: need.plain, until: min(deadline, timer))
        case .leading:
            defer { endTurn() }
            isMet = try lower.wait(for: need.plain, until: min(deadline, timer))
        case .following(let event): isMet = try lower.wait(for: event, until: min(deadline, timer))
        }
        return isMet || timer < deadline
    }

    /// Suspends until a need may be met, or until a handshake has something to send again.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        let (manner, timer) = try manner(of: need)
        let isMet: Bool
        switch manner {
        case .notAtAll: return true
        case .plainly: isMet = try await lower.ready(for: need.plain, until: min(deadline, timer))
        case .leading:
            defer { endTurn() }
            isMet = try await lower.ready(for: need.plain, until: min(deadline, timer))
        case .following(let event): isMet = try await lower.ready(for: event, until: min(deadline, timer))
        }
        return isMet || timer < deadline
    }

    private enum Manner {
        case notAtAll, plainly, leading
        /// Somebody else is at it: until that one is done.
        case following(WakeEvent)
    }

    /// How to wait for a need, and when a handshake has something to do.
    private func manner(of need: Need) throws(TransportError) -> (Manner, Deadline) {
        if isClosed.load(ordering: .acquiring) { throw .closed(.wait) }
        while true {
            if let manner = state.unlessBusy({ manner(of: need, &$0) }) { return manner }
            if let event = state.awaitedEnd() { return (.following(event), .never) }
        }
    }

    private func manner(of need: Need, _ state: inout State) -> (Manner, Deadline) {
        if need.isUntilFree { return (.notAtAll, .never) }
        let timer = state.nextTimer.map(Deadline.at) ?? .never
        guard need.isShared else { return (.plainly, timer) }
        if state.turn.isTaken { return (.following(state.turn.awaited()), timer) }
        state.turn.take()
        return (.leading, timer)
    }

    /// Ends a wait for everyone, and has those go on who have left it to this call.
    private func endTurn() { state.withLock { $0.turn.giveBack() }?.set() }
}
