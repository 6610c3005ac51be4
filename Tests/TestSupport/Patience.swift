import Dispatch

/// How long a test waits for another thread before it calls it hung: only a test that fails waits so long.
public enum Patience {
    /// The end of a wait that begins now, in nanoseconds of the monotonic clock.
    public static var end: Int64 { Int64(clamping: DispatchTime.now().uptimeNanoseconds) + 10_000_000_000 }
}
