public import TransportCore

/// How often those look again who leave receiving to somebody else.
private let followersPause = Duration.milliseconds(1)

extension TLSTransport {
    /// Blocks until a need may be met, which is for the transport below to know.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        switch try manner(of: need) {
        case .notAtAll: return true
        case .plainly: return try lower.wait(for: need.plain, until: deadline)
        case .leading:
            defer { stopLeading() }
            return try lower.wait(for: need.plain, until: deadline)
        case .following:
            // For the time alone: what is there to be received is the other one's, who may need this thread for it.
            let pause = Need([], notBefore: now.advanced(by: followersPause))
            return try lower.wait(for: pause, until: deadline)
        }
    }

    /// Suspends until a need may be met, which is for the transport below to know.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        switch try manner(of: need) {
        case .notAtAll: return true
        case .plainly: return try await lower.ready(for: need.plain, until: deadline)
        case .leading:
            defer { stopLeading() }
            return try await lower.ready(for: need.plain, until: deadline)
        case .following:
            // For the time alone: what is there to be received is the other one's, who may need this thread for it.
            let pause = Need([], notBefore: now.advanced(by: followersPause))
            return try await lower.ready(for: pause, until: deadline)
        }
    }

    /// Whether nothing is here, and the transport below knows that nothing is there.
    public func isKnownUnready(for interest: Need.Interest) -> Bool {
        guard interest == .readable, lower.isKnownUnready(for: interest) else { return false }
        return state.withLock { state in
            state.engine.isEstablished && state.engine.failure == nil && state.engine.output.isEmpty
                && !state.engine.hasReadyInput && !state.lowerHasEnded
        }
    }

    private enum Manner { case notAtAll, plainly, leading, following }

    /// How to wait for a need.
    private func manner(of need: Need) throws(TransportError) -> Manner {
        try withState(.wait) { (state) throws(TransportError) in
            guard need.isShared, state.isLowerEstablished else { return .plainly }
            if state.isReceivingBelow || state.leaders > 0 { return .following }
            // Another direction has met the need since: the handshake is done, or has failed, or the end has come.
            let isHandshake = !state.engine.hasAnnouncedEnd
            if state.engine.failure != nil || state.lowerHasEnded || state.engine.hasEnded
                || (isHandshake && state.engine.isEstablished && !state.engine.isInMessage)
            {
                return .notAtAll
            }
            guard need.interest.contains(.readable) else { return .plainly }
            state.leaders += 1
            return .leading
        }
    }

    private func stopLeading() { state.withLock { $0.leaders -= 1 } }
}
