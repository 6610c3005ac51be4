public import Synchronization

/// The mode of an object, which any thread may change at any time.
@usableFromInline
struct ModeCell: ~Copyable, Sendable {
    @usableFromInline let nanoseconds: Atomic<Int64>

    @inlinable
    init(_ mode: IOMode) { nanoseconds = Atomic(mode.nanoseconds) }

    var value: IOMode {
        get { IOMode(nanoseconds: nanoseconds.load(ordering: .relaxed)) }
        nonmutating set { nanoseconds.store(newValue.nanoseconds, ordering: .relaxed) }
    }

    /// The limit of a call: what the call says, else what the mode says; the earlier of timeout and deadline.
    ///
    /// - Throws: ``TransportError/Kind/invalidArgument`` for a bad timeout, ``TransportError/Kind/timedOut`` for a
    ///   deadline that has passed: the deadline comes before everything, data included.
    @inlinable @inline(__always)
    func limit(
        timeout: Duration?, deadline: Deadline?, clock: some TimeSource, operation: TransportError.Operation
    ) throws(TransportError) -> WaitLimit {
        let mode = nanoseconds.load(ordering: .relaxed)
        if timeout == nil, deadline == nil, mode < 0 { return WaitLimit(deadline: .never, mayWait: true) }
        return try workOutLimit(mode, timeout: timeout, deadline: deadline, clock: clock, operation: operation)
    }

    /// The limit of a call that has one.
    @inlinable @inline(never)
    func workOutLimit(
        _ mode: Int64, timeout: Duration?, deadline: Deadline?, clock: some TimeSource,
        operation: TransportError.Operation
    ) throws(TransportError) -> WaitLimit {
        if timeout == nil, deadline == nil {
            return WaitLimit(nanoseconds: mode, deadline: .never, now: clock.now)
        }
        if let deadline, deadline != .never, deadline.hasPassed(at: clock.now) {
            throw TransportError(.timedOut, operation: operation)
        }
        guard let timeout else { return WaitLimit(deadline: deadline ?? .never, mayWait: true) }
        let nanoseconds = try timeout.checkedTimeoutNanoseconds(operation)
        return WaitLimit(nanoseconds: nanoseconds, deadline: deadline ?? .never, now: clock.now)
    }
}
