internal import TransportCore

/// How many connections each peer has. Nothing is kept about peers that have none.
final class PeerCounts: Sendable {
    private let limit: Int?
    private let counts = Locked<[PeerKey: Int]>([:])

    init(limit: Int?) { self.limit = limit }

    /// Whether peers are counted at all.
    var isLimited: Bool { limit != nil }

    /// Counts one more.
    ///
    /// - Returns: Whether the peer may have it; it is not counted otherwise.
    func enter(_ peer: PeerKey) -> Bool {
        guard let limit else { return true }
        return counts.withLock { counts in
            let count = counts[peer] ?? 0
            guard count < limit else { return false }
            counts[peer] = count + 1
            return true
        }
    }

    /// Counts one less.
    func leave(_ peer: PeerKey) {
        counts.withLock { counts in
            guard let count = counts[peer], count > 1 else {
                counts[peer] = nil
                return
            }
            counts[peer] = count - 1
        }
    }
}
