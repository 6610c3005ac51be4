internal import TransportCore

// Who waits.
extension ReactorLoop {
    /// Keeps a task until something that it waits for has come, which may be already.
    func keep(_ job: UnownedJob, in waiter: ReactorWaiter) {
        change { state in
            guard waiter.outcome == nil, let handle = waiter.handle else {
                return add(ReactorJob(job, after: waiter), &state)
            }
            let isOver = handle._withUnsafeGuaranteedRef { handle in
                if handle.isReady(for: waiter.interest) { return true }
                waiter.job = job
                handle.add(waiter)
                return false
            }
            if isOver {
                waiter.outcome = .ready
                return add(ReactorJob(job, after: waiter), &state)
            }
            guard waiter.end < .max else { return }
            state.timers.add(waiter, at: waiter.end)
            if let sleepsUntil = state.sleepsUntil, waiter.end < sleepsUntil { state.isToBeWoken = true }
        }
    }

    /// Ends a wait, also one that has not begun.
    func finish(_ waiter: ReactorWaiter, _ outcome: ReactorWaiter.Outcome) {
        change { state in finish(waiter, outcome, &state) }
    }

    /// Has everyone who waits for a socket look again.
    func wakeAll(_ handle: SocketHandle) {
        change { state in
            endWaits(for: handle, &state) { _ in
                true
            } goOn: { job, state in
                add(job, &state)
            }
        }
    }

    /// Ends the waits for a socket that a condition chooses; with the lock held.
    @inline(__always)
    func endWaits(
        for handle: SocketHandle, _ state: inout State, where isChosen: (ReactorWaiter) -> Bool,
        goOn: (ReactorJob, inout State) -> Void
    ) {
        var next = handle.firstWaiter
        while let here = next {
            here._withUnsafeGuaranteedRef { waiter in
                next = waiter.next
                if isChosen(waiter), let job = end(waiter, .ready, &state) { goOn(job, &state) }
            }
        }
    }

    /// Ends a wait, also one that has not begun; with the lock held.
    func finish(_ waiter: ReactorWaiter, _ outcome: ReactorWaiter.Outcome, _ state: inout State) {
        if let job = end(waiter, outcome, &state) { add(job, &state) }
    }

    /// Ends a wait, also one that has not begun; with the lock held.
    ///
    /// - Returns: What is to run then; nil when the wait has not begun.
    @inline(__always)
    private func end(
        _ waiter: ReactorWaiter, _ outcome: ReactorWaiter.Outcome, _ state: inout State
    ) -> ReactorJob? {
        if waiter.outcome == nil { waiter.outcome = outcome }
        guard let job = waiter.job else { return nil }
        waiter.job = nil
        waiter.handle?._withUnsafeGuaranteedRef { $0.remove(waiter) }
        if waiter.place.isQueued { state.timers.remove(waiter) }
        return ReactorJob(job, after: waiter)
    }
}
