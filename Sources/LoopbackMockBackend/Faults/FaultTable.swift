internal import TransportCore

/// The faults of a network, and what they hold up. There is none until the first fault.
///
/// Used with the network's lock held. It belongs to the network, and therefore does not keep it.
final class FaultTable {
    private var rules: [FaultRule.State] = []
    private var random: SeededGenerator

    /// What is waiting for a fault to end: streams with something on its way, operations, connects.
    private var held: [any HeldByFaults] = []

    /// Until when the lines are taken by datagrams.
    var busyLines: [Route: Int64] = [:]
    /// Datagrams that a fault holds.
    var heldDatagrams: HeldDatagrams?

    /// What an explorer has asked for besides.
    var exploration: Exploration?

    init(seed: UInt64) { random = SeededGenerator(seed: ~seed) }

    deinit {
        for held in held { held.abandon() }
    }

    // MARK: Rules

    /// Adds a fault, behind the others or before them.
    func add(
        _ verdict: FaultVerdict, _ match: FaultMatch, isFirst: Bool, _ engine: NetworkEngine
    ) -> FaultRule.State {
        let rule = FaultRule.State(verdict, match)
        rules.insert(rule, at: isFirst ? 0 : rules.count)
        for time in [match.times.lowerBound, match.times.upperBound] where time > engine.currentTime && time < .max {
            engine.schedule(ActionTimer { engine in engine.faults?.change(of: rule, engine) }, at: time)
        }
        change(of: rule, engine)
        return rule
    }

    func remove(_ rule: FaultRule.State, _ engine: NetworkEngine) {
        rules.removeAll { $0 === rule }
        reconsider(engine)
    }

    /// The faults that are there and have not happened to anything, in words.
    var unused: [String] { rules.filter { $0.hitCount == 0 }.map(\.description) }

    /// Has everything go on that faults no longer hold up.
    func reconsider(_ engine: NetworkEngine) {
        let everything = held
        held = []
        for one in everything { one.reconsider(engine) }
    }

    private func change(of rule: FaultRule.State, _ engine: NetworkEngine) {
        reconsider(engine)
        guard rule.verdict.endsWaiting else { return }
        // Readiness is a hint: whoever is blocked where the fault is tries again, and is hit.
        for waiter in engine.blocked {
            guard let pair = waiter.subject as? StreamPair, pair.waiter(waiter.wish, mayMeet: rule.match) else {
                continue
            }
            engine.resume(waiter, .ready)
        }
    }

    /// Remembers something that is held up until the faults change.
    func hold(_ subject: some HeldByFaults) {
        if !held.contains(where: { $0 === subject }) { held.append(subject) }
    }

    /// Forgets something that is held up no more.
    func forget(_ subject: some HeldByFaults) { held.removeAll { $0 === subject } }

    // MARK: Judging

    /// What the faults say about an attempt at an operation.
    struct Judgement {
        /// What happens, and by which fault; nil when nothing does.
        var verdict: (kind: FaultVerdict.Kind, rule: FaultRule.State)?
        /// How many bytes may be moved at most.
        var limit = Int.max
    }

    /// Judges an attempt at an operation: the first fault that is for it decides.
    ///
    /// - Parameters:
    ///   - position: How many bytes have gone its way before.
    ///   - time: The network's time.
    func judge(_ operation: FaultableOperation, at position: Int, time: Int64) -> Judgement {
        var judgement = Judgement()
        for rule in rules {
            // All of them count the operation.
            guard operation.concerns(rule, &random), rule.verdict.operations.contains(operation.kind),
                rule.match.times.contains(time), judgement.verdict == nil
            else { continue }
            let missing = rule.match.byteCount - position
            if missing > 0 {
                judgement.limit = min(judgement.limit, missing)
            } else {
                judgement.verdict = (rule.verdict, rule)
            }
        }
        return judgement
    }

    /// How something goes that is no operation, such as the end of a stream: like what is sent.
    func way(along route: Route, at position: Int, time: Int64) -> Way {
        let probe = FaultableOperation(.send, route, of: nil)
        let rule = rules.first {
            $0.match.isUncounted && $0.verdict.operations.contains(.send) && $0.match.covers(probe)
                && $0.match.times.contains(time) && $0.match.byteCount <= position
        }
        return rule.flatMap { way(by: $0) } ?? Way()
    }

    /// How something goes that a fault is for, or nil when the fault does not change its way.
    func way(by rule: FaultRule.State) -> Way? {
        switch rule.verdict {
        case .delay(let time, let jitter):
            Way(delay: time + (jitter > 0 ? Int64.random(in: 0...jitter, using: &random) : 0))
        case .bandwidth(let speed, let delay): Way(delay: delay, speed: speed)
        case .hold, .blackHole: Way(hold: Hold(rule: rule, release: rule.releaseCount))
        default: nil
        }
    }

    /// Whether something is still held.
    func isInForce(_ hold: Hold, time: Int64) -> Bool {
        hold.rule.releaseCount == hold.release && hold.rule.match.times.contains(time)
            && rules.contains { $0 === hold.rule }
    }

    /// Does something with the faults' random numbers.
    func withRandom<Value>(_ body: (inout SeededGenerator) -> Value) -> Value { body(&random) }
}

/// Something that a fault holds up.
protocol HeldByFaults: AnyObject {
    /// Goes on if nothing holds it any more; otherwise it says so again.
    func reconsider(_ engine: NetworkEngine)

    /// Lets go of what it keeps: the network goes away.
    func abandon()
}

/// How something gets from one machine to another.
struct Way {
    /// How much later it arrives, in nanoseconds.
    var delay: Int64 = 0
    /// How many bytes pass in a second at most; nil is any number.
    var speed: Int?
    /// What keeps it from arriving.
    var hold: Hold?

    /// It arrives at once.
    var isDirect: Bool { delay == 0 && speed == nil && hold == nil }
}

/// A fault that keeps something from arriving, until the fault ends or releases it.
struct Hold {
    let rule: FaultRule.State
    let release: Int
}

extension NetworkEngine {
    /// The faults, which are made with the first of them; with the lock held.
    func makeFaults() -> FaultTable {
        if let faults { return faults }
        let table = FaultTable(seed: seed)
        faults = table
        return table
    }
}
