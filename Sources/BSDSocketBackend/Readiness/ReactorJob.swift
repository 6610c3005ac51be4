internal import CThreads

/// A part of a task that a reactor's thread is to run.
struct ReactorJob {
    let job: UnownedJob
    /// Whether the task prefers no executor, and goes on where it was woken; otherwise it prefers the reactor, or goes to where
    /// it prefers to run.
    let isFree: Bool
    /// What the task has waited for, which it keeps; nil when it has not.
    private let handle: Unmanaged<SocketHandle>?

    init(_ job: UnownedJob, isFree: Bool) {
        self.job = job
        self.isFree = isFree
        handle = nil
    }

    /// The part that follows a wait.
    init(_ job: UnownedJob, after waiter: ReactorWaiter) {
        self.job = job
        isFree = waiter.isFree
        handle = waiter.handle
    }

    // MARK: Fetching ahead

    /// Has the processor fetch what the task will use (``Footprint``), as far as is known here.
    @inline(__always)
    func fetch() {
        guard let handle else { return }
        handle.fetch()
        cthreads_fetch_task(unsafeBitCast(job, to: UnsafeRawPointer.self))
    }

    /// Has the processor fetch what is known of the task where ``fetch()`` has fetched.
    @inline(__always)
    func fetchMore() {
        guard let handle else { return }
        cthreads_fetch_frame(unsafeBitCast(job, to: UnsafeRawPointer.self))
        handle.fetchWaiter()
        handle._withUnsafeGuaranteedRef { $0.footprint.fetch() }
    }
}
