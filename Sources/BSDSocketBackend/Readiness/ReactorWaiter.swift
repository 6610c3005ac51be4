internal import Synchronization
public import TransportCore

/// Where a task is while it waits for a socket, or for a time. Used again and again: waiting allocates nothing in the long
/// run.
///
/// An actor, because that is the cheapest way to suspend a task: who calls it has to come to its executor first, and that
/// lets nobody in until the wait is over. (A continuation costs as much again.) The actor guards nothing: what it has belongs
/// to whoever took it, and while a task waits, to whoever holds the reactor's lock. That is why the reactor runs what comes
/// here like everything else.
@usableFromInline
actor ReactorWaiter: SerialExecutor, TimerNode {
    @usableFromInline
    enum Outcome: Sendable {
        case ready, expired, cancelled
    }

    // In the order in which they take least room: every idle connection has them.

    @exclusivity(unchecked) @usableFromInline nonisolated(unsafe) var place = TimerPlace()
    @exclusivity(unchecked) nonisolated(unsafe) var interest: Need.Interest = []
    @exclusivity(unchecked) nonisolated(unsafe) var outcome: Outcome?
    /// Whether it waits for a time, and not for something that is to come before.
    @exclusivity(unchecked) nonisolated(unsafe) var isForTime = false
    /// Whether the task goes on where it is woken, because it prefers no executor.
    @exclusivity(unchecked) nonisolated(unsafe) var isFree = false
    private let isTaken = Atomic(false)
    /// Until when it waits.
    @exclusivity(unchecked) nonisolated(unsafe) var end = Int64.max
    /// How the task goes on; nil while it does not wait.
    @exclusivity(unchecked) nonisolated(unsafe) var job: UnownedJob?
    /// The socket's handle, which the task keeps.
    @exclusivity(unchecked) nonisolated(unsafe) var handle: Unmanaged<SocketHandle>?
    /// Who else waits for the same socket.
    @exclusivity(unchecked) nonisolated(unsafe) var next: Unmanaged<ReactorWaiter>?

    /// Reserves it. False when somebody else has it.
    nonisolated func take() -> Bool { !isTaken.exchange(true, ordering: .acquiring) }

    /// Ends a reservation.
    nonisolated func letGo() { isTaken.store(false, ordering: .releasing) }

    /// Takes note of what whoever took it is to wait for.
    nonisolated func begin(_ interest: Need.Interest, until deadline: Deadline, isForTime: Bool, isFree: Bool) {
        self.interest = interest
        end = deadline.instant?.nanoseconds ?? .max
        self.isForTime = isForTime
        self.isFree = isFree
    }

    // MARK: Waiting

    @usableFromInline nonisolated var unownedExecutor: UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    /// Keeps a task until its wait is over.
    @usableFromInline
    nonisolated func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        handle?._withUnsafeGuaranteedRef { $0.withLoop { $0.keep(job, in: self) } }
    }

    /// Waits, and says why the wait is over. Others may still know of it.
    @usableFromInline @inline(never)
    func wait() -> Outcome { outcome ?? .ready }

    /// Waits for a socket and ends the wait, for a task whose being cancelled is not watched for.
    ///
    /// Ending it is done here, and not where the task came from: with nothing to do there, going back for this and going back
    /// to the caller of that are one.
    @usableFromInline @inline(never)
    func waitUnwatched(for handle: SocketHandle) throws(TransportError) -> Bool {
        try handle.endWaiting(in: .passUnretained(self), outcome ?? .ready)
    }

    /// Ends the wait because what it is for has happened, also one that has not begun.
    nonisolated func wake() {
        handle?._withUnsafeGuaranteedRef { $0.withLoop { $0.finish(self, .ready) } }
    }

    /// Ends the wait because its task was cancelled, also one that has not begun.
    nonisolated func cancel() {
        handle?._withUnsafeGuaranteedRef { $0.withLoop { $0.finish(self, .cancelled) } }
    }
}
