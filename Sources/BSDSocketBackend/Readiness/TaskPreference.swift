/// Where a task prefers to run (`TaskExecutorRef` of Swift's runtime).
enum TaskPreference {
    /// What the runtime says of a task that prefers no executor: it goes on wherever it is woken. Both words are zero.
    static let none = unsafeBitCast((0 as UInt, 0 as UInt), to: UnownedTaskExecutor.self)

    /// Whether the present task prefers no executor.
    static var isNone: Bool { withUnsafeCurrentTask { ($0?.unownedTaskExecutor ?? none) == none } }
}
