/// The attempts at something so far, and what became of them.
struct Retries {
    /// An attempt that has failed.
    private struct Record {
        let number: Int
        let failure: TransportError
        let began: Instant
        let ended: Instant
    }

    /// So many records of the first attempts are kept, and so many of the last ones: there may be attempts for months.
    private static let kept = (first: 8, last: 24)

    private let policy: RetryPolicy
    private let began: Instant
    private let end: Deadline
    private var records: [Record] = []
    private var attemptBegan: Instant

    /// How many attempts have failed.
    private var count = 0
    private var countText: String { count == 1 ? "1 attempt" : "\(count) attempts" }

    init(_ policy: RetryPolicy, from began: Instant, until end: Deadline) {
        self.policy = policy
        self.began = began
        self.end = end
        attemptBegan = began
    }

    /// Begins the next attempt.
    mutating func begin(at now: Instant) -> RetryAttempt {
        attemptBegan = now
        return RetryAttempt(number: count + 1, deadline: end, left: end.remaining(at: now))
    }

    /// When the next attempt begins.
    ///
    /// - Throws: The error of them all when there is no further one.
    mutating func next(
        after failure: TransportError, at now: Instant, random: () -> UInt64
    ) throws(TransportError) -> Instant {
        count += 1
        if records.count == Self.kept.first + Self.kept.last { records.remove(at: Self.kept.first) }
        records.append(Record(number: count, failure: failure, began: attemptBegan, ended: now))
        guard count < policy.maxAttempts, policy.isRetryable(failure) else { throw error(failure) }
        let time = now.advanced(by: policy.pause(after: count, random: random()))
        guard .at(time) < end else { throw error(failure, isOutOfTime: true) }
        return time
    }

    private func error(_ last: TransportError, isOutOfTime: Bool = false) -> TransportError {
        guard count > 1 else { return last }
        let reason = isOutOfTime ? ", with no time for another" : ""
        let leftOut = count - records.count
        let firstLeftOut = leftOut == 0 ? 0 : Self.kept.first
        return last.with(attempts: records.map(\.failure), leavingOut: firstLeftOut..<(firstLeftOut + leftOut))
            .with(ledger: ledger).with(message: "\(last.message), as the last of \(countText)\(reason)")
    }

    /// The error of a pause that was not waited for to its end.
    func interrupted(by error: TransportError, at now: Instant) -> TransportError {
        guard let last = records.last else { return error }
        let pause = TransportError.TimeSpent(
            error.operation, on: "before attempt \(count + 1)", from: began.duration(to: last.ended),
            to: began.duration(to: now), failure: error.kind
        )
        return error.with(message: "\(error.message), in the pause after \(countText)").with(underlying: last.failure)
            .with(ledger: ledger + [pause])
    }

    // MARK: The ledger

    /// Of so many attempts, the last ones, the ledger tells each; of those before, their sum. Fewer than are kept.
    private static let mostTold = 4

    /// Where the time went: attempts and pauses, with the parts of the last attempt.
    private var ledger: [TransportError.TimeSpent] {
        let told = records.suffix(Self.mostTold)
        var ledger: [TransportError.TimeSpent] = []
        if let first = told.first, told.startIndex > 0 {
            let before = records[told.startIndex - 1]
            let subject =
                before.number == 1 ? "in attempt 1" : "in attempts 1 to \(before.number), with their pauses"
            ledger.append(
                TransportError.TimeSpent(
                    before.failure.operation, on: subject, from: began.duration(to: records[0].began),
                    to: began.duration(to: first.began), failure: before.failure.kind
                )
            )
        }
        for index in told.indices {
            if index > told.startIndex { ledger.append(pause(after: records[index - 1], before: records[index])) }
            ledger += entries(of: records[index], isLast: index == records.count - 1)
        }
        return ledger
    }

    private func pause(after former: Record, before record: Record) -> TransportError.TimeSpent {
        TransportError.TimeSpent(
            .wait, on: "before attempt \(record.number)", from: began.duration(to: former.ended),
            to: began.duration(to: record.began)
        )
    }

    /// An attempt as one part of the time, and the last one in its own parts, where it has several.
    private func entries(of record: Record, isLast: Bool) -> [TransportError.TimeSpent] {
        let start = began.duration(to: record.began)
        if isLast, !record.failure.ledger.isEmpty { return record.failure.ledger.map { $0.shifted(by: start) } }
        let attempt = "attempt \(record.number)"
        return [
            TransportError.TimeSpent(
                record.failure.operation, on: record.failure.address.map { "\($0), \(attempt)" } ?? "in \(attempt)",
                from: start, to: began.duration(to: record.ended), failure: record.failure.kind
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
