internal import CThreads
internal import Synchronization
internal import TransportCore

/// Time, waiting and the lock of a network.
///
/// Everything in a network changes under this one lock: a network is for tests, where one order of events is worth more
/// than two streams that do not disturb each other.
///
/// Participants are the test itself (whichever thread it is on), the threads that the network has started, and the tasks
/// of ``LoopbackNetwork/run(_:)`` together. In virtual and manual time one of them works at a time; when it blocks here,
/// the one that could go on first takes its turn. The same program therefore does the same things in the same order,
/// every time. When nobody can go on, virtual time jumps to the next timer. When there is none, nobody ever would:
/// everyone fails at once, with a report of who waits for what.
///
/// Whoever waits gives a turn on: a wait without having the turn fails. The network cannot see what a thread or a task that
/// it does not know does in place of waiting, not even that it has ended. All of these are taken for the test, and have its
/// turn together. Tasks run in the test's place, which has no turn until they have ended: nobody would give it on.
///
/// Sendable: `clock` and what is `let` of a Sendable type apart, everything here is touched only with `lock` held.
///
/// What every step looks at is exempt from the check for overlapping accesses at run time, which is a good part of what a
/// step costs: each access ends before the next one begins.
final class NetworkEngine: @unchecked Sendable {
    let clock: NetworkClock
    let lock = cthreads_lock_create()

    // MARK: Time

    /// Nanoseconds since the network was made.
    var time: Int64 = 0
    @exclusivity(unchecked) var timers = TimerQueue<NetworkTimer>()
    /// A copy of the time that is read without the lock.
    let publishedTime = Atomic<Int64>(0)
    let realOrigin = cthreads_now()
    /// In real time a thread waits for the next timer, as long as there is one; this is how it is told of an earlier one.
    var timekeeper: Waiter?

    // MARK: Turns

    /// The participant whose turn it is.
    @exclusivity(unchecked) var current: Participant?
    /// Those who could go on, in the order in which they could.
    @exclusivity(unchecked) var queue = FirstInFirstOut<Participant>()
    /// Those who go on when nobody else can, before time does.
    var patient = FirstInFirstOut<Waiter>()
    /// How many calls in a row could do nothing while nothing happened.
    @exclusivity(unchecked) var pollsInVain = 0
    /// Everyone who is blocked.
    @exclusivity(unchecked) var blocked: [Waiter] = []
    /// Whether one of them is the test.
    @exclusivity(unchecked) var isTestBlocked = false
    /// Waiters that are not in use.
    @exclusivity(unchecked) var freeWaiters: [Waiter] = []
    /// Tasks of the test's to be resumed as soon as the lock is free: resuming takes locks of the language's runtime.
    @exclusivity(unchecked) var continuations: [UnsafeContinuation<Void, Never>] = []

    let test = Participant(.test)
    let tasks = Participant(.tasks)
    var threads: [Int: Participant] = [:]
    var threadCount = 0
    /// What the thread of the tasks has to do.
    @exclusivity(unchecked) var taskQueue = TaskQueue()
    // What the tasks' own thread has. No other thread touches these: they need no lock.

    /// Parts of tasks that this thread has added.
    @exclusivity(unchecked) var ownJobs = FirstInFirstOut<UnownedJob>()
    /// Waiters that are not in use.
    @exclusivity(unchecked) var taskWaiters: [Waiter] = []

    /// Tells the threads of this network from those of others.
    let number = UInt64(NetworkEngine.count.wrappingAdd(1, ordering: .relaxed).newValue)
    private static let count = Atomic<UInt32>(0)

    /// A number for every wait of a task, of which no other has the same.
    var nextTicket: UInt64 { tickets.wrappingAdd(1, ordering: .relaxed).newValue }
    private let tickets = Atomic<UInt64>(0)

    /// How many streams there have been: together with the network's seed, the seed of the next one.
    var streamCount: UInt64 = 0

    /// What has happened.
    let log: EventLog
    /// When nothing has, for long.
    var standstill = Standstill()

    /// What to do as soon as the lock is free: what calls code that may use the network.
    private(set) var actions: [() -> Void] = []
    /// Whether there are any: asking this is cheaper than looking at them.
    @exclusivity(unchecked) private var hasActions = false
    /// Nobody waits any more: the network was shut down, or nobody has it.
    var isOver = false
    /// How often somebody had a turn again since then who lets the others go on.
    var turnsAfterEnd = 0
    /// Nobody has the network any more who could give the test's turn on.
    var isAbandoned = false

    /// What goes wrong; nil until something does.
    var faults: FaultTable? {
        didSet {
            hasFaults = faults != nil
            publishedFaults.store(hasFaults, ordering: .relaxed)
        }
    }
    private let publishedFaults = Atomic<Bool>(false)
    /// Whether there are faults, as far as can be told without the lock.
    var mayHaveFaults: Bool { publishedFaults.load(ordering: .relaxed) }
    /// Whether anything goes wrong: asking this is cheaper than looking at it.
    @exclusivity(unchecked) private(set) var hasFaults = false
    /// What the network's random numbers follow from.
    let seed: UInt64

    /// Where the network was made.
    let origin: SourceSite?
    /// What threads and tasks that the network does not know wanted to wait for, the first time, and how often that was.
    var refusedWaits: (first: String, count: Int)?

    init(clock: NetworkClock, seed: UInt64, origin: SourceSite?) {
        self.clock = clock
        self.seed = seed
        self.origin = origin
        log = EventLog(seed: seed, realOrigin: clock.kind == .real ? realOrigin : nil)
        current = test
    }

    deinit {
        LogDestination.chosen?.write(log)
        cthreads_lock_destroy(lock)
    }

    /// Does something to the network; nobody else does meanwhile.
    @inline(__always)
    func locked<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        cthreads_lock_acquire(lock)
        defer { unlock() }
        return try body()
    }

    @inline(__always)
    func unlock() {
        if hasNothingDeferred { cthreads_lock_release(lock) } else { unlockAndResume() }
    }

    /// Calls code of the test's without the lock, which is held before and after: it may use the network. What was known
    /// before may have changed then.
    func withoutLock<Result>(_ body: () -> Result) -> Result {
        unlock()
        defer { cthreads_lock_acquire(lock) }
        return body()
    }

    /// Whether nothing is to be done when the lock is free.
    @inline(__always)
    var hasNothingDeferred: Bool { continuations.isEmpty && !hasActions }

    /// Does something as soon as the lock is free, with the lock held.
    func afterUnlock(_ action: @escaping () -> Void) {
        actions.append(action)
        hasActions = true
    }

    private func unlockAndResume() {
        let (resumed, actions) = (continuations, actions)
        continuations = []
        self.actions = []
        hasActions = false
        cthreads_lock_release(lock)
        for action in actions { action() }
        for continuation in resumed { continuation.resume() }
    }

    // MARK: Changes

    /// Has everyone go on who can after a subject has changed.
    @inline(__always)
    func changed(_ subject: some Waitable) {
        pollsInVain = 0
        if !subject.waiters.isEmpty { wakeWaiters(of: subject) }
    }

    private func wakeWaiters(of subject: some Waitable) {
        var index = 0
        while index < subject.waiters.count {
            let waiter = subject.waiters[index]
            // Resuming takes the waiter from the list.
            if waiter.isSatisfied(by: subject) { resume(waiter, .ready) } else { index += 1 }
        }
    }

    /// Ends a wait; whoever waited goes on when it is its turn.
    func resume(_ waiter: Waiter, _ outcome: Waiter.Outcome) {
        guard let index = waiter.blockedIndex else { return }
        waiter.outcome = outcome
        waiter.blockedIndex = nil
        if waiter.participant === test { isTestBlocked = false }
        let last = blocked.removeLast()
        if last !== waiter {
            blocked[index] = last
            last.blockedIndex = index
        }
        waiter.subject?.waiters.remove(waiter)
        for other in waiter.others { other.subject.waiters.remove(waiter) }
        if waiter.place.isQueued { timers.remove(waiter) }
        makeRunnable(waiter)
    }
}
