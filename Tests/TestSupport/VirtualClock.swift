public import TransportCore

/// A clock that moves only when someone waits for it, so that a timeout of 30 seconds takes microseconds and is exact.
///
/// Everything that a scripted backend makes shares one clock.
public final class VirtualClock: TimeSource {
    private let start: Instant
    private let instant: Locked<Instant>

    /// Makes a clock.
    ///
    /// - Parameter start: The first instant. The default is not the clock's origin, so that a program that takes an
    ///   instant for a duration is found out.
    public init(startingAt start: Instant = Instant(nanoseconds: 1_000_000_000_000_000)) {
        self.start = start
        instant = Locked(start)
    }

    /// The present instant.
    public var now: Instant { instant.withLock { $0 } }

    /// How long it is since the clock was made.
    public var elapsed: Duration { start.duration(to: now) }

    /// The instant that lies `elapsed` after the clock's start.
    public func instant(after elapsed: Duration) -> Instant { start.advanced(by: elapsed) }

    /// The deadline that lies `elapsed` after the clock's start.
    public func deadline(_ elapsed: Duration) -> Deadline { .at(instant(after: elapsed)) }

    /// Moves the clock on to an instant, unless it is there already.
    public func advance(to later: Instant) { instant.withLock { $0 = max($0, later) } }

    /// Moves the clock on.
    public func advance(by duration: Duration) { instant.withLock { $0 = $0.advanced(by: duration) } }
}
