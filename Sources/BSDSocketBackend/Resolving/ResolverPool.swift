internal import CSockets
package import TransportCore

/// Runs look-ups on a bounded number of threads, which exist only while there is something to look up.
package final class ResolverPool: Sendable {
    package typealias Answer = Result<[IP.SocketAddress], TransportError>

    static let shared = ResolverPool(limit: 16) { AddressLookUp.perform($0) }

    /// One look-up and its answer.
    final class Job: Sendable {
        struct State {
            var answer: Answer?
            var waiter: CheckedContinuation<Answer, Never>?
        }

        let query: ResolverQuery
        let state = Locked(State())

        init(_ query: ResolverQuery) { self.query = query }

        var isFinished: Bool { state.withLock { $0.answer != nil } }

        /// Gives the job its answer; the first one counts.
        func finish(_ answer: Answer) {
            let waiter = state.withLock { state -> CheckedContinuation<Answer, Never>? in
                guard state.answer == nil else { return nil }
                state.answer = answer
                defer { state.waiter = nil }
                return state.waiter
            }
            state.wakeAll()
            waiter?.resume(returning: answer)
        }

        /// Has a suspended task resumed with the answer.
        func notify(_ continuation: CheckedContinuation<Answer, Never>) {
            let answer = state.withLock { state -> Answer? in
                if state.answer == nil { state.waiter = continuation }
                return state.answer
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// When to give up a job that nobody has answered.
    private struct Expiry {
        let job: Job
        let instant: Instant
        let error: TransportError
    }

    private struct State {
        var queue: [Job] = []
        var threads = 0
        var expiries: [Expiry] = []
        var hasTimer = false
    }

    private let state = Locked(State())
    private let limit: Int
    private let lookUp: @Sendable (ResolverQuery) -> Answer

    init(limit: Int, lookUp: @escaping @Sendable (ResolverQuery) -> Answer) {
        self.limit = limit
        self.lookUp = lookUp
    }

    /// How many threads there are now.
    var threadCount: Int { state.withLock { $0.threads } }

    /// Has a query looked up.
    func submit(_ query: ResolverQuery) -> Job {
        let job = Job(query)
        let mustStart = state.withLock { state in
            state.queue.append(job)
            guard state.threads < limit else { return false }
            state.threads += 1
            return true
        }
        if mustStart, !startThread({ self.run() }) {
            let stranded = state.withLock { state -> [Job] in
                state.threads -= 1
                guard state.threads == 0 else { return [] }
                defer { state.queue = [] }
                return state.queue
            }
            let failure = TransportError(.outOfResources, operation: .resolve)
                .with(message: "the system could not start a thread for the look-up")
            for job in stranded { job.finish(.failure(failure)) }
        }
        return job
    }

    /// Takes a job that has not begun out of the queue; one that has begun goes on for nobody.
    func abandon(_ job: Job) {
        state.withLock { $0.queue.removeAll { $0 === job } }
    }

    /// Gives a job an error at an instant, unless it has an answer by then.
    ///
    /// On a thread of its own, which exists while there is something to give up: a program whose own threads and tasks are
    /// all busy must still not wait longer than it said.
    func expire(_ job: Job, at instant: Instant, with error: TransportError) {
        let mustStart = state.withLock { state in
            state.expiries.append(Expiry(job: job, instant: instant, error: error))
            defer { state.hasTimer = true }
            return !state.hasTimer
        }
        state.wakeAll()
        if mustStart, !startThread({ self.runTimer() }) {
            // Without a thread nobody would give the job up: rather now than never.
            state.withLock { $0.hasTimer = false }
            job.finish(.failure(error))
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
                expiry.job.finish(.failure(expiry.error))
            }
        }
    }

    private func run() {
        while true {
            let job = state.withLock { state -> Job? in
                guard !state.queue.isEmpty else {
                    state.threads -= 1
                    return nil
                }
                return state.queue.removeFirst()
            }
            guard let job else { return }
            job.finish(lookUp(job.query))
        }
    }
}
