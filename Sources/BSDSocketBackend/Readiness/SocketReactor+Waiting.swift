internal import CSockets
internal import TransportCore

// How tasks wait for sockets.
extension SocketReactor {
    /// Suspends the task until a need may be met, a deadline has passed, the socket is closed or the task is cancelled.
    ///
    /// - Returns: Whether the need may be met; false when the deadline passed first.
    static func ready(
        _ handle: SocketHandle, for need: Need, until deadline: Deadline
    ) async throws(TransportError) -> Bool {
        try handle.enter(.wait)
        defer { handle.leave() }
        if Task.isCancelled { throw TransportError(.cancelled, operation: .wait) }
        if deadline != .never, deadline.hasPassed(at: handle.now) { return try handle.poll(need, until: .passed) }
        let registration = try handle.register()
        // What was ready may have been taken by somebody whom the system has not told that it was all. Seldom asked: an
        // attempt that found nothing has said so already.
        if registration.isReady(for: need.interest), try handle.poll(need, until: .passed) { return true }
        let time = need.interest.isEmpty ? need.notBefore.map(Deadline.at) ?? .never : .never
        let outcome = await registration.reactor.wait(registration, for: need.interest, until: min(time, deadline))
        if handle.isClosed { throw .closed(.wait) }
        switch outcome {
        case .ready: return true
        case .expired: return time < deadline
        case .cancelled: throw TransportError(.cancelled, operation: .wait)
        }
    }

    /// Has everyone who waits for a socket look again.
    func wakeAll(_ registration: Registration) {
        var continuations: [UnsafeContinuation<Void, Never>] = []
        state.withLock { state in
            state.finish(waitersOf: registration, .ready, into: &continuations) { _ in true }
        }
        for continuation in continuations { continuation.resume() }
    }

    private func wait(
        _ registration: Registration, for interest: Need.Interest, until deadline: Deadline
    ) async -> ReactorWaiter.Outcome {
        let handle = state.withLock { state in WaiterHandle(waiter: state.freeWaiters.popLast() ?? ReactorWaiter()) }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                suspend(handle.waiter, continuation, registration, interest, deadline)
            }
        } onCancel: {
            let continuation = state.withLock { state in state.finish(handle.waiter, .cancelled) }
            continuation?.resume()
        }
        return state.withLock { state in
            let outcome = handle.waiter.outcome ?? .ready
            handle.waiter.outcome = nil
            state.freeWaiters.append(handle.waiter)
            return outcome
        }
    }

    /// A waiter on its way into the handler of a cancellation.
    ///
    /// Sendable: the waiter is touched only with the reactor's lock held.
    private struct WaiterHandle: @unchecked Sendable {
        let waiter: ReactorWaiter
    }

    private func suspend(
        _ waiter: ReactorWaiter, _ continuation: UnsafeContinuation<Void, Never>, _ registration: Registration,
        _ interest: Need.Interest, _ deadline: Deadline
    ) {
        let (goesOn, wakes) = state.withLock { state -> (Bool, Bool) in
            // Being cancelled may have come before it could wait, and so may the event.
            if waiter.outcome == nil, registration.isReady(for: interest) { waiter.outcome = .ready }
            guard waiter.outcome == nil else { return (true, false) }
            waiter.interest = interest
            waiter.continuation = continuation
            waiter.registration = registration
            waiter.next = registration.firstWaiter
            registration.firstWaiter = waiter
            guard let end = deadline.instant?.nanoseconds else { return (false, false) }
            state.timers.add(waiter, at: end)
            guard let sleepsUntil = state.sleepsUntil, end < sleepsUntil else { return (false, false) }
            state.sleepsUntil = nil
            return (false, true)
        }
        if wakes { wake() }
        if goesOn { continuation.resume() }
    }
}

extension SocketReactor.State {
    /// Ends a wait, also one that has not begun.
    ///
    /// - Returns: What is to be resumed without the lock, which the language's runtime may wait for meanwhile.
    mutating func finish(
        _ waiter: ReactorWaiter, _ outcome: ReactorWaiter.Outcome
    ) -> UnsafeContinuation<Void, Never>? {
        if waiter.outcome == nil { waiter.outcome = outcome }
        guard let continuation = waiter.continuation else { return nil }
        waiter.continuation = nil
        if let registration = waiter.registration { registration.remove(waiter) }
        waiter.registration = nil
        if waiter.place.isQueued { timers.remove(waiter) }
        return continuation
    }

    /// Ends the waits for a socket that a condition chooses.
    mutating func finish(
        waitersOf registration: Registration, _ outcome: ReactorWaiter.Outcome,
        into continuations: inout [UnsafeContinuation<Void, Never>], where isChosen: (ReactorWaiter) -> Bool
    ) {
        var next = registration.firstWaiter
        while let waiter = next {
            next = waiter.next
            if isChosen(waiter), let continuation = finish(waiter, outcome) { continuations.append(continuation) }
        }
    }
}
