internal import TransportCore

/// How long one call may wait.
struct Limit: Sendable {
    var timeout: Duration?
    var deadline: Deadline?

    /// As long as it takes.
    static let none = Limit()
    /// Not at all.
    static let atOnce = Limit(timeout: .zero)

    static func within(_ timeout: Duration) -> Limit { Limit(timeout: timeout) }
    static func until(_ deadline: Deadline) -> Limit { Limit(deadline: deadline) }
}
