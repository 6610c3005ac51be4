internal import CThreads

/// The task that runs, asked without counting a reference to it, which operations would do several times.
@usableFromInline
package enum PresentTask {
    /// Which task it is, as a number that is only to be compared; 0 outside tasks.
    package static var number: UInt { UInt(bitPattern: cthreads_task()) }

    /// Whether it was cancelled; false outside tasks.
    @usableFromInline package static var isCancelled: Bool { cthreads_task_is_cancelled() }
}
