/// A part of a task that a reactor's thread is to run.
struct ReactorJob {
    let job: UnownedJob
    /// Whether the task prefers no executor, and goes on where it was woken; otherwise it prefers the reactor, or goes to where
    /// it prefers to run.
    let isFree: Bool

    init(_ job: UnownedJob, isFree: Bool) {
        self.job = job
        self.isFree = isFree
    }

    /// The part that follows a wait.
    init(_ job: UnownedJob, after waiter: ReactorWaiter) { self.init(job, isFree: waiter.isFree) }
}
