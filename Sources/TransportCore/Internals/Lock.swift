// A lock and a condition of the C library. `Synchronization.Mutex` would do, but the thread sanitizer on Linux takes it
// for no lock at all and reports races that are none; a check that is silent is worth more than the newer lock.

#if canImport(Darwin)
internal import Darwin
#elseif canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// A value that only one thread uses at a time.
package final class Locked<Value>: @unchecked Sendable {
    // Sendable: `value` is touched only between lock and unlock of `mutex`, which lives as long as this object.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var value: Value

    package init(_ value: Value) {
        self.value = value
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        condition = .allocate(capacity: 1)
        condition.initialize(to: pthread_cond_t())
        #if canImport(Darwin)
        pthread_cond_init(condition, nil)
        #else
        // Timed waits follow the monotonic clock: changing the machine's time must not change a timeout.
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
        #endif
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Does something with the value while no other thread does.
    package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    /// Wakes every thread that waits in ``wait(until:for:)``.
    package func wakeAll() { pthread_cond_broadcast(condition) }

    /// Wakes one thread that waits in ``wait(until:for:)``.
    package func wakeOne() { pthread_cond_signal(condition) }

    /// Waits until `body` gives a result, asking it again after each wake.
    ///
    /// - Parameters:
    ///   - deadline: Until when, in nanoseconds of the system's monotonic clock; nil is for ever.
    ///   - body: Looks at the value and gives what is waited for, or nil.
    /// - Returns: The result, or nil when the deadline passed first.
    package func wait<Result>(until deadline: Int64? = nil, for body: (inout Value) -> Result?) -> Result? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&value) { return result }
            guard let deadline else {
                pthread_cond_wait(condition, mutex)
                continue
            }
            guard timedWait(until: deadline) else { return body(&value) }
        }
    }

    /// One timed wait; false when the deadline has passed.
    private func timedWait(until deadline: Int64) -> Bool {
        #if canImport(Darwin)
        let left = deadline - Int64(clock_gettime_nsec_np(CLOCK_UPTIME_RAW))
        guard left > 0 else { return false }
        var limit = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
        return pthread_cond_timedwait_relative_np(condition, mutex, &limit) == 0
        #else
        let end = max(0, deadline)
        var limit = timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
        return pthread_cond_timedwait(condition, mutex, &limit) == 0
        #endif
    }
}
