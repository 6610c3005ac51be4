import Dispatch
public import Testing

/// How long a test waits before it calls something hung: only a test that fails waits so long.
///
/// Tests share two threads on a small machine, and many wait for their turn: what takes a moment alone takes a minute there.
public enum Patience {
    /// The time for an operation.
    public static let time: Duration = .seconds(60)

    /// The end of a wait that begins now, in nanoseconds of the monotonic clock.
    public static var end: Int64 { now + time.components.seconds * 1_000_000_000 }

    /// The time of the monotonic clock, in nanoseconds.
    static var now: Int64 { Int64(clamping: DispatchTime.now().uptimeNanoseconds) }
}

extension Trait where Self == TimeLimitTrait {
    /// For tests that would hang if what they test did.
    public static var unlessHung: Self { .timeLimit(.minutes(10)) }
}
