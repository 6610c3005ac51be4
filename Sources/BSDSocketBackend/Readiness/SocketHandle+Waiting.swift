internal import Synchronization
public import TransportCore

extension SocketHandle: WaitingPlace {
    package func trustPresentTask() { trustedTask.store(Self.presentTask, ordering: .relaxed) }

    package func trustNoTask() { trustedTask.store(0, ordering: .relaxed) }

    /// Whether the present task is the one that is trusted.
    private var isPresentTaskTrusted: Bool {
        let trusted = trustedTask.load(ordering: .relaxed)
        return trusted != 0 && trusted == Self.presentTask
    }

    /// The present task, which is one reference, as a number; 0 outside tasks.
    private static var presentTask: UInt { withUnsafeCurrentTask { unsafeBitCast($0, to: UInt.self) } }
}

// How tasks wait for sockets.
extension SocketHandle {
    /// Suspends the task until a need may be met, a deadline has passed, the socket is closed or the task is cancelled.
    ///
    /// Inlinable, so that nothing of it is on the way of a task that goes on but what has suspended it.
    ///
    /// - Returns: Whether the need may be met; false when the deadline passed first.
    @inlinable @inline(__always)
    func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        switch try beginWaiting(for: need, until: deadline) {
        case .over(let isMet): return isMet
        case .trusted(let waiter): return try endWaiting(in: waiter, await waiter.takeUnretainedValue().wait())
        case .watched(let waiter): return try endWaiting(in: waiter, await waitWatched(in: waiter))
        }
    }

    /// What has come of a wait before anything is suspended.
    @usableFromInline
    enum Beginning {
        case over(Bool)
        /// The task is to wait, and whoever cancels it closes the socket.
        case trusted(Unmanaged<ReactorWaiter>)
        /// The task is to wait, and its being cancelled is to be watched for.
        case watched(Unmanaged<ReactorWaiter>)
    }

    /// Begins to wait as a user of the handle, which is left at the end of waiting.
    @usableFromInline
    func beginWaiting(for need: Need, until deadline: Deadline) throws(TransportError) -> Beginning {
        try enter(.wait)
        var leavesNow = true
        defer { if leavesNow { leave() } }
        let isTrusted = isPresentTaskTrusted
        if !isTrusted, Task.isCancelled { throw TransportError(.cancelled, operation: .wait) }
        if deadline != .never, deadline.hasPassed(at: now) { return .over(try poll(need, until: .passed)) }
        let registration = try register()
        // What was ready may have been taken by somebody whom the system has not told that it was all. Seldom asked: an
        // attempt that found nothing has said so already.
        if registration.isReady(for: need.interest), try poll(need, until: .passed) { return .over(true) }
        let time = need.interest.isEmpty ? need.notBefore.map(Deadline.at) ?? .never : .never
        let waiter = registration._withUnsafeGuaranteedRef { $0.takeWaiter() }
        waiter._withUnsafeGuaranteedRef {
            $0.begin(need.interest, until: min(time, deadline), isForTime: time < deadline)
        }
        leavesNow = false
        return isTrusted ? .trusted(waiter) : .watched(waiter)
    }

    /// Waits in a task whose being cancelled is to be watched for.
    @usableFromInline
    func waitWatched(in waiter: Unmanaged<ReactorWaiter>) async -> ReactorWaiter.Outcome {
        let waiter = waiter.takeUnretainedValue()
        return await withTaskCancellationHandler {
            await waiter.wait()
        } onCancel: {
            waiter.cancel()
        }
    }

    /// Ends waiting: nobody knows of the waiter any more.
    ///
    /// - Returns: Whether the need may be met.
    @usableFromInline
    func endWaiting(
        in waiter: Unmanaged<ReactorWaiter>, _ outcome: ReactorWaiter.Outcome
    ) throws(TransportError) -> Bool {
        let isForTime = waiter._withUnsafeGuaranteedRef { $0.isForTime }
        registration?._withUnsafeGuaranteedRef { $0.giveBack(waiter) }
        defer { leave() }
        if isClosed { throw .closed(.wait) }
        switch outcome {
        case .ready: return true
        case .expired: return isForTime
        case .cancelled: throw TransportError(.cancelled, operation: .wait)
        }
    }
}
