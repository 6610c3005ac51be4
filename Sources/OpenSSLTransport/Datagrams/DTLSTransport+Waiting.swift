public import TransportCore

/// How often those look again who leave receiving to somebody else.
private let followersPause = Duration.milliseconds(1)

extension DTLSTransport {
    /// Blocks until a need may be met, or until a handshake has something to send again.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        let (manner, timer) = try manner(of: need)
        switch manner {
        case .notAtAll: return true
        case .following: return try lower.wait(for: pause, until: deadline)
        case .leading, .plainly:
            defer { if manner == .leading { stopLeading() } }
            return try lower.wait(for: need.plain, until: min(deadline, timer)) || timer < deadline
        }
    }

    /// Suspends until a need may be met, or until a handshake has something to send again.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        let (manner, timer) = try manner(of: need)
        switch manner {
        case .notAtAll: return true
        case .following: return try await lower.ready(for: pause, until: deadline)
        case .leading, .plainly:
            defer { if manner == .leading { stopLeading() } }
            return try await lower.ready(for: need.plain, until: min(deadline, timer)) || timer < deadline
        }
    }

    private enum Manner { case notAtAll, plainly, leading, following }

    /// A wait for the time alone: what is there to be received is somebody else's.
    private var pause: Need { Need([], notBefore: now.advanced(by: followersPause)) }

    /// How to wait for a need, and when a handshake has something to do.
    private func manner(of need: Need) throws(TransportError) -> (Manner, Deadline) {
        try withState(.wait) { (state) throws(TransportError) in
            let timer = state.nextTimer.map(Deadline.at) ?? .never
            guard need.isShared else { return (.plainly, timer) }
            guard state.leaders == 0 else { return (.following, timer) }
            state.leaders += 1
            return (.leading, timer)
        }
    }

    private func stopLeading() { state.withLock { $0.leaders -= 1 } }
}
