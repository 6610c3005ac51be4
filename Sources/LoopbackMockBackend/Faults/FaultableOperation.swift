internal import TransportCore

/// Which way something goes.
struct Route: Hashable {
    /// The machine that it comes from.
    var source = ""
    /// The machine that it goes to.
    var destination = ""
    /// The port of the listener, or of the datagram's destination, in families that have ports.
    var port: UInt16?
    /// The stream that it goes over, as the network's log numbers it; nil for datagrams.
    var stream: Int?
    /// The listener is where it comes from.
    var isBackward = false

    /// The way back.
    var reversed: Route {
        Route(source: destination, destination: source, port: port, stream: stream, isBackward: !isBackward)
    }

    /// One of the two machines, with the port where it listens there.
    func name(ofSource isSource: Bool) -> String {
        let name = isSource ? source : destination
        return isSource == isBackward ? port.map { "\(name):\($0)" } ?? name : name
    }
}

/// An operation that faults may happen to, from its first attempt to the one that comes to something.
///
/// Touched only with the network's lock held.
final class FaultableOperation {
    let kind: FaultMatch.Operations
    let route: Route
    /// The stream or the queue that it is about.
    private(set) weak var subject: (any Waitable)?

    /// What the faults have to do with it that are for its kind and place.
    private var relations: [Relation] = []
    /// A fault keeps it from being tried.
    private(set) var isHeldBack = false
    /// The fault that has happened to it.
    private(set) var cause: FaultRule.State?
    /// How often what the fault holds had been released when it began to hold the operation back.
    private var releaseCount = 0
    /// Half of its bytes are to be moved now, and a fault is for the rest.
    var isBeingHalved = false
    /// Half of its bytes were moved.
    var isHalfDone = false
    /// Which of an exploration's operations it is.
    var number: Int?

    /// What one fault has to do with the operation.
    private struct Relation {
        let rule: FaultRule.State
        /// Which of the fault's operations it is.
        let ordinal: Int
        /// Chance has chosen it.
        let isChosen: Bool
        var isHit = false
        /// The fault has happened and does no more.
        var isOver = false
    }

    init(_ kind: FaultMatch.Operations, _ route: Route, of subject: (any Waitable)?) {
        self.kind = kind
        self.route = route
        self.subject = subject
    }

    /// The machine whose program does it.
    var performer: String { kind == .receive || kind == .accept ? route.destination : route.source }

    /// Whether a fault is for this operation, for all that does not change: its kind, its place, its number, chance.
    func concerns(_ rule: FaultRule.State, _ random: inout SeededGenerator) -> Bool {
        let relation = relations.first { $0.rule === rule } ?? relate(to: rule, &random)
        guard let relation, !relation.isOver else { return false }
        return relation.isChosen && rule.match.ordinals.contains(relation.ordinal)
    }

    private func relate(to rule: FaultRule.State, _ random: inout SeededGenerator) -> Relation? {
        guard rule.match.covers(self) else { return nil }
        rule.matchCount += 1
        let chance = rule.match.probability
        let relation = Relation(
            rule: rule, ordinal: rule.matchCount,
            isChosen: chance >= 1 || Double.random(in: 0..<1, using: &random) < chance
        )
        relations.append(relation)
        return relation
    }

    /// Remembers that a fault has happened to it.
    ///
    /// - Parameter count: How many bytes the operation is about, for reports.
    func hit(by rule: FaultRule.State, count: Int?) {
        cause = rule
        guard let index = relations.firstIndex(where: { $0.rule === rule }), !relations[index].isHit else { return }
        relations[index].isHit = true
        rule.hitCount += 1
        if rule.firstHit == nil { rule.firstHit = describe(count) }
        guard let pair = subject as? StreamPair else { return }
        pair.record.record(.fault, performer == pair.route.source ? 0 : 1, note: rule.verdict.description)
    }

    /// Keeps it from being tried, as long as the fault is there.
    func holdBack() {
        isHeldBack = true
        releaseCount = cause?.releaseCount ?? 0
    }

    /// Has it be tried again.
    func letGo() {
        if isHeldBack, let cause, cause.releaseCount != releaseCount { return endFault() }
        isHeldBack = false
    }

    /// Ends what the fault does to it, and has it go on as though nothing had happened.
    func endFault() {
        isHeldBack = false
        guard let cause, let index = relations.firstIndex(where: { $0.rule === cause }) else { return }
        relations[index].isOver = true
    }

    /// Whether somebody who waits for a readiness may be in it.
    func isMeant(by interest: Need.Interest) -> Bool {
        interest.contains(kind == .receive || kind == .accept ? .readable : .writable)
    }

    /// The error with which a wait ends at once that a fault has caused, or nil when it blocks.
    ///
    /// A timeout is a stall that ends when the wait does. A wait that has no end is given up by the system, unless it is
    /// for something to receive: that is never.
    func failure(ofWaitingUntil deadline: Deadline, _ engine: NetworkEngine) -> TransportError? {
        switch cause?.verdict {
        case .timeOut, .midway(.timeOut):
            guard let end = deadline.instant else {
                engine.faults?.exploration?.waitsForEver(self)
                endFault()
                return TransportError(.peerUnresponsive, operation: .wait)
            }
            let time = max(end.nanoseconds, engine.currentTime)
            engine.schedule(ActionTimer { [self] _ in endFault() }, at: time)
            return nil
        case .cancel, .midway(.cancel):
            endFault()
            engine.faults?.exploration?.cancel(engine)
            return NetworkEngine.cancelled
        default: return nil
        }
    }

    /// The operation in words.
    func describe(_ count: Int?) -> String {
        let bytes = count.map { " of \($0) \($0 == 1 ? "byte" : "bytes")" } ?? ""
        let (source, destination) = (route.name(ofSource: true), route.name(ofSource: false))
        switch kind {
        case .connect: return "connect to \(destination)"
        case .accept: return "accept from \(source)"
        case .receive: return "receive\(bytes) from \(source)"
        case .datagram: return "datagram\(bytes) to \(destination)"
        default: return "send\(bytes) to \(destination)"
        }
    }
}

extension FaultableOperation: HeldByFaults {
    func reconsider(_ engine: NetworkEngine) {
        letGo()
        if let pair = subject as? StreamPair {
            pair.changed(engine)
        } else if let subject {
            engine.changed(subject)
        }
    }

    func abandon() {}
}
