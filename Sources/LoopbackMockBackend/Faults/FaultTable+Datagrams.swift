internal import TransportCore

extension NetworkEngine {
    /// Has a datagram go its way: it arrives at once, later, several times, changed or never, as the faults say.
    ///
    /// With the lock held.
    ///
    /// - Parameters:
    ///   - bytes: What is in it.
    ///   - route: Where it goes from and to.
    ///   - arrive: Has it arrive. Must not keep the network, which may come to keep the closure.
    /// - Throws: What a fault says that sending fails with.
    func carry(
        _ bytes: [UInt8], along route: Route, _ arrive: @escaping ([UInt8], NetworkEngine) -> Void
    ) throws(TransportError) {
        guard let faults else { return arrive(bytes, self) }
        try faults.carry(bytes, along: route, self, arrive)
    }
}

extension FaultTable {
    /// Has a datagram go its way, like ``NetworkEngine/carry(_:along:_:)``.
    fileprivate func carry(
        _ bytes: [UInt8], along route: Route, _ engine: NetworkEngine,
        _ arrive: @escaping ([UInt8], NetworkEngine) -> Void
    ) throws(TransportError) {
        let operation = FaultableOperation(.datagram, route, of: nil)
        try exploration?.begin(operation, engine)
        exploration?.finished(operation, bytes.count)
        let judgement = judge(operation, at: 0, time: engine.currentTime)
        guard let (verdict, rule) = judgement.verdict else { return arrive(bytes, engine) }
        operation.hit(by: rule, count: bytes.count)
        if case .error(let kind) = verdict { throw TransportError(kind, operation: .send) }
        if case .hold = verdict {
            let held = heldDatagrams ?? HeldDatagrams()
            heldDatagrams = held
            held.append(Hold(rule: rule, release: rule.releaseCount), bytes, arrive)
            return hold(held)
        }
        for (delay, bytes) in fate(of: bytes, along: route, verdict, rule, engine) {
            if delay == 0 {
                arrive(bytes, engine)
            } else {
                engine.schedule(after: delay) { engine in arrive(bytes, engine) }
            }
        }
    }

    /// What a verdict makes of a datagram: how much later each of its copies arrives, and as what; none when it is lost.
    private func fate(
        of bytes: [UInt8], along route: Route, _ verdict: FaultVerdict.Kind, _ rule: FaultRule.State,
        _ engine: NetworkEngine
    ) -> [(delay: Int64, bytes: [UInt8])] {
        switch verdict {
        case .loss, .blackHole: return []
        case .duplicate(let copies):
            return Array(repeating: (0, bytes), count: copies + 1)
        case .reorder(let time):
            return [(withRandom { Int64.random(in: 0...time, using: &$0) }, bytes)]
        case .corrupt(let bits): return [(0, flipped(bits, of: bytes))]
        default:
            let way = way(by: rule) ?? Way()
            var time = engine.currentTime
            if let speed = way.speed {
                // The line is taken by one datagram after the other.
                let length = Int64(bytes.count) * 1_000_000_000 / Int64(speed)
                time = max(time, busyLines[route] ?? 0) + length
                busyLines[route] = time
            }
            return [(time - engine.currentTime + way.delay, bytes)]
        }
    }

    /// Bytes of which some bits are changed, each another one.
    private func flipped(_ bits: Int, of bytes: [UInt8]) -> [UInt8] {
        var changed = bytes
        var places: Set<Int> = []
        while places.count < min(bits, bytes.count * 8) {
            places.insert(withRandom { Int.random(in: 0..<(bytes.count * 8), using: &$0) })
        }
        for place in places { changed[place / 8] ^= 1 << UInt8(place % 8) }
        return changed
    }
}

/// Datagrams that a fault holds, in the order in which they were sent.
final class HeldDatagrams {
    private var entries: [(hold: Hold, bytes: [UInt8], arrive: ([UInt8], NetworkEngine) -> Void)] = []

    func append(_ hold: Hold, _ bytes: [UInt8], _ arrive: @escaping ([UInt8], NetworkEngine) -> Void) {
        entries.append((hold, bytes, arrive))
    }
}

extension HeldDatagrams: HeldByFaults {
    func reconsider(_ engine: NetworkEngine) {
        let all = entries
        entries = []
        for entry in all {
            if engine.faults?.isInForce(entry.hold, time: engine.currentTime) == true {
                entries.append(entry)
            } else {
                entry.arrive(entry.bytes, engine)
            }
        }
        if !entries.isEmpty { engine.faults?.hold(self) }
    }

    func abandon() { entries = [] }
}
