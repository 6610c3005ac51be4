internal import Synchronization
public import TransportCore

extension SocketHandle: WaitingPlace {
    package func trustPresentTask() {
        let number = PresentTask.number
        trustedTask.store(TaskPreference.isNone ? number | Self.freeBit : number, ordering: .relaxed)
    }

    package func note(connection: AnyObject) { footprint.note(connection: connection) }

    package func trustNoTask() { trustedTask.store(0, ordering: .relaxed) }

    /// Set beside the number of a trusted task that prefers no executor. Tasks have even numbers, being aligned.
    private static var freeBit: UInt { 1 }

    /// Whether tasks that wait here are only woken here, and go on elsewhere.
    private var onlyWakes: Bool { reactor?._withUnsafeGuaranteedRef { $0.loop.wakesOnly } ?? true }

    /// The trusted task, if it is the present one, with the bit for its preference.
    private var trustedPresentTask: UInt? {
        let trusted = trustedTask.load(ordering: .relaxed)
        return trusted != 0 && trusted & ~Self.freeBit == PresentTask.number ? trusted : nil
    }

    package var isOnWakingThread: Bool {
        guard let current = ReactorLoop.current, !current.wakesOnly else { return false }
        guard isRegistered else { return true }
        return reactor?._withUnsafeGuaranteedRef { $0.loop === current } ?? false
    }

    package func goToWakingThread() async {
        // As a user: whoever has closed the socket may have left its number to another.
        guard (try? enter(.wait)) != nil else { return }
        defer { leave() }
        guard (try? register()) != nil else { return }
        let waiter = takeWaiter()
        waiter._withUnsafeGuaranteedRef {
            $0.begin([], until: .never, isForTime: false, isFree: true)
            $0.outcome = .ready
        }
        _ = await waiter.takeUnretainedValue().wait()
        giveBack(waiter)
    }
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
        case .trusted(let reserved):
            // The reference that there is anyway is lent to the call, instead of counting another one. Whoever gets the waiter
            // back before the call returns keeps it: the handle, or the loop that the handle keeps.
            let waiter = reserved.takeRetainedValue()
            defer { _ = Unmanaged.passRetained(waiter) }
            return try await waiter.waitUnwatched(for: self)
        case .elsewhere(let waiter): return try endWaiting(in: waiter, await waitElsewhere(in: waiter))
        case .watched(let waiter): return try endWaiting(in: waiter, await waitWatched(in: waiter))
        }
    }

    /// Suspends the task until an event has happened, a deadline has passed, the socket is closed or the task is cancelled.
    func ready(for event: WakeEvent, until deadline: Deadline) async throws(TransportError) -> Bool {
        // Without a readiness and without a time it is a wait for being woken.
        switch try beginWaiting(for: Need([]), until: deadline) {
        case .over: return event.isSet
        case .trusted(let waiter), .elsewhere(let waiter), .watched(let waiter):
            let woken = waiter.takeUnretainedValue()
            let waker = event.whenSet { woken.wake() }
            if event.isSet { woken.wake() }
            let outcome = await waitWatched(in: waiter)
            event.forget(waker)
            return try endWaiting(in: waiter, outcome) || event.isSet
        }
    }

    /// What has come of a wait before anything is suspended.
    @usableFromInline
    enum Beginning {
        case over(Bool)
        /// The task is to wait, and whoever cancels it closes the socket. It goes on where it is woken.
        case trusted(Unmanaged<ReactorWaiter>)
        /// The same, but it goes on where it prefers to. Where it is woken, nothing may be done for it that could block, as
        /// closing a socket can (`SO_LINGER`).
        case elsewhere(Unmanaged<ReactorWaiter>)
        /// The task is to wait, and its being cancelled is to be watched for.
        case watched(Unmanaged<ReactorWaiter>)
    }

    /// Begins to wait as a user of the handle, which is left at the end of waiting.
    @usableFromInline
    func beginWaiting(for need: Need, until deadline: Deadline) throws(TransportError) -> Beginning {
        try enter(.wait)
        // The usual wait of a connection that is served first, with nothing of all others on its way.
        guard let trusted = trustedPresentTask, deadline == .never, !need.interest.isEmpty, isRegistered,
            !isReady(for: need.interest)
        else { return try beginAnyWait(for: need, until: deadline) }
        let waiter = takeWaiter()
        let isFree = trusted & Self.freeBit != 0 && !onlyWakes
        waiter._withUnsafeGuaranteedRef { $0.begin(need.interest, until: .never, isForTime: false, isFree: isFree) }
        return isFree ? .trusted(waiter) : .elsewhere(waiter)
    }

    /// Begins a wait of any kind, as a user of the handle, which is left here if nothing is to be waited for.
    @inline(never)
    private func beginAnyWait(for need: Need, until deadline: Deadline) throws(TransportError) -> Beginning {
        var leavesNow = true
        defer { if leavesNow { leave() } }
        let trusted = trustedPresentTask
        if trusted == nil, PresentTask.isCancelled { throw .cancelled(.wait) }
        if deadline != .never, deadline.hasPassed(at: now) { return .over(try poll(need, until: .passed)) }
        try register()
        // What was ready may have been taken by somebody whom the system has not told that it was all. Seldom asked: an
        // attempt that found nothing has said so already.
        if isReady(for: need.interest), try poll(need, until: .passed) { return .over(true) }
        let time = need.interest.isEmpty ? need.notBefore.map(Deadline.at) ?? .never : .never
        let waiter = takeWaiter()
        let isFree = !onlyWakes && (trusted.map { $0 & Self.freeBit != 0 } ?? TaskPreference.isNone)
        waiter._withUnsafeGuaranteedRef {
            $0.begin(need.interest, until: min(time, deadline), isForTime: time < deadline, isFree: isFree)
        }
        leavesNow = false
        return trusted == nil ? .watched(waiter) : isFree ? .trusted(waiter) : .elsewhere(waiter)
    }

    /// Waits in a task that goes on elsewhere.
    @usableFromInline
    func waitElsewhere(in waiter: Unmanaged<ReactorWaiter>) async -> ReactorWaiter.Outcome {
        await waiter.takeUnretainedValue().wait()
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
        giveBack(waiter)
        defer { leave() }
        if isClosed { throw .closed(.wait) }
        switch outcome {
        case .ready: return true
        case .expired: return isForTime
        case .cancelled: throw TransportError(.cancelled, operation: .wait)
        }
    }
}
