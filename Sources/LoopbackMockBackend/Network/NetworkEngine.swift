internal import CThreads
internal import Synchronization
internal import TransportCore

/// Time, waiting and the lock of a network.
///
/// Everything in a network changes under this one lock: a network is for tests, where one order of events is worth more
/// than two streams that do not disturb each other.
///
/// Participants are the test itself (whichever thread it is on) and the threads that the network has started. In virtual
/// and manual time one of them works at a time; when it blocks here, the one that could go on first takes its turn. The
/// same program therefore does the same things in the same order, every time. When nobody can go on, virtual time jumps
/// to the next timer. When there is none, nobody ever would: everyone fails at once, with a report of who waits for what.
final class NetworkEngine: Sendable {
    struct State {
        /// Nanoseconds since the network was made.
        var now: Int64 = 0
        var timers = TimerQueue<Timer>()
        /// Everyone who is blocked.
        var blocked: [Waiter] = []
        /// The participant whose turn it is. 0 is the test.
        var current: UInt64? = 0
        /// Those who could go on, in the order in which they could.
        var queue: [UInt64] = []
        var nextParticipant: UInt64 = 1
        /// How many streams there have been: together with the network's seed, the seed of the next one.
        var streamCount: UInt64 = 0
        /// Peers that act by themselves at each change.
        var players: [ScriptPlayer] = []
    }

    /// Something to do at a time to come.
    struct Timer {
        /// Is given the engine, which it must not keep: the engine keeps it.
        let action: (NetworkEngine, inout State) -> Void
        /// Whether the time still matters; time does not jump for a timeout of somebody who has gone on.
        let isWanted: () -> Bool
    }

    let lock = Locked(State())
    let clock: NetworkClock
    private let realOrigin = cthreads_now()
    /// A copy of the time that is read without the lock.
    let publishedNow = Atomic<Int64>(0)

    init(clock: NetworkClock) { self.clock = clock }

    var now: Instant {
        Instant(nanoseconds: clock.kind == .real ? realNow : publishedNow.load(ordering: .acquiring))
    }

    var realNow: Int64 { cthreads_now() - realOrigin }

    // MARK: The lock

    /// Does something to the network; nobody else does meanwhile.
    func perform<Result, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try lock.withLock { (state) throws(Failure) -> Result in
            if clock.kind == .real { runTimers(&state, until: realNow) }
            return try body(&state)
        }
    }

    // MARK: Waiting

    /// Blocks this thread until a condition holds. False when the deadline passed first.
    func wait(
        until deadline: Deadline, isReady: @escaping () -> Bool, description: @escaping () -> String
    ) throws(TransportError) -> Bool {
        let waiter = Waiter(participant: cthreads_tag(), isReady: isReady, description: description)
        let isDone = perform { state in
            if !begin(waiter, until: deadline, &state) { return true }
            // Giving its turn away may have moved time and ended the wait; others may come first then.
            return waiter.outcome != nil && (!takesTurns || state.current == waiter.participant)
        }
        if isDone, let outcome = waiter.outcome { return try finish(outcome) }
        return try finish(sleep(waiter))
    }

    /// Suspends this task until a condition holds; ends at once when the task is cancelled. False when the deadline passed
    /// first.
    ///
    /// The network does not know tasks as participants: time does not stand still for one that works.
    func ready(
        until deadline: Deadline, isReady: @escaping () -> Bool, description: @escaping () -> String
    ) async throws(TransportError) -> Bool {
        // Cancelling may come before the task waits, while it does, or after; the cell knows which.
        let cell = Locked<CancellableWait>(.arriving)
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Waiter.Outcome, Never>) in
                perform { state in
                    let waiter = Waiter(
                        participant: .max, continuation: continuation, isReady: isReady, description: description
                    )
                    let isCancelled = cell.withLock { cell in
                        if case .cancelled = cell { return true }
                        cell = .waiting(waiter)
                        return false
                    }
                    if isCancelled { return continuation.resume(returning: .failed(Self.cancelled)) }
                    if waiter.isReady() { return continuation.resume(returning: .ready) }
                    if deadline.hasPassed(at: Instant(nanoseconds: state.now)) {
                        return continuation.resume(returning: .timedOut)
                    }
                    state.blocked.append(waiter)
                    endWait(of: waiter, at: deadline, &state)
                }
            }
        } onCancel: {
            perform { state in
                let waiter = cell.withLock { cell -> Waiter? in
                    defer { cell = .cancelled }
                    guard case .waiting(let waiter) = cell else { return nil }
                    return waiter
                }
                if let waiter { resume(waiter, .failed(Self.cancelled), &state) }
            }
        }
        return try finish(outcome)
    }

    private enum CancellableWait {
        case arriving
        case waiting(Waiter)
        case cancelled
    }

    private static var cancelled: TransportError { TransportError(.cancelled, operation: .wait) }

    private func sleep(_ waiter: Waiter) -> Waiter.Outcome {
        while true {
            // In real time somebody has to look at the timers, and whoever waits is there to do it.
            let next = clock.kind == .real ? perform { $0.timers.nextTime } : nil
            // A new timer that comes earlier ends the wait too: somebody has to look at that one.
            let woken = lock.wait(until: next.map(realInstant)) { state -> Waiter.Outcome?? in
                guard self.takesTurns else {
                    self.runTimers(&state, until: self.realNow)
                    if let outcome = waiter.outcome { return outcome }
                    return state.timers.nextTime ?? .max < next ?? .max ? .some(nil) : nil
                }
                return state.current == waiter.participant ? waiter.outcome : nil
            }
            if let outcome = woken ?? nil { return outcome }
        }
    }

    private func realInstant(_ time: Int64) -> Int64 {
        let (sum, overflow) = time.addingReportingOverflow(realOrigin)
        return overflow ? .max : sum
    }

    /// Begins a wait.
    ///
    /// - Returns: Whether there is anything to wait for; the outcome is known otherwise.
    private func begin(_ waiter: Waiter, until deadline: Deadline, _ state: inout State) -> Bool {
        if waiter.isReady() {
            waiter.outcome = .ready
        } else if deadline.hasPassed(at: Instant(nanoseconds: state.now)) {
            waiter.outcome = .timedOut
        } else if state.blocked.contains(where: { $0.participant == waiter.participant }) {
            waiter.outcome = .failed(Self.stranger)
        } else {
            state.blocked.append(waiter)
            endWait(of: waiter, at: deadline, &state)
            endTurn(of: waiter.participant, &state)
            return true
        }
        return false
    }

    /// Has a wait end at a deadline.
    private func endWait(of waiter: Waiter, at deadline: Deadline, _ state: inout State) {
        guard let end = deadline.instant else { return }
        state.timers.add(
            at: end.nanoseconds,
            Timer { engine, state in
                engine.resume(waiter, .timedOut, &state)
            } isWanted: {
                waiter.outcome == nil
            }
        )
    }

    private func finish(_ outcome: Waiter.Outcome) throws(TransportError) -> Bool {
        switch outcome {
        case .ready: true
        case .timedOut: false
        case .failed(let error): throw error
        }
    }

    private static var stranger: TransportError {
        TransportError(.invalidState, operation: .wait).with(
            message: """
                two threads that the network does not know are blocked in it, so it cannot tell when time may go on: \
                start threads with network.spawn { … }
                """
        )
    }

    // MARK: Going on

    /// Has everyone go on who can after a change of the network: the scripted peers, then those who are blocked.
    func changed(_ state: inout State) {
        var didAnything = !state.players.isEmpty
        while didAnything {
            didAnything = false
            for player in state.players where player.advance(self, &state) { didAnything = true }
        }
        wakeReady(&state)
        // Nobody has the turn while time waits to be moved by hand; whoever was woken must not wait for that.
        if takesTurns, state.current == nil, !state.queue.isEmpty { giveTurn(&state) }
    }

    private func wakeReady(_ state: inout State) {
        for waiter in state.blocked where waiter.isReady() { resume(waiter, .ready, &state) }
    }

    func resume(_ waiter: Waiter, _ outcome: Waiter.Outcome, _ state: inout State) {
        guard waiter.outcome == nil else { return }
        waiter.outcome = outcome
        state.blocked.removeAll { $0 === waiter }
        if let continuation = waiter.continuation {
            continuation.resume(returning: outcome)
        } else {
            state.queue.append(waiter.participant)
            // Where they take turns, only whoever is given one has to wake.
            if !takesTurns { lock.wakeAll() }
        }
    }
}
