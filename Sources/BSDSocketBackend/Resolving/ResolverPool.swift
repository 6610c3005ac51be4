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

    private struct State {
        var queue: [Job] = []
        var threads = 0
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
