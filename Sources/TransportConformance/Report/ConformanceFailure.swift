/// A rule that a transport does not keep: which one, how that shows, and what happened before.
public struct ConformanceFailure: Error, Sendable, CustomStringConvertible {
    /// The case, such as `EOF-01`.
    public let caseID: String

    /// The rule, in one sentence.
    public let rule: String

    /// How the case was run; nil when it is about the difference between drivers.
    public let driver: ConformanceDriver?

    /// The name of the subject.
    public let subject: String

    /// What the rule wants at the place where the case failed.
    public let expected: String

    /// What there was in its place.
    public let found: String

    /// What the ends had done until then, a line for each operation.
    public let trace: [String]

    /// The failure for a person, in several lines.
    public var description: String {
        let how = driver.map { ", \($0)" } ?? ""
        var lines = [
            "\(caseID) (\(subject)\(how)): \(rule)",
            "  expected: \(expected)",
            "  found:    \(found)",
        ]
        // A long story is told from its end.
        let shown = trace.suffix(20)
        if !shown.isEmpty { lines.append("  before:") }
        if shown.count < trace.count { lines.append("    … \(trace.count - shown.count) more") }
        lines += shown.map { "    \($0)" }
        return lines.joined(separator: "\n")
    }
}
