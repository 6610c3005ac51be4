internal import CSockets
internal import CThreads
public import TransportCore

/// Wakes suspended tasks when their sockets are ready, with one thread for all of them (epoll, kqueue), which can run the
/// tasks too.
///
/// Nothing has to be done to use one: tasks that wait for a socket have ``shared`` wake them and go on where they ran
/// before. A program that serves many connections gives its tasks to a reactor instead, so that what wakes a task also
/// runs it, and no other thread has to be woken:
///
/// ```swift
/// let reactor = try SocketReactor()
/// try await withTaskExecutorPreference(reactor) {
///     for try await connection in listener.connections { … }
/// }
/// ```
///
/// Tasks that run there must not block. A socket stays with the reactor in which it was first waited for.
public final class SocketReactor: TaskExecutor, Sendable {
    struct State {
        /// The sockets, at the places that the lower halves of their tokens name.
        var slots: [Registration?] = []
        var freeSlots: [Int] = []
        /// How many registrations there have been: the upper halves of their tokens.
        var registrationCount: UInt32 = 0
        var timers = TimerQueue<ReactorWaiter>()
        var freeWaiters: [ReactorWaiter] = []
        /// Parts of tasks that other threads have added.
        var jobs = FirstInFirstOut<UnownedJob>()
        /// Until when the thread sleeps; nil while it is awake.
        var sleepsUntil: Int64?
    }

    let state = Locked(State())
    private let queue: Int32
    private let waker: Int32

    // Parts of tasks that the reactor's own thread has added, and tasks to be resumed: no other thread touches them.
    @exclusivity(unchecked) private nonisolated(unsafe) var ownJobs = FirstInFirstOut<UnownedJob>()
    @exclusivity(unchecked) private nonisolated(unsafe) var resumed: [UnsafeContinuation<Void, Never>] = []

    /// Makes a reactor, with a thread of its own. It ends when nobody refers to it and no open socket belongs to it.
    ///
    /// - Throws: ``TransportCore/TransportError/Kind/tooManyOpenFiles`` and
    ///   ``TransportCore/TransportError/Kind/outOfResources`` when the system has no descriptors or threads left.
    public init() throws(TransportError) {
        var waker: Int32 = -1
        let queue = csockets_events_open(&waker)
        guard queue >= 0 else { throw TransportError(errno: -queue, .wait) }
        self.queue = queue
        self.waker = waker
        let descriptors = (queue, waker)
        let started = startThread { [weak self] in
            Self.run(descriptors.0) { self }
            Self.close(descriptors.0, descriptors.1)
        }
        guard started else {
            Self.close(queue, waker)
            throw TransportError(errno: EAGAIN, .wait)
        }
    }

    // The thread, which finds nobody then, closes the descriptors.
    deinit { wake() }

    private static func close(_ queue: Int32, _ waker: Int32) {
        _ = csockets_close(queue)
        if waker >= 0 { _ = csockets_close(waker) }
    }

    /// The reactor of all sockets for which no other one was chosen.
    ///
    /// - Throws: As ``init()`` does, until it has been made.
    public static var shared: SocketReactor {
        get throws(TransportError) {
            try theShared.withLock { (shared) throws(TransportError) in
                if let shared { return shared }
                let reactor = try SocketReactor()
                shared = reactor
                return reactor
            }
        }
    }

    private static let theShared = Locked<SocketReactor?>(nil)

    /// The reactor whose thread this is, or else the shared one.
    static var current: SocketReactor {
        get throws(TransportError) {
            guard let context = cthreads_context() else { return try shared }
            // The thread keeps its reactor while it runs anything.
            return Unmanaged<SocketReactor>.fromOpaque(context).takeUnretainedValue()
        }
    }

    private var isOwnThread: Bool { cthreads_context() == Unmanaged.passUnretained(self).toOpaque() }

    /// Ends the thread's sleep.
    func wake() { csockets_events_wake(queue, waker) }

    // MARK: Sockets

    /// Gives a socket a place. One system call.
    func add(_ descriptor: Int32) throws(TransportError) -> Registration {
        try state.withLock { (state) throws(TransportError) in
            let slot = state.freeSlots.popLast() ?? state.slots.count
            if slot == state.slots.count { state.slots.append(nil) }
            state.registrationCount &+= 1
            let token = UInt64(state.registrationCount) << 32 | UInt64(slot)
            let result = csockets_events_add(queue, descriptor, token)
            guard result >= 0 else {
                state.freeSlots.append(slot)
                throw TransportError(errno: -result, .wait)
            }
            let registration = Registration(self, token: token)
            state.slots[slot] = registration
            return registration
        }
    }

    /// Takes a socket out, which is about to be closed. One system call.
    func remove(_ registration: Registration, _ descriptor: Int32) {
        state.withLock { state in
            let slot = Int(registration.token & 0xFFFF_FFFF)
            _ = csockets_events_remove(queue, descriptor)
            state.slots[slot] = nil
            state.freeSlots.append(slot)
        }
    }

    // MARK: Tasks

    /// Has a part of a task run on the reactor's thread.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isOwnThread { return ownJobs.append(job) }
        let sleeps = state.withLock { state in
            state.jobs.append(job)
            defer { state.sleepsUntil = nil }
            return state.sleepsUntil != nil
        }
        if sleeps { wake() }
    }

    // MARK: The thread

    private static let mostEvents = 256
    /// How often the thread runs what it has before it looks whether sockets are ready.
    private static let mostRounds = 61

    private static func run(_ queue: Int32, _ reactor: () -> SocketReactor?) {
        withUnsafeTemporaryAllocation(of: CSocketsEvent.self, capacity: mostEvents) { events in
            var count = 0
            // Nobody's reactor is kept while the thread sleeps.
            while let limit = reactor()?.turn(UnsafeMutableBufferPointer(rebasing: events[..<count])) {
                count = max(0, Int(csockets_events_wait(queue, events.baseAddress, Int32(mostEvents), limit)))
            }
        }
    }

    /// Has everyone go on for whom something has happened, and runs what there is to run.
    ///
    /// - Returns: How many nanoseconds there are to sleep then; negative is for ever.
    private func turn(_ events: UnsafeMutableBufferPointer<CSocketsEvent>) -> Int64 {
        cthreads_set_context(Unmanaged.passUnretained(self).toOpaque())
        defer { cthreads_set_context(nil) }
        handle(events)
        return runJobs()
    }

    private func runJobs() -> Int64 {
        for _ in 0..<Self.mostRounds {
            // Those that these add come after whatever else is to be done.
            for _ in 0..<ownJobs.count { ownJobs.popFirst()?.runSynchronously(on: asUnownedTaskExecutor()) }
            let limit = state.withLock { state -> Int64? in
                while let job = state.jobs.popFirst() { ownJobs.append(job) }
                guard ownJobs.isEmpty else { return nil }
                guard let next = state.timers.nextTime else {
                    state.sleepsUntil = .max
                    return -1
                }
                state.sleepsUntil = next
                let now = csockets_now()
                return next <= now ? 0 : next.subtractingReportingOverflow(now).partialValue
            }
            if let limit { return limit }
        }
        return 0
    }

    private func handle(_ events: UnsafeMutableBufferPointer<CSocketsEvent>) {
        state.withLock { state in
            state.sleepsUntil = nil
            for event in events {
                let slot = Int(event.token & 0xFFFF_FFFF)
                // What was closed meanwhile may have left its place to another.
                guard slot < state.slots.count, let registration = state.slots[slot],
                    registration.token == event.token
                else { continue }
                registration.note(event.flags)
                state.finish(waitersOf: registration, .ready, into: &resumed) { waiter in
                    UInt32(waiter.interest.rawValue) & event.flags != 0
                }
            }
            guard state.timers.nextTime != nil else { return }
            let now = csockets_now()
            while let waiter = state.timers.popDue(at: now) {
                if let continuation = state.finish(waiter, .expired) { resumed.append(continuation) }
            }
        }
        for index in resumed.indices { resumed[index].resume() }
        resumed.removeAll(keepingCapacity: true)
    }
}
