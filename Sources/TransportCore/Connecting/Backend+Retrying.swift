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
    /// - Throws: What the body threw when it must not or cannot be done again: the last error, with those of the
    ///   attempts in ``TransportError/attempts`` (of more than 32, the first 8 and the last 24) and their times in
    ///   ``TransportError/ledger`` when there were several. A pause that would outlast the time is not begun.
    public func retrying<Result>(
        _ policy: RetryPolicy = RetryPolicy(), timeout: Duration? = nil, deadline: Deadline? = nil,
        _ body: (RetryAttempt) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        var retries = Retries(policy, from: now, until: try end(timeout, deadline))
        while true {
            let failure: TransportError
            do throws(TransportError) {
                return try body(retries.begin(at: now))
            } catch {
                failure = error
            }
            let next = try retries.next(after: failure, at: now) { randomNumber() }
            do throws(TransportError) {
                try sleep(until: next)
            } catch {
                throw retries.interrupted(by: error, at: now)
            }
        }
    }

    /// Does something again and again until it succeeds; the task is suspended in the pauses. Like the blocking form.
    ///
    /// - Throws: As the blocking form does, and ``TransportError/Kind/cancelled`` when the task is cancelled in a pause, with
    ///   the last failure in ``TransportError/underlying``.
    public func retrying<Result>(
        _ policy: RetryPolicy = RetryPolicy(), timeout: Duration? = nil, deadline: Deadline? = nil,
        _ body: nonisolated(nonsending) (RetryAttempt) async throws(TransportError) -> Result
    ) async throws(TransportError) -> Result {
        var retries = Retries(policy, from: now, until: try end(timeout, deadline))
        while true {
            let failure: TransportError
            do throws(TransportError) {
                return try await body(retries.begin(at: now))
            } catch {
                failure = error
            }
            let next = try retries.next(after: failure, at: now) { randomNumber() }
            do throws(TransportError) {
                try await sleep(until: next)
            } catch {
                throw retries.interrupted(by: error, at: now)
            }
        }
    }

    private func end(_ timeout: Duration?, _ deadline: Deadline?) throws(TransportError) -> Deadline {
        min(try timeout.map(self.deadline(after:)) ?? .never, deadline ?? .never)
    }
}
