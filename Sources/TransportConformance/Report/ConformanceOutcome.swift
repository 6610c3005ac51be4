/// What came of a case.
public enum ConformanceOutcome: Sendable, CustomStringConvertible {
    /// The transport keeps the rule.
    case passed
    /// The rule does not apply to the transport, for a reason.
    case notApplicable(String)
    /// The transport does not keep the rule.
    case failed(ConformanceFailure)

    /// Whether the transport keeps the rule or the rule does not apply.
    public var isSuccess: Bool {
        if case .failed = self { return false }
        return true
    }

    /// The outcome in words.
    public var description: String {
        switch self {
        case .passed: "passed"
        case .notApplicable(let reason): "not applicable: \(reason)"
        case .failed(let failure): "failed: \(failure)"
        }
    }
}
