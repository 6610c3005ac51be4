/// One of several attempts at something.
public struct RetryAttempt: Sendable, CustomStringConvertible {
    /// Which attempt it is; the first one is 1.
    public let number: Int
    /// Until when all attempts together may take: give it to the calls of the attempt.
    public let deadline: Deadline
    /// How much of the time was left when the attempt began; nil where there is no deadline.
    let left: Duration?

    /// Which attempt it is and how much time was left when it began, such as `attempt 2, with 3.85 s left`.
    public var description: String { "attempt \(number)\(left.map { ", with \($0.briefText) left" } ?? "")" }
}
