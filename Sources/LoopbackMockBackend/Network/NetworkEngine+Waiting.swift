internal import CThreads
internal import TransportCore

// How threads and tasks wait for something in a network.
extension NetworkEngine {
    /// Blocks this thread until a wish is fulfilled. False when the deadline passed first.
    ///
    /// Without a subject it waits for the deadline alone. With others, what is wished of any of them is enough.
    func wait(
        for wish: Wish = Wish(), of subject: (any Waitable)?,
        orAnyOf others: [(subject: any Waitable, wish: Wish)] = [],
        until deadline: Deadline
    ) throws(TransportError) -> Bool {
        try locked { () throws(TransportError) in
            let participant = caller
            let waiter = takeWaiter(for: participant)
            waiter.others = others
            begin(waiter, for: wish, of: subject, until: deadline)
            if waiter.outcome == nil {
                participant.isBlocked = true
                endTurn(of: participant)
                sleep(waiter)
                participant.isBlocked = false
            } else if case .timedOut = waiter.outcome {
                // Asking for the present state is polling.
                countPollInVain()
            }
            return try end(waiter)
        }
    }

    /// Blocks this thread until the time that a need without readiness names, or the subject is closed. False when the
    /// deadline comes first.
    func wait(
        for need: Need, side: Int = 0, of subject: any Waitable, until deadline: Deadline
    ) throws(TransportError) -> Bool {
        let time = need.timeAlone
        let isReady = try wait(
            for: Wish(side: side, interest: need.interest), of: subject, until: min(time, deadline)
        )
        return isReady || time < deadline
    }

    /// Suspends this task until the time that a need without readiness names. Like the form that blocks.
    nonisolated(nonsending) func ready(
        for need: Need, side: Int = 0, of subject: any Waitable, until deadline: Deadline
    ) async throws(TransportError) -> Bool {
        let time = need.timeAlone
        let isReady = try await ready(
            for: Wish(side: side, interest: need.interest), of: subject, until: min(time, deadline)
        )
        return isReady || time < deadline
    }

    /// Suspends this task until a wish is fulfilled; ends at once when the task is cancelled. False when the deadline
    /// passed first.
    nonisolated(nonsending) func ready(
        for wish: Wish = Wish(), of subject: (any Waitable)?, until deadline: Deadline
    ) async throws(TransportError) -> Bool {
        if Task.isCancelled { throw Self.cancelled }
        // Asked for here, where the thread is still the task's.
        let participant = caller
        let handle = locked { UncheckedWaiter(takeWaiter(for: participant)) }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                suspend(handle.waiter, continuation, for: wish, of: subject, until: deadline)
            }
        } onCancel: {
            locked {
                handle.waiter.isCancelled = true
                resume(handle.waiter, .failed(Self.cancelled))
            }
        }
        return try locked { () throws(TransportError) in
            if participant === test { test.isBlocked = false }
            return try end(handle.waiter)
        }
    }

    /// A waiter on its way into the handler of a cancellation.
    ///
    /// Sendable: the waiter is touched only with the network's lock held.
    private struct UncheckedWaiter: @unchecked Sendable {
        let waiter: Waiter
        init(_ waiter: Waiter) { self.waiter = waiter }
    }

    private func suspend(
        _ waiter: Waiter, _ continuation: UnsafeContinuation<Void, Never>, for wish: Wish,
        of subject: (any Waitable)?, until deadline: Deadline
    ) {
        locked {
            // Much may have happened since the task looked, and its being cancelled may have come before it could wait.
            begin(waiter, for: wish, of: subject, until: deadline)
            guard waiter.outcome == nil else { return continuations.append(continuation) }
            waiter.continuation = continuation
            guard waiter.participant === test else { return }
            test.isBlocked = true
            endTurn(of: test)
        }
    }

    static var cancelled: TransportError { TransportError(.cancelled, operation: .wait) }

    // MARK: With the lock held

    /// Begins a wait, or finds its outcome at once.
    private func begin(_ waiter: Waiter, for wish: Wish, of subject: (any Waitable)?, until deadline: Deadline) {
        waiter.wish = wish
        waiter.subject = subject
        if waiter.isCancelled {
            waiter.outcome = .failed(Self.cancelled)
        } else if waiter.isSatisfiedByAny {
            waiter.outcome = .ready
        } else if hasFaults, let failure = failure(of: waiter, until: deadline) {
            waiter.outcome = .failed(failure)
        } else if isOver {
            waiter.outcome = .failed(Self.over)
        } else if let end = deadline.instant, end.nanoseconds <= currentTime {
            waiter.outcome = .timedOut
        } else if waiter.participant.isBlocked, takesTurns {
            waiter.outcome = .failed(Self.stranger)
        } else {
            if deadline == .never { subject?.waitsWithoutDeadline(wish) }
            waiter.blockedIndex = blocked.count
            blocked.append(waiter)
            subject?.waiters.append(waiter)
            for other in waiter.others { other.subject.waiters.append(waiter) }
            if let end = deadline.instant { schedule(waiter, at: end.nanoseconds) }
        }
    }

    /// The error with which a wait fails because of a fault: of those that it is for, all must fail.
    private func failure(of waiter: Waiter, until deadline: Deadline) -> TransportError? {
        guard let failure = waiter.subject?.failure(ofWaitingFor: waiter.wish, until: deadline, self) else {
            return nil
        }
        for (subject, wish) in waiter.others where subject.failure(ofWaitingFor: wish, until: deadline, self) == nil {
            return nil
        }
        return failure
    }

    /// Ends a wait whose outcome is known. Being closed comes before everything else.
    private func end(_ waiter: Waiter) throws(TransportError) -> Bool {
        let isClosed = waiter.isClosed
        let outcome = waiter.outcome
        giveBack(waiter)
        if isClosed { throw .closed(.wait) }
        switch outcome {
        case .ready, nil: return true
        case .timedOut: return false
        case .failed(let error): throw error
        }
    }

    func takeWaiter(for participant: Participant) -> Waiter {
        guard let waiter = freeWaiters.popLast() else { return Waiter(participant) }
        waiter.participant = participant
        return waiter
    }

    func giveBack(_ waiter: Waiter) {
        waiter.subject = nil
        if !waiter.others.isEmpty { waiter.others = [] }
        waiter.outcome = nil
        waiter.isCancelled = false
        freeWaiters.append(waiter)
    }

    private static var stranger: TransportError {
        TransportError(.invalidState, operation: .wait).with(
            message: """
                two threads that the network does not know are blocked in it, so it cannot tell when time may go on: \
                start threads with network.spawn { … }, and tasks in network.run { … }
                """
        )
    }
}

extension Need {
    /// The time that is waited for where there is no readiness to wait for.
    fileprivate var timeAlone: Deadline { interest.isEmpty ? notBefore.map(Deadline.at) ?? .never : .never }
}
