public import TransportCore

/// How many bytes may pass in a time: a token bucket, for one connection or shared by many.
///
/// It has no clock of its own: whoever asks says what time it is, so that it works in virtual time.
public final class RateLimiter: Sendable {
    /// The bytes that may pass in a second, in the long run.
    public let bytesPerSecond: Int

    /// How many bytes may pass at once after a pause.
    public let burst: Int

    /// When everything that was granted will be paid for, in nanoseconds; the bucket is full from then on.
    private let paidAt = Locked<Int64>(.min)

    /// Makes a limiter.
    ///
    /// - Parameters:
    ///   - bytesPerSecond: The rate, from 1 to 2^40.
    ///   - burst: How many bytes may pass at once, from 1 to 2^30. The default, nil, is what passes in a tenth of a second.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for other numbers.
    public init(bytesPerSecond: Int, burst: Int? = nil) throws(TransportError) {
        let burst = burst ?? min(1 << 30, max(1, bytesPerSecond / 10))
        guard (1...1 << 40).contains(bytesPerSecond), (1...1 << 30).contains(burst) else {
            throw .invalidArgument(
                "a rate is from 1 to 2^40 bytes per second with a burst of 1 to 2^30 bytes, and not \(bytesPerSecond) and "
                    + "\(burst)", operation: .open
            )
        }
        self.bytesPerSecond = bytesPerSecond
        self.burst = burst
    }

    /// What was granted.
    enum Grant {
        /// So many bytes, at least 1.
        case bytes(Int)
        /// Nothing before an instant.
        case notBefore(Instant)
    }

    /// Asks for bytes.
    ///
    /// Less is granted than is asked for when there is less; but not so little that a slow stream would be one of single
    /// bytes.
    func ask(for count: Int, at now: Instant) -> Grant {
        paidAt.withLock { paidAt in
            let debt = max(0, paidAt.subtractingSaturated(now.nanoseconds))
            // What is missing to a full bucket, rounded up so that the rate is never exceeded.
            let (product, overflow) = debt.multipliedReportingOverflow(by: Int64(bytesPerSecond))
            let missing = overflow ? Int64(burst) : (product + 999_999_999) / 1_000_000_000
            let available = max(0, Int64(burst) - missing)
            let least = min(Int64(count), max(1, Int64(min(burst, bytesPerSecond / 100))))
            guard available >= least else {
                // Rounded up: at this instant there must be enough, or whoever waits for it would ask again and again.
                let early = (Int64(burst) - least) * 1_000_000_000 / Int64(bytesPerSecond)
                return .notBefore(Instant(nanoseconds: paidAt - early))
            }
            let granted = min(Int64(count), available)
            paidAt = max(paidAt, now.nanoseconds) + time(for: granted)
            return .bytes(Int(granted))
        }
    }

    /// Gives back what was granted and not used.
    func giveBack(_ count: Int) {
        if count > 0 { paidAt.withLock { $0 -= time(for: Int64(count)) } }
    }

    /// How long so many bytes take, in nanoseconds. At most 2^30 bytes are asked for at once.
    private func time(for count: Int64) -> Int64 {
        (count * 1_000_000_000 + Int64(bytesPerSecond) - 1) / Int64(bytesPerSecond)
    }

    /// When a byte may pass, or nil for now.
    func nextInstant(at now: Instant) -> Instant? {
        switch ask(for: 1, at: now) {
        case .bytes(let count):
            giveBack(count)
            return nil
        case .notBefore(let instant): return instant
        }
    }
}

extension Int64 {
    fileprivate func subtractingSaturated(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other > 0 ? .min : .max) : difference
    }
}
