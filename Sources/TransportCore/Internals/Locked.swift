internal import CThreads

/// A value that only one thread uses at a time, with a condition to wait for.
///
/// A lock of the C library. `Synchronization.Mutex` would do, but the thread sanitizer on Linux takes it for no lock at
/// all and reports races that are none; a check that is silent is worth more than the newer lock.
///
/// Inlinable: a lock of a value whose type the compiler does not know looks that type up each time.
@usableFromInline
package final class Locked<Value>: @unchecked Sendable {
    // Sendable: `value` is touched only between acquiring and releasing `lock`, which lives as long as this object. That
    // also does what checking for exclusive access would do once more.
    @usableFromInline let lock: SystemLock
    @exclusivity(unchecked) @usableFromInline var value: Value

    @inlinable
    package init(_ value: Value) {
        lock = SystemLock()
        self.value = value
    }

    @inlinable
    deinit { lock.destroy() }

    /// Does something with the value while no other thread does.
    @inlinable
    package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        lock.acquire()
        defer { lock.release() }
        return try body(&value)
    }

    /// Does something with the value unless somebody does already, this thread itself maybe: nil then.
    package func withLockIfFree<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        guard cthreads_lock_try_acquire(lock.pointer) else { return nil }
        defer { lock.release() }
        return try body(&value)
    }

    /// Wakes every thread that waits in ``wait(until:for:)``.
    package func wakeAll() { cthreads_lock_wake_all(lock.pointer) }

    /// Waits until `body` gives a result, asking it again after each wake.
    ///
    /// - Parameters:
    ///   - deadline: Until when, in nanoseconds of the system's monotonic clock; nil is for ever.
    ///   - body: Looks at the value and gives what is waited for, or nil.
    /// - Returns: The result, or nil when the deadline passed first.
    package func wait<Result>(until deadline: Int64? = nil, for body: (inout Value) -> Result?) -> Result? {
        lock.acquire()
        defer { lock.release() }
        while true {
            if let result = body(&value) { return result }
            guard let deadline else {
                cthreads_lock_wait(lock.pointer)
                continue
            }
            guard cthreads_lock_wait_until(lock.pointer, deadline) else { return body(&value) }
        }
    }

    /// Waits like ``wait(until:for:)``, for a millisecond at most.
    package func waitBriefly<Result>(for body: (inout Value) -> Result?) -> Result? {
        wait(until: cthreads_now() + 1_000_000, for: body)
    }
}

/// The lock itself, behind calls that inlined code may make.
@usableFromInline
struct SystemLock: @unchecked Sendable {
    // Sendable: the C library's locks are there for all threads.
    fileprivate let pointer: OpaquePointer

    @usableFromInline init() { pointer = cthreads_lock_create() }
    @usableFromInline func acquire() { cthreads_lock_acquire(pointer) }
    @usableFromInline func release() { cthreads_lock_release(pointer) }
    @usableFromInline func destroy() { cthreads_lock_destroy(pointer) }
}
