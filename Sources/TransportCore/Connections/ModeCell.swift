internal import Synchronization

/// The mode of an object, which any thread may change at any time.
struct ModeCell: ~Copyable, Sendable {
    private let nanoseconds: Atomic<Int64>

    init(_ mode: IOMode) { nanoseconds = Atomic(mode.nanoseconds) }

    var value: IOMode {
        get { IOMode(nanoseconds: nanoseconds.load(ordering: .relaxed)) }
        nonmutating set { nanoseconds.store(newValue.nanoseconds, ordering: .relaxed) }
    }

    /// The limit of a call: what the call says, else what the mode says; the earlier of timeout and deadline.
    ///
    /// - Throws: ``TransportError/Kind/invalidArgument`` for a bad timeout, ``TransportError/Kind/timedOut`` for a
    ///   deadline that has passed: the deadline comes before everything, data included.
    func limit(
        timeout: Duration?, deadline: Deadline?, clock: some TimeSource, operation: TransportError.Operation
    ) throws(TransportError) -> WaitLimit {
        if let deadline, deadline != .never, deadline.hasPassed(at: clock.now) {
            throw TransportError(.timedOut, operation: operation)
        }
        let nanoseconds: Int64
        if let timeout {
            nanoseconds = try timeout.checkedTimeoutNanoseconds()
        } else if let deadline {
            return WaitLimit(deadline: deadline, mayWait: true)
        } else {
            nanoseconds = self.nanoseconds.load(ordering: .relaxed)
        }
        switch nanoseconds {
        case ..<0: return WaitLimit(deadline: .never, mayWait: true)
        case 0: return WaitLimit(deadline: .passed, mayWait: false)
        default:
            let end = Deadline.at(clock.now.advanced(by: .nanoseconds(nanoseconds)))
            return WaitLimit(deadline: min(end, deadline ?? .never), mayWait: true)
        }
    }
}
