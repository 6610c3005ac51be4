/// What an exploration has done and found.
public struct ExplorationReport: Sendable {
    /// What the client does when nothing fails, in words, in order: "send of 12 bytes to cache:6379".
    public internal(set) var operations: [String] = []
    /// How often the closure has run.
    public internal(set) var runCount = 0
    /// What was wrong.
    public internal(set) var findings: [Finding] = []

    /// Something that a client did wrong in one run.
    public struct Finding: Hashable, Sendable {
        /// What was wrong.
        public let kind: Kind
        /// Which operation had failed, the first being 1; nil when none had.
        public let operation: Int?
        /// Which operation had failed, in words: "operation 3 (send of 12 bytes to cache:6379)"; empty when none had.
        public let place: String
        /// What was done to the run, in words: "reset", or "cut after byte 7".
        public let fault: String
        /// What was wrong, in words.
        public let details: String
    }

    /// What can be wrong. The set is open.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        /// The name of the kind.
        public let rawValue: String

        /// Makes a kind from its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The closure returned something else than it does when nothing fails.
        public static let wrongResult = Self(rawValue: "wrong result")
        /// A scripted peer saw bytes that its script does not expect.
        public static let wrongBytes = Self(rawValue: "wrong bytes")
        /// The closure threw an error that it should not have thrown.
        public static let unexpectedError = Self(rawValue: "unexpected error")
        /// A stream was still open at the end, or was dropped and not closed.
        public static let leaked = Self(rawValue: "leaked")
        /// The client would have waited, or gone on trying, for ever.
        public static let hung = Self(rawValue: "hung")
    }
}

extension ExplorationReport: CustomStringConvertible {
    /// The numbers, and the findings; what was wrong in several runs is said once.
    public var description: String {
        let count = findings.isEmpty ? "no findings" : findings.count == 1 ? "1 finding" : "\(findings.count) findings"
        var lines = ["\(runCount) \(runCount == 1 ? "run" : "runs") of \(operations.count) operations: \(count)"]
        var rest = findings
        while let first = rest.first {
            let alike = rest.filter { $0.kind == first.kind && $0.details == first.details }
            rest.removeAll { $0.kind == first.kind && $0.details == first.details }
            lines.append("  \(first.kind.rawValue): \(first.details)")
            var places: [String] = []
            for finding in alike where !places.contains(finding.place) { places.append(finding.place) }
            for place in places {
                let faults = alike.filter { $0.place == place }.map(\.fault).joined(separator: ", ")
                lines.append("    \(place.isEmpty ? faults : "\(place): \(faults)")")
            }
        }
        return lines.joined(separator: "\n")
    }
}

extension ExplorationReport.Finding: CustomStringConvertible {
    /// The finding in one line, more where errors have more.
    public var description: String {
        "\(kind.rawValue), \(place.isEmpty ? fault : "\(place): \(fault)"): \(details)"
    }
}

/// An exploration has found something.
public struct ExplorationFailure: Error, Sendable, CustomStringConvertible {
    /// What it has done and found.
    public let report: ExplorationReport

    /// The report.
    public var description: String { report.description }
}
