package import TransportCore

/// A job of a ``ResolverPool``, whatever its answer is.
package protocol PooledWork: AnyObject, Sendable {
    /// Makes the look-up.
    func run()
    /// Gives the job an error for an answer.
    func fail(_ error: TransportError)
    /// Whether the job has an answer.
    var isFinished: Bool { get }
}

/// One look-up and its answer.
package final class ResolverJob<Answer: Sendable>: PooledWork {
    private typealias Outcome = Result<Answer, TransportError>

    private struct State {
        var answer: Outcome?
        var waiter: CheckedContinuation<Outcome, Never>?
    }

    private let lookUp: @Sendable () -> Result<Answer, TransportError>
    private let state = Locked(State())

    init(_ lookUp: @escaping @Sendable () -> Result<Answer, TransportError>) { self.lookUp = lookUp }

    package var isFinished: Bool { state.withLock { $0.answer != nil } }

    package func run() { finish(lookUp()) }

    package func fail(_ error: TransportError) { finish(.failure(error)) }

    /// Gives the job its answer; the first one counts.
    private func finish(_ answer: Result<Answer, TransportError>) {
        let waiter = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
            guard state.answer == nil else { return nil }
            state.answer = answer
            defer { state.waiter = nil }
            return state.waiter
        }
        state.wakeAll()
        waiter?.resume(returning: answer)
    }

    /// Waits for the answer; nil when the deadline passed first.
    func wait(until deadline: Deadline) -> Result<Answer, TransportError>? {
        state.wait(until: deadline.instant?.nanoseconds) { $0.answer }
    }

    /// Has a suspended task resumed with the answer.
    func notify(_ continuation: CheckedContinuation<Result<Answer, TransportError>, Never>) {
        let answer = state.withLock { state -> Outcome? in
            if state.answer == nil { state.waiter = continuation }
            return state.answer
        }
        if let answer { continuation.resume(returning: answer) }
    }
}
