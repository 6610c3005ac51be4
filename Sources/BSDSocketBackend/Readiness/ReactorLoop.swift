internal import CSockets
internal import CThreads
internal import TransportCore

/// The thread of a reactor, and what it works on. It outlives the reactor for as long as it takes to end.
final class ReactorLoop: Sendable {
    struct State {
        /// The sockets, at the places that the lower halves of their tokens name. Handles take themselves out before they go.
        var slots: [Unmanaged<SocketHandle>?] = []
        var freeSlots: [Int] = []
        /// How many registrations there have been: the upper halves of their tokens.
        var registrationCount: UInt32 = 0
        var timers = TimerQueue<ReactorWaiter>()
        var freeWaiters: [ReactorWaiter] = []
        /// Parts of tasks that other threads have added.
        var jobs = FirstInFirstOut<ReactorJob>()
        /// Until when the thread sleeps; nil while it is awake.
        var sleepsUntil: Int64?
        /// The thread's sleep is to be ended.
        var isToBeWoken = false
        /// The reactor is gone, and with it all who could have anything to be done.
        var isOver = false
    }

    let state = Locked(State())
    /// Whether it is there to wake tasks, and not to run them: the loop of sockets for which no reactor was chosen.
    let wakesOnly: Bool
    private let queue: Int32
    private let waker: Int32

    /// Parts of tasks that the loop's own thread has added. No other thread touches them.
    @exclusivity(unchecked) private nonisolated(unsafe) var ownJobs = JobQueue()

    /// Whose loop it is. Written before the thread starts. A task that has waited for a socket of the reactor may go on here
    /// when that is closed and the reactor gone.
    private nonisolated(unsafe) weak var owner: SocketReactor?

    init(wakesOnly: Bool) throws(TransportError) {
        self.wakesOnly = wakesOnly
        var waker: Int32 = -1
        let queue = csockets_events_open(&waker)
        guard queue >= 0 else { throw TransportError(errno: -queue, .wait) }
        self.queue = queue
        self.waker = waker
    }

    deinit {
        _ = csockets_close(queue)
        if waker >= 0 { _ = csockets_close(waker) }
    }

    // MARK: Beginning and ending

    /// Starts the thread.
    func start(for reactor: SocketReactor) throws(TransportError) {
        owner = reactor
        // What runs as preferring the reactor belongs to a task that does, and so keeps it.
        let executor = reactor.asUnownedTaskExecutor()
        guard startThread({ self.run(executor) }) else {
            throw TransportError(.outOfResources, operation: .wait)
                .with(message: "the system could not start a thread for a reactor")
        }
    }

    /// Ends the thread.
    func end() {
        change { state in
            state.isOver = true
            state.isToBeWoken = state.sleepsUntil != nil
        }
    }

    /// The loop whose thread this is.
    static var current: ReactorLoop? {
        cthreads_context().map { Unmanaged<ReactorLoop>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Whose loop it is, while that is there.
    var reactor: SocketReactor? { owner }

    private var isOwnThread: Bool { cthreads_context() == Unmanaged.passUnretained(self).toOpaque() }

    // MARK: Sockets

    /// Gives a socket a place. One system call.
    func add(_ handle: SocketHandle) throws(TransportError) {
        try state.withLock { (state) throws(TransportError) in
            let slot = state.freeSlots.popLast() ?? state.slots.count
            if slot == state.slots.count { state.slots.append(nil) }
            state.registrationCount &+= 1
            let token = UInt64(state.registrationCount) << 32 | UInt64(slot)
            handle.token = token
            state.slots[slot] = .passUnretained(handle)
            let result = csockets_events_add(queue, handle.descriptor, token)
            guard result >= 0 else {
                state.slots[slot] = nil
                state.freeSlots.append(slot)
                throw TransportError(errno: -result, .wait)
            }
        }
    }

    /// Takes a socket out, which is about to be closed. One system call.
    func remove(_ handle: SocketHandle) {
        state.withLock { state in
            let slot = Int(handle.token & 0xFFFF_FFFF)
            _ = csockets_events_remove(queue, handle.descriptor)
            state.slots[slot] = nil
            state.freeSlots.append(slot)
        }
    }

    // MARK: Tasks

    /// Has a part of a task run on the thread.
    func enqueue(_ job: UnownedJob) {
        let job = ReactorJob(job, isFree: false)
        if isOwnThread { return ownJobs.append(job) }
        change { state in add(job, &state) }
    }

    /// Has a part of a task run on the thread; with the lock held.
    func add(_ job: ReactorJob, _ state: inout State) {
        if isOwnThread { return ownJobs.append(job) }
        state.jobs.append(job)
        if state.sleepsUntil != nil { state.isToBeWoken = true }
    }

    /// Changes what the lock guards, and wakes the thread if that asks for it.
    func change(_ body: (inout State) -> Void) {
        let wakes = state.withLock { state in
            body(&state)
            guard state.isToBeWoken else { return false }
            state.isToBeWoken = false
            state.sleepsUntil = nil
            // Whoever goes on by the change may be the last who has the loop.
            _ = Unmanaged.passRetained(self)
            return true
        }
        guard wakes else { return }
        csockets_events_wake(queue, waker)
        Unmanaged.passUnretained(self).release()
    }

    // MARK: The thread

    /// How many events the thread takes at a time: few enough for what it looks at to be in the nearer caches still when the
    /// tasks run.
    private static let mostEvents = 32
    /// How often the thread runs what it has before it looks whether sockets are ready: seldom enough for looking to cost
    /// little, and often enough for tasks that always have something to do to leave time for events.
    private static let mostRounds = 8

    private func run(_ executor: UnownedTaskExecutor) {
        cthreads_set_context(Unmanaged.passUnretained(self).toOpaque())
        withUnsafeTemporaryAllocation(of: CSocketsEvent.self, capacity: Self.mostEvents) { events in
            while let limit = runJobs(executor) {
                let count = Int(csockets_events_wait(queue, events.baseAddress, Int32(Self.mostEvents), limit))
                handle(UnsafeMutableBufferPointer(rebasing: events[..<max(0, count)]))
            }
        }
        cthreads_set_context(nil)
    }

    /// Runs what there is to run.
    ///
    /// - Returns: How many nanoseconds there are to sleep then, negative for ever; nil at the end.
    private func runJobs(_ executor: UnownedTaskExecutor) -> Int64? {
        let none = TaskPreference.none
        for _ in 0..<Self.mostRounds {
            // Those that these add come after whatever else is to be done.
            for _ in 0..<ownJobs.count {
                guard let job = ownJobs.popFirst() else { break }
                // Each has passed both places when its turn comes.
                ownJobs[1]?.fetch()
                ownJobs[0]?.fetchMore()
                job.job.runSynchronously(on: job.isFree ? none : executor)
            }
            switch state.withLock({ state in next(&state) }) {
            case .run: continue
            case .sleep(let limit): return limit
            case .end: return nil
            }
        }
        return 0
    }

    private enum Next {
        case run
        case sleep(Int64)
        case end
    }

    /// What the thread does when it has run its own jobs; with the lock held.
    private func next(_ state: inout State) -> Next {
        while let job = state.jobs.popFirst() { ownJobs.append(job) }
        guard ownJobs.count == 0 else { return .run }
        if state.isOver { return .end }
        guard let next = state.timers.nextTime else {
            state.sleepsUntil = .max
            return .sleep(-1)
        }
        state.sleepsUntil = next
        let now = csockets_now()
        return .sleep(next <= now ? 0 : next.subtractingReportingOverflow(now).partialValue)
    }

    /// Whose event it seems to be; with the lock held.
    @inline(__always)
    private func place(of event: CSocketsEvent, _ state: borrowing State) -> Unmanaged<SocketHandle>? {
        let slot = Int(event.token & 0xFFFF_FFFF)
        return slot < state.slots.count ? state.slots[slot] : nil
    }

    /// Has those go on for whom something has happened.
    private func handle(_ events: UnsafeMutableBufferPointer<CSocketsEvent>) {
        state.withLock { state in
            state.sleepsUntil = nil
            for (index, event) in events.enumerated() {
                if index + 8 < events.count { place(of: events[index + 8], state)?.fetch() }
                if index + 4 < events.count { place(of: events[index + 4], state)?.fetchWaiter() }
                // What was closed meanwhile may have left its place to another.
                place(of: event, state)?._withUnsafeGuaranteedRef { handle in
                    guard handle.token == event.token else { return }
                    handle.note(event.flags)
                    endWaits(for: handle, &state) { waiter in
                        UInt32(waiter.interest.rawValue) & event.flags != 0
                    } goOn: { job, _ in
                        ownJobs.append(job)
                    }
                }
            }
            guard state.timers.nextTime != nil else { return }
            let now = csockets_now()
            while let waiter = state.timers.popDue(at: now) { finish(waiter, .expired, &state) }
        }
    }
}
