internal import CThreads

/// A value that only one thread uses at a time, with a condition to wait for.
///
/// A lock of the C library. `Synchronization.Mutex` would do, but the thread sanitizer on Linux takes it for no lock at
/// all and reports races that are none; a check that is silent is worth more than the newer lock.
package final class Locked<Value>: @unchecked Sendable {
    // Sendable: `value` is touched only between acquiring and releasing `lock`, which lives as long as this object.
    private let lock: OpaquePointer
    private var value: Value

    package init(_ value: Value) {
        self.lock = cthreads_lock_create()
        self.value = value
    }

    deinit { cthreads_lock_destroy(lock) }

    /// Does something with the value while no other thread does.
    package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        cthreads_lock_acquire(lock)
        defer { cthreads_lock_release(lock) }
        return try body(&value)
    }

    /// Wakes every thread that waits in ``wait(until:for:)``.
    package func wakeAll() { cthreads_lock_wake_all(lock) }

    /// Waits until `body` gives a result, asking it again after each wake.
    ///
    /// - Parameters:
    ///   - deadline: Until when, in nanoseconds of the system's monotonic clock; nil is for ever.
    ///   - body: Looks at the value and gives what is waited for, or nil.
    /// - Returns: The result, or nil when the deadline passed first.
    package func wait<Result>(until deadline: Int64? = nil, for body: (inout Value) -> Result?) -> Result? {
        cthreads_lock_acquire(lock)
        defer { cthreads_lock_release(lock) }
        while true {
            if let result = body(&value) { return result }
            guard let deadline else {
                cthreads_lock_wait(lock)
                continue
            }
            guard cthreads_lock_wait_until(lock, deadline) else { return body(&value) }
        }
    }
}
