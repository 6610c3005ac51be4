/// A point in the time of a ``TimeSource``, in nanoseconds since that clock's own origin.
///
/// The clock is monotonic: it never goes back and does not follow changes of the wall clock. Instants of different
/// clocks (the system's and a virtual one) have nothing to do with each other.
///
/// ```swift
/// let start = backend.now
/// try connection.sendAll(request)
/// print("that took \(backend.now - start)")
/// ```
public struct Instant: InstantProtocol, Hashable, Sendable {
    /// Nanoseconds since the clock's origin. 64 bits last for 292 years.
    public let nanoseconds: Int64

    /// Makes an instant from nanoseconds since the clock's origin.
    @inlinable
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Whether `left` comes before `right`.
    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The instant that lies `duration` later, or earlier for a negative one; saturates at the ends of the range.
    public func advanced(by duration: Duration) -> Instant {
        if let exact = duration.exactNanoseconds { return advanced(byExact: exact) }
        // From one end of the range, more than 64 bits may still lead to somewhere within: in at most three parts.
        let part: Int64 = duration < .zero ? .min : .max
        var (end, rest) = (self, duration)
        while end.nanoseconds != part, rest.exactNanoseconds == nil {
            end = end.advanced(byExact: part)
            rest -= .nanoseconds(part)
        }
        return end.advanced(byExact: rest.saturatingNanoseconds)
    }

    private func advanced(byExact duration: Int64) -> Instant {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(duration)
        return Instant(nanoseconds: overflow ? duration < 0 ? .min : .max : sum)
    }

    /// How long it is from this instant to another; negative when that lies before this one.
    public func duration(to other: Instant) -> Duration {
        let (difference, overflow) = other.nanoseconds.subtractingReportingOverflow(nanoseconds)
        if overflow { return .nanoseconds(other < self ? Int64.min : Int64.max) }
        return .nanoseconds(difference)
    }
}

// The protocol has operators of its own, which trap at the ends of the range: these are as its functions are.
extension Instant {
    /// The instant that lies a duration later; saturates at the ends of the range.
    public static func + (left: Instant, right: Duration) -> Instant { left.advanced(by: right) }

    /// The instant that lies a duration earlier; saturates at the ends of the range.
    public static func - (left: Instant, right: Duration) -> Instant {
        // The negative of a duration may be too long for one; nothing is a thousand years away.
        left.advanced(by: .zero - max(right, .seconds(-31_557_600_000)))
    }

    /// How long it is from the right instant to the left one; negative when the left one lies before.
    public static func - (left: Instant, right: Instant) -> Duration { right.duration(to: left) }

    /// Moves the instant to a later one; saturates at the ends of the range.
    public static func += (left: inout Instant, right: Duration) { left = left + right }

    /// Moves the instant to an earlier one; saturates at the ends of the range.
    public static func -= (left: inout Instant, right: Duration) { left = left - right }
}

extension Duration {
    /// The duration in whole nanoseconds, rounded up, or nil when 64 bits do not hold them.
    var exactNanoseconds: Int64? {
        // Looking at the components of a duration of more than 2^63 seconds traps.
        guard self <= .nanoseconds(Int64.max), self >= .nanoseconds(Int64.min) else { return nil }
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return nil }
        // Rounded up: a positive timeout must not become 0, which would mean "do not wait".
        let fraction = attoseconds > 0 ? (attoseconds + 999_999_999) / 1_000_000_000 : attoseconds / 1_000_000_000
        let (sum, sumOverflow) = scaled.addingReportingOverflow(fraction)
        return sumOverflow ? nil : sum
    }

    /// The duration in whole nanoseconds, or the end of the range that it exceeds.
    package var saturatingNanoseconds: Int64 { exactNanoseconds ?? (self < .zero ? .min : .max) }
}
