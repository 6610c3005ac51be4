/// How often something is tried again after a failure, and how long is waited before.
///
/// The pauses grow by a factor up to a longest one. Part of each is left to chance, so that many clients that have lost one
/// server do not come back to it at the same moment.
public struct RetryPolicy: Sendable {
    /// How often it is tried in all, 1 or more.
    public var maxAttempts: Int
    /// The pause after the first failure, before chance has its part.
    public var firstPause: Duration
    /// By how much each pause is longer than the one before, 1 or more.
    public var factor: Double
    /// The longest pause.
    public var longestPause: Duration
    /// Which part of each pause is left to chance, from 0 (none) to 1 (a pause is anything from nothing to its full length).
    public var jitter: Double
    /// Whether an error is one after which it may be tried again.
    public var isRetryable: @Sendable (TransportError) -> Bool

    /// Makes a policy.
    ///
    /// - Parameters:
    ///   - maxAttempts: How often it is tried in all. The default is 5.
    ///   - firstPause: The pause after the first failure. The default is 100 ms.
    ///   - factor: By how much each pause is longer. The default is 2.
    ///   - longestPause: The longest pause. The default is 10 s.
    ///   - jitter: Which part of each pause is left to chance. The default is a half.
    ///   - isRetryable: Whether an error is one after which it may be tried again. The default is
    ///     ``TransportError/isSafelyRetryable``: failures to connect that may pass.
    public init(
        maxAttempts: Int = 5, firstPause: Duration = .milliseconds(100), factor: Double = 2,
        longestPause: Duration = .seconds(10), jitter: Double = 0.5,
        isRetryable: @escaping @Sendable (TransportError) -> Bool = { $0.isSafelyRetryable }
    ) {
        self.maxAttempts = maxAttempts
        self.firstPause = firstPause
        self.factor = factor
        self.longestPause = longestPause
        self.jitter = jitter
        self.isRetryable = isRetryable
    }

    /// The pause after so many failures.
    ///
    /// - Parameters:
    ///   - failures: How many failures there were, 1 or more.
    ///   - random: A random number, for the part that is left to chance.
    func pause(after failures: Int, random: UInt64) -> Duration {
        let limit = Double(max(0, longestPause.saturatingNanoseconds))
        var pause = min(Double(max(0, firstPause.saturatingNanoseconds)), limit)
        var rest = failures - 1
        // Nothing becomes of no pause at all, however often it is doubled.
        while rest > 0, pause > 0, pause < limit, factor > 1 {
            pause = min(pause * factor, limit)
            rest -= 1
        }
        let chance = Double(random >> 11) / Double(1 << 53)  // all that fits a Double
        let part = jitter.isNaN ? 0 : min(max(jitter, 0), 1)
        return .nanoseconds(Int64(exactly: (pause * (1 - part * chance)).rounded()) ?? .max)
    }
}

extension TransportError {
    /// Whether it is safe and makes sense to do again what failed: nothing was sent yet, because it failed to resolve or to
    /// connect, and the cause may pass.
    ///
    /// A failure to send or to receive never counts: the peer may have acted on what it got. Whoever knows that the
    /// operation may be done twice says so with a condition of their own (``RetryPolicy/isRetryable``).
    public var isSafelyRetryable: Bool {
        isOfOpening && retrySafety == .nothingSent && kind.mayPass
    }

    private var isOfOpening: Bool {
        switch operation {
        case .resolve, .open, .bind, .connect: true
        default: false
        }
    }
}

extension TransportError.Kind {
    /// Whether another try may find that it has passed.
    fileprivate var mayPass: Bool {
        switch self {
        case .timedOut, .peerUnresponsive, .connectionRefused, .connectionReset, .connectionAborted, .hostUnreachable,
            .networkUnreachable, .nameServiceUnavailable, .tooManyOpenFiles, .outOfResources, .addressNotAvailable,
            .truncated,
            .unexpectedEnd, .noSuchFile:
            true
        default: false
        }
    }
}
