internal import CSockets
internal import TransportCore

/// Runs look-ups on a bounded number of threads, which exist only while there is something to look up.
package final class ResolverPool: Sendable {
    static let shared = ResolverPool(limit: 16)

    /// When to give up a job that nobody has answered.
    private struct Expiry {
        let job: any PooledWork
        let instant: Instant
        let error: TransportError
    }

    private struct State {
        var queue: [any PooledWork] = []
        var threads = 0
        var expiries: [Expiry] = []
        var hasTimer = false
    }

    private let state = Locked(State())
    private let limit: Int

    package init(limit: Int) { self.limit = limit }

    /// How many threads there are now.
    var threadCount: Int { state.withLock { $0.threads } }

    /// Has a look-up made.
    func submit<Answer: Sendable>(_ lookUp: @escaping @Sendable () -> Result<Answer, TransportError>) -> ResolverJob<
        Answer
    > {
        let job = ResolverJob(lookUp)
        let mustStart = state.withLock { state in
            state.queue.append(job)
            guard state.threads < limit else { return false }
            state.threads += 1
            return true
        }
        if mustStart, !startThread({ self.run() }) {
            let stranded = state.withLock { state -> [any PooledWork] in
                state.threads -= 1
                guard state.threads == 0 else { return [] }
                defer { state.queue = [] }
                return state.queue
            }
            let failure = TransportError(.outOfResources, operation: .resolve)
                .with(message: "the system could not start a thread for the look-up")
            for job in stranded { job.fail(failure) }
        }
        return job
    }

    /// Takes a job that has not begun out of the queue; one that has begun goes on for nobody.
    func abandon(_ job: any PooledWork) {
        state.withLock { $0.queue.removeAll { $0 === job } }
    }

    /// Gives a job an error at an instant, unless it has an answer by then.
    ///
    /// On a thread of its own, which exists while there is something to give up: a program whose own threads and tasks are
    /// all busy must still not wait longer than it said.
    func expire(_ job: any PooledWork, at instant: Instant, with error: TransportError) {
        let mustStart = state.withLock { state in
            state.expiries.append(Expiry(job: job, instant: instant, error: error))
            defer { state.hasTimer = true }
            return !state.hasTimer
        }
        state.wakeAll()
        if mustStart, !startThread({ self.runTimer() }) {
            // Without a thread nobody would give the job up: rather now than never.
            state.withLock { $0.hasTimer = false }
            job.fail(error)
        }
    }

    private func runTimer() {
        while true {
            let (next, known) = state.withLock { state -> (Instant?, Int) in
                state.expiries.removeAll { $0.job.isFinished }
                let next = state.expiries.map(\.instant).min()
                if next == nil { state.hasTimer = false }
                return (next, state.expiries.count)
            }
            guard let next else { return }
            // Woken early when there is a new job, which may come first.
            _ = state.wait(until: next.nanoseconds) { $0.expiries.count != known ? true : nil }
            let due = state.withLock { state -> [Expiry] in
                let now = Instant(nanoseconds: csockets_now())
                let due = state.expiries.filter { $0.instant <= now }
                state.expiries.removeAll { $0.instant <= now }
                return due
            }
            for expiry in due {
                abandon(expiry.job)
                expiry.job.fail(expiry.error)
            }
        }
    }

    private func run() {
        while true {
            let job = state.withLock { state -> (any PooledWork)? in
                guard !state.queue.isEmpty else {
                    state.threads -= 1
                    return nil
                }
                return state.queue.removeFirst()
            }
            guard let job else { return }
            job.run()
        }
    }
}

// MARK: - Waiting for an answer

extension ResolverPool {
    /// Has a look-up made, and waits for its answer until a deadline.
    ///
    /// - Parameter subject: What is looked up, for the error of a deadline that passes.
    func answer<Answer: Sendable>(
        about subject: String, until deadline: Deadline,
        _ lookUp: @escaping @Sendable () -> Result<Answer, TransportError>
    ) throws(TransportError) -> Answer {
        let job = submit(lookUp)
        guard let answer = job.wait(until: deadline) else {
            abandon(job)
            throw Self.timedOut(subject)
        }
        return try answer.get()
    }

    /// Has a look-up made, and suspends until the answer or a deadline; leaves at once when the task is cancelled.
    func answer<Answer: Sendable>(
        about subject: String, until deadline: Deadline,
        _ lookUp: @escaping @Sendable () -> Result<Answer, TransportError>
    ) async throws(TransportError) -> Answer {
        let job = submit(lookUp)
        // The timer and the cancellation both leave by giving the job an answer of their own.
        if let instant = deadline.instant { expire(job, at: instant, with: Self.timedOut(subject)) }
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { job.notify($0) }
        } onCancel: {
            abandon(job)
            job.fail(TransportError(.cancelled, operation: .resolve))
        }
        return try answer.get()
    }

    private static func timedOut(_ subject: String) -> TransportError {
        TransportError(.timedOut, operation: .resolve).with(address: subject)
    }
}
