/// The attempts at something so far, and what became of them.
struct Retries {
    /// An attempt that has failed.
    private struct Record {
        let failure: TransportError
        let began: Instant
        let ended: Instant
    }

    private let policy: RetryPolicy
    private let began: Instant
    private let end: Deadline
    private var records: [Record] = []
    private var attemptBegan: Instant

    init(_ policy: RetryPolicy, from began: Instant, until end: Deadline) {
        self.policy = policy
        self.began = began
        self.end = end
        attemptBegan = began
    }

    /// Begins the next attempt.
    mutating func begin(at now: Instant) -> RetryAttempt {
        attemptBegan = now
        return RetryAttempt(number: records.count + 1, deadline: end, left: end.remaining(at: now))
    }

    /// When the next attempt begins.
    ///
    /// - Throws: The error of them all when there is no further one.
    mutating func next(
        after failure: TransportError, at now: Instant, random: () -> UInt64
    ) throws(TransportError) -> Instant {
        records.append(Record(failure: failure, began: attemptBegan, ended: now))
        guard records.count < policy.maxAttempts, policy.isRetryable(failure) else { throw error(failure) }
        let time = now.advanced(by: policy.pause(after: records.count, random: random()))
        guard .at(time) < end else { throw error(failure, isOutOfTime: true) }
        return time
    }

    private func error(_ last: TransportError, isOutOfTime: Bool = false) -> TransportError {
        guard records.count > 1 else { return last }
        let reason = isOutOfTime ? ", with no time for another" : ""
        return last.with(attempts: records.map(\.failure)).with(ledger: ledger)
            .with(message: "\(last.message), as the last of \(records.count) attempts\(reason)")
    }

    /// The error of a pause that was not waited for to its end.
    func interrupted(by error: TransportError, at now: Instant) -> TransportError {
        guard let last = records.last else { return error }
        let pause = TransportError.TimeSpent(
            error.operation, on: "before attempt \(records.count + 1)", from: began.duration(to: last.ended),
            to: began.duration(to: now), failure: error.kind
        )
        let count = records.count == 1 ? "1 attempt" : "\(records.count) attempts"
        return error.with(message: "\(error.message), in the pause after \(count)").with(underlying: last.failure)
            .with(ledger: ledger + [pause])
    }

    // MARK: The ledger

    /// Of so many attempts, the last ones, the ledger tells each; of those before, their sum.
    private static let mostTold = 4

    /// Where the time went: attempts and pauses, with the parts of the last attempt.
    private var ledger: [TransportError.TimeSpent] {
        let told = records.suffix(Self.mostTold)
        var ledger: [TransportError.TimeSpent] = []
        if let first = told.first, told.startIndex > 0 {
            let before = records[told.startIndex - 1]
            let subject =
                told.startIndex == 1 ? "in attempt 1" : "in attempts 1 to \(told.startIndex), with their pauses"
            ledger.append(
                TransportError.TimeSpent(
                    before.failure.operation, on: subject, from: began.duration(to: records[0].began),
                    to: began.duration(to: first.began), failure: before.failure.kind
                )
            )
        }
        for index in told.indices {
            if index > told.startIndex { ledger.append(pause(before: index)) }
            ledger += entries(of: index)
        }
        return ledger
    }

    private func pause(before index: Int) -> TransportError.TimeSpent {
        TransportError.TimeSpent(
            .wait, on: "before attempt \(index + 1)", from: began.duration(to: records[index - 1].ended),
            to: began.duration(to: records[index].began)
        )
    }

    /// An attempt as one part of the time, and the last one in its own parts, where it has several.
    private func entries(of index: Int) -> [TransportError.TimeSpent] {
        let record = records[index]
        let start = began.duration(to: record.began)
        if index == records.count - 1, !record.failure.ledger.isEmpty {
            return record.failure.ledger.map { $0.shifted(by: start) }
        }
        let place = record.failure.address.map { "\($0), attempt \(index + 1)" } ?? "in attempt \(index + 1)"
        return [
            TransportError.TimeSpent(
                record.failure.operation, on: place, from: start, to: began.duration(to: record.ended),
                failure: record.failure.kind
            )
        ]
    }
}

extension TransportError.TimeSpent {
    /// The same part of a call that began so much before.
    fileprivate func shifted(by duration: Duration) -> Self {
        Self(operation, on: subject, from: start + duration, to: end + duration, failure: failure)
    }
}
