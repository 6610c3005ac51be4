internal import CThreads
internal import TransportCore

// How threads and tasks wait for something in a network.
extension NetworkEngine {
    /// Blocks this thread until a wish is fulfilled. False when the deadline passed first.
    ///
    /// Without a subject it waits for the deadline alone.
    func wait(
        for wish: Wish = Wish(), of subject: (any Waitable)?, until deadline: Deadline
    ) throws(TransportError) -> Bool {
        let outcome = locked { () -> Waiter.Outcome in
            let participant = caller
            if let outcome = known(wish, of: subject, by: participant, until: deadline) { return outcome }
            let waiter = takeWaiter(for: participant)
            block(waiter, for: wish, of: subject, until: deadline)
            participant.isBlocked = true
            endTurn(of: participant)
            let outcome = sleep(waiter)
            participant.isBlocked = false
            giveBack(waiter)
            return outcome
        }
        return try outcome.get()
    }

    /// Blocks this thread until the time that a need without readiness names. False when the deadline comes first.
    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        let time = need.notBefore.map(Deadline.at) ?? .never
        _ = try wait(of: nil, until: min(time, deadline))
        return time < deadline
    }

    /// Suspends this task until the time that a need without readiness names. Like the form that blocks.
    nonisolated(nonsending) func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        let time = need.notBefore.map(Deadline.at) ?? .never
        _ = try await ready(of: nil, until: min(time, deadline))
        return time < deadline
    }

    /// Suspends this task until a wish is fulfilled; ends at once when the task is cancelled. False when the deadline
    /// passed first.
    nonisolated(nonsending) func ready(
        for wish: Wish = Wish(), of subject: (any Waitable)?, until deadline: Deadline
    ) async throws(TransportError) -> Bool {
        if Task.isCancelled { throw Self.cancelled }
        // Found out here, where the thread is still the task's.
        let begin = locked { () -> (Waiter.Outcome?, UncheckedWaiter?) in
            let participant = caller
            if let outcome = known(wish, of: subject, by: participant, until: deadline) { return (outcome, nil) }
            return (nil, UncheckedWaiter(takeWaiter(for: participant)))
        }
        guard let waiter = begin.1?.waiter else { return try begin.0?.get() ?? true }
        let handle = UncheckedWaiter(waiter)
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                suspend(waiter, continuation, for: wish, of: subject, until: deadline)
            }
        } onCancel: {
            locked {
                handle.waiter.isCancelled = true
                resume(handle.waiter, .failed(Self.cancelled))
            }
        }
        let outcome = locked {
            defer { giveBack(waiter) }
            if waiter.participant === test { test.isBlocked = false }
            return waiter.outcome
        }
        return try outcome?.get() ?? true
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
            waiter.outcome =
                waiter.isCancelled
                ? .failed(Self.cancelled) : known(wish, of: subject, by: waiter.participant, until: deadline)
            guard waiter.outcome == nil else { return continuations.append(continuation) }
            waiter.continuation = continuation
            block(waiter, for: wish, of: subject, until: deadline)
            guard waiter.participant === test else { return }
            test.isBlocked = true
            endTurn(of: test)
        }
    }

    static var cancelled: TransportError { TransportError(.cancelled, operation: .wait) }

    // MARK: With the lock held

    /// The outcome of a wait that need not be begun.
    private func known(
        _ wish: Wish, of subject: (any Waitable)?, by participant: Participant, until deadline: Deadline
    ) -> Waiter.Outcome? {
        if let subject, subject.isReady(wish) { return .ready }
        if faults != nil, let failure = subject?.failure(ofWaitingFor: wish, until: deadline, self) {
            return .failed(failure)
        }
        if isOver { return .failed(Self.over) }
        if deadline.hasPassed(at: Instant(nanoseconds: currentTime)) { return .timedOut }
        if participant.isBlocked, takesTurns { return .failed(Self.stranger) }
        return nil
    }

    private func block(_ waiter: Waiter, for wish: Wish, of subject: (any Waitable)?, until deadline: Deadline) {
        waiter.wish = wish
        waiter.subject = subject
        waiter.blockedIndex = blocked.count
        blocked.append(waiter)
        subject?.waiters.append(waiter)
        if let end = deadline.instant { schedule(waiter, at: end.nanoseconds) }
    }

    func takeWaiter(for participant: Participant) -> Waiter {
        guard let waiter = freeWaiters.popLast() else { return Waiter(participant) }
        waiter.participant = participant
        return waiter
    }

    func giveBack(_ waiter: Waiter) {
        waiter.subject = nil
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

extension Waiter.Outcome {
    fileprivate func get() throws(TransportError) -> Bool {
        switch self {
        case .ready: true
        case .timedOut: false
        case .failed(let error): throw error
        }
    }
}
