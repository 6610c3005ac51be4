/// What came of many cases on one subject.
public struct ConformanceReport: Sendable, CustomStringConvertible {
    /// What came of one case in one way.
    public struct Entry: Sendable {
        /// The id of the case.
        public let caseID: String
        /// The rule.
        public let rule: String
        /// The way in which it was run.
        public let driver: ConformanceDriver
        /// What came of it.
        public let outcome: ConformanceOutcome
    }

    /// The name of the subject.
    public let subject: String

    /// Every case that was run in every way, in order.
    public private(set) var entries: [Entry] = []

    init(subject: String) { self.subject = subject }

    mutating func add(
        _ conformanceCase: ConformanceCase, _ driver: ConformanceDriver, _ outcome: ConformanceOutcome
    ) {
        entries.append(
            Entry(caseID: conformanceCase.id, rule: conformanceCase.rule, driver: driver, outcome: outcome)
        )
    }

    /// The rules that were not kept.
    public var failures: [ConformanceFailure] {
        entries.compactMap { entry in
            if case .failed(let failure) = entry.outcome { failure } else { nil }
        }
    }

    /// Whether no rule was broken.
    public var isSuccess: Bool { failures.isEmpty }

    /// A table of cases and drivers, the reasons why some do not apply, and the failures.
    public var description: String {
        let drivers = ConformanceDriver.allCases.filter { driver in entries.contains { $0.driver == driver } }
        var ids: [String] = []
        var cells: [String: [ConformanceDriver: ConformanceOutcome]] = [:]
        for entry in entries {
            if cells[entry.caseID] == nil { ids.append(entry.caseID) }
            cells[entry.caseID, default: [:]][entry.driver] = entry.outcome
        }
        var lines = ["\(subject): \(summary)", row("case", drivers.map(\.rawValue))]
        for id in ids { lines.append(row(id, drivers.map { mark(cells[id]?[$0]) })) }
        for (id, reason) in reasons(ids, cells) { lines.append("\(id) does not apply: \(reason)") }
        lines += failures.map(\.description)
        return lines.joined(separator: "\n")
    }

    private var summary: String {
        let passed = entries.count { if case .passed = $0.outcome { true } else { false } }
        return "\(passed) passed, \(failures.count) failed, \(entries.count - passed - failures.count) do not apply"
    }

    private func reasons(
        _ ids: [String], _ cells: [String: [ConformanceDriver: ConformanceOutcome]]
    ) -> [(String, String)] {
        ids.compactMap { id in
            guard let outcomes = cells[id]?.values, let first = outcomes.first,
                outcomes.allSatisfy({ if case .notApplicable = $0 { true } else { false } }),
                case .notApplicable(let reason) = first
            else { return nil }
            return (id, reason)
        }
    }

    private func mark(_ outcome: ConformanceOutcome?) -> String {
        switch outcome {
        case .passed: "passed"
        case .failed: "FAILED"
        case .notApplicable: "–"
        case nil: ""
        }
    }

    private func row(_ name: String, _ cells: [String]) -> String {
        var line = ""
        for cell in [name] + cells { line += cell + String(repeating: " ", count: max(1, 10 - cell.count)) }
        while line.last == " " { line.removeLast() }
        return line
    }
}
