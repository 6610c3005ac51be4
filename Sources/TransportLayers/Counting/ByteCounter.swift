internal import Synchronization
public import TransportCore

/// Counts what passes through streams: one, or all of a backend.
///
/// Counting costs a few atomic instructions, and no lock. The numbers may be read at any time, from any thread.
public final class ByteCounter: Sendable {
    /// The numbers at a moment.
    public struct Totals: Hashable, Sendable {
        /// The bytes that were received.
        public var received: UInt64 = 0
        /// The bytes that were sent.
        public var sent: UInt64 = 0
        /// How many receives gave bytes.
        public var receives: UInt64 = 0
        /// How many sends took bytes.
        public var sends: UInt64 = 0
    }

    private let received = Atomic<UInt64>(0)
    private let sent = Atomic<UInt64>(0)
    private let receives = Atomic<UInt64>(0)
    private let sends = Atomic<UInt64>(0)
    /// When something passed last, or the counter's stream began; `Int64.min` for never.
    private let lastUse = Atomic<Int64>(.min)

    /// What counts the same, too: the sum of several counters.
    private let total: ByteCounter?

    /// Makes a counter that begins at 0.
    ///
    /// - Parameter total: A counter that counts the same, too. The default is none.
    public init(addingTo total: ByteCounter? = nil) { self.total = total }

    /// The numbers at this moment. Each is right; under way, they need not belong together.
    public var totals: Totals {
        Totals(
            received: received.load(ordering: .relaxed), sent: sent.load(ordering: .relaxed),
            receives: receives.load(ordering: .relaxed), sends: sends.load(ordering: .relaxed)
        )
    }

    /// How long nothing has passed; nil when nothing ever has.
    ///
    /// - Parameter now: The present time of the streams' clock: `backend.now`.
    public func idleTime(at now: Instant) -> Duration? {
        let last = lastUse.load(ordering: .relaxed)
        guard last != .min else { return nil }
        return max(.zero, Instant(nanoseconds: last).duration(to: now))
    }

    /// Counts bytes that were received.
    public func countReceived(_ count: Int, at now: Instant) {
        received.add(UInt64(count), ordering: .relaxed)
        receives.add(1, ordering: .relaxed)
        lastUse.store(now.nanoseconds, ordering: .relaxed)
        total?.countReceived(count, at: now)
    }

    /// Counts bytes that were sent.
    public func countSent(_ count: Int, at now: Instant) {
        sent.add(UInt64(count), ordering: .relaxed)
        sends.add(1, ordering: .relaxed)
        lastUse.store(now.nanoseconds, ordering: .relaxed)
        total?.countSent(count, at: now)
    }

    /// Says that a stream begins: it is idle from now on.
    func begin(at now: Instant) {
        lastUse.store(now.nanoseconds, ordering: .relaxed)
        total?.begin(at: now)
    }
}

/// The answer to a connection's `query`: the counter of this stream.
public enum StreamCounter: MetadataKey {
    /// A counter.
    public typealias Value = ByteCounter
}
