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
            if !others.isEmpty { waiter.others = others }
            begin(waiter, for: wish, of: subject, until: deadline)
            if waiter.outcome == nil {
                endTurn(of: participant)
                sleep(waiter)
            } else if case .timedOut = waiter.outcome {
                // Asking for the present state is polling.
                countPollInVain()
            }
            return try end(waiter).get()
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
    @inline(__always)
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
    @inline(__always)
    nonisolated(nonsending) func ready(
        for wish: Wish = Wish(), of subject: (any Waitable)?,
        orAnyOf others: [(subject: any Waitable, wish: Wish)] = [],
        until deadline: Deadline
    ) async throws(TransportError) -> Bool {
        if isTasksThread, !takesTurns || isExecutorOfTask {
            return try await readyInTurn(for: wish, of: subject, orAnyOf: others, until: deadline)
        }
        let wait = TaskWait(locked { takeWaiter(for: test) }, ticket: nextTicket)
        if !others.isEmpty { locked { wait.waiter.others = others } }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let isBlocked = locked {
                    suspend(wait, .plain(continuation), for: wish, of: subject, until: deadline)
                }
                if !isBlocked { continuation.resume() }
            }
        } onCancel: {
            cancel(wait)
        }
        return try locked { end(wait.waiter) }.get()
    }

    /// Whether the present task is one of the network's. Another one can come by with an actor, whose parts are run wherever
    /// somebody waits for it: it would go on elsewhere, unseen.
    private var isExecutorOfTask: Bool {
        withUnsafeCurrentTask { $0?.unownedTaskExecutor == asUnownedTaskExecutor() }
    }

    /// Suspends a task of the network, which is resumed by the thread that it runs on and can therefore be told the end of
    /// its wait, without taking the lock once more.
    @inline(__always)
    private nonisolated(nonsending) func readyInTurn(
        for wish: Wish, of subject: (any Waitable)?, orAnyOf others: [(subject: any Waitable, wish: Wish)],
        until deadline: Deadline
    ) async throws(TransportError) -> Bool {
        let wait = TaskWait(takeWaiter(for: tasks), ticket: nextTicket)
        if !others.isEmpty { wait.waiter.others = others }
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let known = locked { () -> Swift.Result<Bool, TransportError>? in
                    suspend(wait, .told(continuation), for: wish, of: subject, until: deadline)
                        ? nil : end(wait.waiter)
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            cancel(wait)
        }
        return try result.get()
    }

    /// One wait of a task, for the handler of its cancellation.
    ///
    /// Sendable: the waiter is touched only with the network's lock held.
    private struct TaskWait: @unchecked Sendable {
        let waiter: Waiter
        let ticket: UInt64

        init(_ waiter: Waiter, ticket: UInt64) {
            self.waiter = waiter
            self.ticket = ticket
        }
    }

    /// Begins a wait of a task, with the lock held. False when its outcome is known at once.
    private func suspend(
        _ wait: TaskWait, _ continuation: Waiter.Continuation, for wish: Wish, of subject: (any Waitable)?,
        until deadline: Deadline
    ) -> Bool {
        let waiter = wait.waiter
        if waiter.cancelledTicket == wait.ticket {
            waiter.outcome = .failed(Self.cancelled)
        } else {
            begin(waiter, for: wish, of: subject, until: deadline)
        }
        guard waiter.outcome == nil else { return false }
        waiter.ticket = wait.ticket
        waiter.continuation = continuation
        if waiter.participant === test { endTurn(of: test) }
        return true
    }

    /// Ends a wait whose task was cancelled, unless it has ended already. Takes the lock.
    private func cancel(_ wait: TaskWait) {
        locked {
            // The wait may not have begun yet. It may also be over, and the waiter be used for another one, which has a
            // higher number.
            wait.waiter.cancelledTicket = max(wait.waiter.cancelledTicket, wait.ticket)
            if wait.waiter.ticket == wait.ticket { resume(wait.waiter, .failed(Self.cancelled)) }
        }
    }

    static var cancelled: TransportError { TransportError(.cancelled, operation: .wait) }

    // MARK: With the lock held

    /// Begins a wait, or finds its outcome at once.
    private func begin(_ waiter: Waiter, for wish: Wish, of subject: (any Waitable)?, until deadline: Deadline) {
        waiter.wish = wish
        waiter.subject = subject
        if subject?.isReady(wish) ?? false || waiter.others.contains(where: { $0.subject.isReady($0.wish) }) {
            waiter.outcome = .ready
        } else if hasFaults, let failure = failure(of: waiter, until: deadline) {
            waiter.outcome = .failed(failure)
        } else if isOver {
            waiter.outcome = .failed(Self.over)
        } else if let end = deadline.instant, end.nanoseconds <= currentTime {
            waiter.outcome = .timedOut
        } else if takesTurns, current !== waiter.participant || current === test && isTestBlocked {
            waiter.outcome = .failed(stranger(waiter))
        } else {
            if waiter.participant === test { isTestBlocked = true }
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

    /// Ends a wait whose outcome is known, and gives the waiter back. Being closed comes before everything else.
    func end(_ waiter: Waiter) -> Swift.Result<Bool, TransportError> {
        let isClosed = waiter.isClosed
        let outcome = waiter.outcome
        giveBack(waiter)
        if isClosed { return .failure(.closed(.wait)) }
        switch outcome {
        case .ready, nil: return .success(true)
        case .timedOut: return .success(false)
        case .failed(let error): return .failure(error)
        }
    }

    /// A waiter for whoever is at work. For the tasks, whose thread has waiters of its own, the lock is not needed.
    func takeWaiter(for participant: Participant) -> Waiter {
        if participant === tasks { return taskWaiters.popLast() ?? Waiter(tasks) }
        guard let waiter = freeWaiters.popLast() else { return Waiter(participant) }
        waiter.participant = participant
        return waiter
    }

    func giveBack(_ waiter: Waiter) {
        waiter.subject = nil
        if !waiter.others.isEmpty { waiter.others = [] }
        waiter.outcome = nil
        waiter.ticket = 0
        if waiter.participant === tasks { taskWaiters.append(waiter) } else { freeWaiters.append(waiter) }
    }

    /// How threads and tasks are made known to a network.
    static let remedies = """
        start threads with network.spawn { … }, and tasks in network.run { … } or with \
        Task(executorPreference: network.executor) { … }
        """

    /// The error with which a wait fails that does not have the turn.
    private func stranger(_ waiter: Waiter) -> TransportError {
        refusedWaits = (refusedWaits?.first ?? waiter.description, (refusedWaits?.count ?? 0) + 1)
        let reason =
            taskQueue.runs > 0
            ? "tasks run in the test's place" : "another one, or the test, waits already"
        return TransportError(.invalidState, operation: .wait).with(
            message: """
                a thread or task that the network does not know waits for \(waiter.description) in it, while \(reason): it \
                cannot tell when time may go on; \(Self.remedies)
                """
        )
    }
}

extension Need {
    /// The time that is waited for where there is no readiness to wait for.
    fileprivate var timeAlone: Deadline { interest.isEmpty ? notBefore.map(Deadline.at) ?? .never : .never }
}
