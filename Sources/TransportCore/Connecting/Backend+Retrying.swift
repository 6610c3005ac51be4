extension Backend {
    /// Does something again and again until it succeeds, with pauses of this backend's clock.
    ///
    /// ```swift
    /// let connection = try backend.retrying(timeout: .seconds(30)) { attempt throws(TransportError) in
    ///     try backend.connect(host: "cache", port: 6379, deadline: attempt.deadline)
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - policy: How often, with which pauses and after which errors. The default is 5 attempts with pauses from 100 ms
    ///     on, after failures to connect that may pass.
    ///   - timeout: How long it may take in all. The default, nil, is as long as it takes.
    ///   - deadline: Until when it may take. The default, nil, is as long as it takes.
    ///   - body: What is done. It is told which attempt it is, and until when all of them may take.
    /// - Returns: What the body returned.
    /// - Throws: What the body threw when it must not or cannot be done again: the last error, with those of all attempts
    ///   in ``TransportError/attempts`` when there were several. A pause that would outlast the time is not begun.
    public func retrying<Result>(
        _ policy: RetryPolicy = RetryPolicy(), timeout: Duration? = nil, deadline: Deadline? = nil,
        _ body: (RetryAttempt) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        var retries = Retries(policy, until: try end(timeout, deadline))
        while true {
            let failure: TransportError
            do throws(TransportError) {
                return try body(retries.attempt)
            } catch {
                failure = error
            }
            try sleep(until: try retries.next(after: failure, at: now) { randomNumber() })
        }
    }

    /// Does something again and again until it succeeds; the task is suspended in the pauses. Like the blocking form.
    ///
    /// - Throws: As the blocking form does, and ``TransportError/Kind/cancelled`` when the task is cancelled in a pause.
    public func retrying<Result>(
        _ policy: RetryPolicy = RetryPolicy(), timeout: Duration? = nil, deadline: Deadline? = nil,
        _ body: nonisolated(nonsending) (RetryAttempt) async throws(TransportError) -> Result
    ) async throws(TransportError) -> Result {
        var retries = Retries(policy, until: try end(timeout, deadline))
        while true {
            let failure: TransportError
            do throws(TransportError) {
                return try await body(retries.attempt)
            } catch {
                failure = error
            }
            try await sleep(until: try retries.next(after: failure, at: now) { randomNumber() })
        }
    }

    private func end(_ timeout: Duration?, _ deadline: Deadline?) throws(TransportError) -> Deadline {
        min(try timeout.map(self.deadline(after:)) ?? .never, deadline ?? .never)
    }
}

/// The attempts so far.
private struct Retries {
    private let policy: RetryPolicy
    private let end: Deadline
    private var failures: [TransportError] = []

    init(_ policy: RetryPolicy, until end: Deadline) {
        self.policy = policy
        self.end = end
    }

    var attempt: RetryAttempt { RetryAttempt(number: failures.count + 1, deadline: end) }

    /// When the next attempt begins.
    ///
    /// - Throws: The error of them all when there is no further one.
    mutating func next(
        after failure: TransportError, at now: Instant, random: () -> UInt64
    ) throws(TransportError) -> Instant {
        failures.append(failure)
        guard failures.count < policy.maxAttempts, policy.isRetryable(failure) else { throw error(failure) }
        let time = now.advanced(by: policy.pause(after: failures.count, random: random()))
        guard .at(time) < end else { throw error(failure) }
        return time
    }

    private func error(_ last: TransportError) -> TransportError {
        guard failures.count > 1 else { return last }
        return last.with(attempts: failures)
            .with(message: "\(last.message), as the last of \(failures.count) attempts")
    }
}
