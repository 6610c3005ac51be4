internal import TransportCore

// Who waits.
extension ReactorLoop {
    /// Keeps a task until something that it waits for has come, which may be already.
    func keep(_ job: UnownedJob, in waiter: ReactorWaiter) {
        change { state in
            guard waiter.outcome == nil, let place = waiter.registration else {
                return add(ReactorJob(job, after: waiter), &state)
            }
            let isOver = place._withUnsafeGuaranteedRef { registration in
                if registration.isReady(for: waiter.interest) { return true }
                waiter.job = job
                registration.add(waiter)
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
    func wakeAll(_ registration: Registration) {
        change { state in finish(waitersOf: registration, &state) { _ in true } }
    }

    /// Has those go on who wait for a socket and whom a condition chooses; with the lock held.
    func finish(waitersOf registration: Registration, _ state: inout State, where isChosen: (ReactorWaiter) -> Bool) {
        var next = registration.firstWaiter
        while let here = next {
            here._withUnsafeGuaranteedRef { waiter in
                next = waiter.next
                if isChosen(waiter) { finish(waiter, .ready, &state) }
            }
        }
    }

    /// Ends a wait, also one that has not begun; with the lock held.
    func finish(_ waiter: ReactorWaiter, _ outcome: ReactorWaiter.Outcome, _ state: inout State) {
        if waiter.outcome == nil { waiter.outcome = outcome }
        guard let job = waiter.job else { return }
        waiter.job = nil
        waiter.registration?._withUnsafeGuaranteedRef { $0.remove(waiter) }
        if waiter.place.isQueued { state.timers.remove(waiter) }
        add(ReactorJob(job, after: waiter), &state)
    }
}
