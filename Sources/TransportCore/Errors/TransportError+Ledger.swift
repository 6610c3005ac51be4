extension TransportError {
    /// A part of the time that a call took: what it was spent on, and what came of that.
    public struct TimeSpent: Hashable, Sendable, CustomStringConvertible {
        /// What was done.
        public let operation: Operation
        /// On what: a name or an address.
        public let subject: String
        /// When it began, counted from the beginning of the call.
        public let start: Duration
        /// When it ended, counted from the beginning of the call.
        public let end: Duration
        /// How it failed; nil when it did not.
        public let failure: Kind?

        /// How long it took.
        public var duration: Duration { end - start }

        /// Makes an entry.
        ///
        /// - Parameters:
        ///   - operation: What was done.
        ///   - subject: On what.
        ///   - start: When it began, from the beginning of the call.
        ///   - end: When it ended, from the beginning of the call.
        ///   - failure: How it failed. The default, nil, is not at all.
        public init(
            _ operation: Operation, on subject: String, from start: Duration, to end: Duration, failure: Kind? = nil
        ) {
            self.operation = operation
            self.subject = subject
            self.start = start
            self.end = end
            self.failure = failure
        }

        /// The entry in one line, such as `1.2 s: connect 192.0.2.1:80 (from 250 ms on): timed out`.
        public var description: String {
            let from = start > .zero ? " (from \(start.briefText) on)" : ""
            let outcome = failure.map { ": \($0.summary)" } ?? ""
            return "\(duration.briefText): \(operation) \(QuotedInput.bare(subject, limit: 255))\(from)\(outcome)"
        }
    }
}

extension Duration {
    /// The duration for a person: in the largest unit that leaves a whole part, with three digits behind it at most.
    var briefText: String {
        let nanoseconds = saturatingNanoseconds
        if nanoseconds == 0 { return "0 ms" }
        let (unit, name): (Int64, String) =
            switch nanoseconds.magnitude {
            case 1_000_000_000...: (1_000_000_000, "s")
            case 1_000_000...: (1_000_000, "ms")
            default: (1_000, "µs")
            }
        let thousandths = nanoseconds / (unit / 1_000)
        var digits = String((thousandths.magnitude % 1_000) + 1_000).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        let sign = nanoseconds < 0 ? "-" : ""
        return "\(sign)\(thousandths.magnitude / 1_000)\(digits.isEmpty ? "" : ".")\(digits) \(name)"
    }
}
