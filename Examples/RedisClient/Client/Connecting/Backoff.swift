/// How long a client waits before it tries to connect again: twice as long after each failure, up to a limit.
///
/// Part of it is chance, so that a thousand clients that lost the same server do not all come back at the same instant.
public struct Backoff: Hashable, Sendable {
    /// The wait after the first failure.
    public let initial: Duration
    /// The longest wait.
    public let maximum: Duration

    /// Makes a back-off.
    ///
    /// - Parameters:
    ///   - initial: The wait after the first failure. The default is 50 ms; negative counts as zero.
    ///   - maximum: The longest wait. The default is 2 s; at most a day.
    public init(initial: Duration = .milliseconds(50), maximum: Duration = .seconds(2)) {
        self.initial = max(.zero, initial)
        self.maximum = min(max(.zero, maximum), .seconds(86_400))
    }

    /// The wait after a number of failures in a row: from one half to the whole of the doubled time.
    ///
    /// - Parameters:
    ///   - failures: How many failures there were in a row; with none there is no wait.
    ///   - random: A number of which every bit is chance.
    public func delay(afterFailures failures: Int, random: UInt64) -> Duration {
        guard failures > 0, initial > .zero else { return .zero }
        var whole = min(initial, maximum)
        for _ in 1..<failures {
            guard whole < maximum else { break }
            whole = min(whole + whole, maximum)
        }
        let (seconds, attoseconds) = whole.components
        let nanoseconds = UInt64(clamping: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
        let least = nanoseconds / 2
        // The upper half of the product is even over 0 ... nanoseconds - least.
        let rest = random.multipliedFullWidth(by: nanoseconds - least + 1).high
        return .nanoseconds(Int64(clamping: least + rest))
    }
}
