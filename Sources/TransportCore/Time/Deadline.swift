/// The instant by which an operation must be done, or never.
///
/// Deadlines are absolute, so that one of them can be handed through resolving, connecting, a handshake and the first
/// bytes, and all of these share one budget. A `timeout:` is turned into a deadline once, at the outermost call.
public struct Deadline: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// `Int64.max` stands for "never", so that comparing deadlines is comparing numbers.
    @usableFromInline let nanoseconds: Int64

    @inlinable
    init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// No deadline: wait as long as it takes.
    @inlinable public static var never: Deadline { Deadline(nanoseconds: .max) }

    /// A deadline that has always passed: anything that waits for it fails at once.
    @inlinable public static var passed: Deadline { Deadline(nanoseconds: .min) }

    /// A deadline at an instant of the clock in use.
    @inlinable
    public static func at(_ instant: Instant) -> Deadline { Deadline(nanoseconds: instant.nanoseconds) }

    /// The instant, or nil for ``never``.
    @inlinable public var instant: Instant? { nanoseconds == .max ? nil : Instant(nanoseconds: nanoseconds) }

    /// Whether the deadline is at or before `now`.
    @inlinable
    public func hasPassed(at now: Instant) -> Bool { nanoseconds != .max && nanoseconds <= now.nanoseconds }

    /// How long there is left at `now`: nil for ``never``, zero when the deadline has passed.
    public func remaining(at now: Instant) -> Duration? {
        guard let instant else { return nil }
        return instant <= now ? .zero : now.duration(to: instant)
    }

    /// The deadline for a person: "never", "passed", or where on the clock it is, such as "at 12.5 s of the clock".
    public var description: String {
        switch self {
        case .never: "never"
        case .passed: "passed"
        default: "at \(Duration.nanoseconds(nanoseconds).briefText) of the clock"
        }
    }

    /// Whether `left` comes before `right`; ``never`` comes last.
    @inlinable
    public static func < (left: Deadline, right: Deadline) -> Bool { left.nanoseconds < right.nanoseconds }
}
