public import Synchronization

/// Lets one operation per direction into a connection, and none once it is closed or broken.
///
/// One atomic word holds all of it, so that entering and leaving cost one uncontended atomic instruction each. Its upper
/// half counts what has been done, so that a server can tell whether a connection is idle.
@usableFromInline
struct OperationGate: ~Copyable, Sendable {
    /// What the bits of the word mean.
    @usableFromInline
    struct State: OptionSet, Sendable {
        @usableFromInline let rawValue: UInt32

        @inlinable
        init(rawValue: UInt32) { self.rawValue = rawValue }

        /// A receive is in progress.
        @inlinable static var receiving: State { State(rawValue: 1 << 0) }
        /// A send is in progress.
        @inlinable static var sending: State { State(rawValue: 1 << 1) }
        /// Receiving has failed for good, and the connection knows why.
        @inlinable static var receiveFailed: State { State(rawValue: 1 << 2) }
        /// Sending has failed for good, and the connection knows why.
        @inlinable static var sendFailed: State { State(rawValue: 1 << 3) }
        /// Receiving has failed with an error that ends sending too.
        @inlinable static var receiverSawDeath: State { State(rawValue: 1 << 4) }
        /// This end has ended its sending direction.
        @inlinable static var writeShutdown: State { State(rawValue: 1 << 5) }
        /// This end was closed.
        @inlinable static var closed: State { State(rawValue: 1 << 6) }
        /// This end was closed in the way its protocol asks for.
        @inlinable static var finished: State { State(rawValue: 1 << 7) }
        /// Such an ending is under way.
        @inlinable static var ending: State { State(rawValue: 1 << 8) }
        /// How many waits are in progress: the rest of the lower half is a number.
        static var waits: State { State(rawValue: 0xFE00) }
    }

    @usableFromInline let word = Atomic<UInt32>(0)

    init() {}

    @inlinable var state: State { State(rawValue: word.load(ordering: .acquiring)) }

    /// Takes a direction.
    ///
    /// - Parameters:
    ///   - direction: ``State/receiving`` or ``State/sending``.
    ///   - obstacles: What keeps the operation out.
    /// - Returns: The obstacles that are there, the direction itself among them when it is taken; empty when the
    ///   direction is now the caller's.
    @inlinable
    func enter(_ direction: State, unless obstacles: State) -> State {
        let old = State(rawValue: word.bitwiseOr(direction.rawValue, ordering: .acquiringAndReleasing).oldValue)
        let found = old.intersection(obstacles.union(direction))
        if !found.isEmpty, !old.contains(direction) { leave(direction) }
        return found
    }

    /// One thing done.
    @inlinable static var oneDone: UInt32 { 1 << 16 }

    /// A number that changes with everything that is done, in both directions; it goes round.
    var activity: UInt16 { UInt16(truncatingIfNeeded: word.load(ordering: .relaxed) >> 16) }

    /// Whether somebody waits for the object, or is about to find out whether that is necessary.
    var isAwaited: Bool { !state.isDisjoint(with: [.receiving, .sending, .ending, .waits]) }

    /// One wait in progress.
    private static var oneWait: UInt32 { 1 << 9 }

    /// Counts a wait that takes no direction, or an accept. More than 127 at once run over into the upper half, where a
    /// server then sees an activity that there was not.
    func enterWait() { word.wrappingAdd(Self.oneWait, ordering: .relaxed) }

    /// Counts it no longer.
    func leaveWait() { word.wrappingSubtract(Self.oneWait, ordering: .relaxed) }

    /// Sets the closed bit, unless somebody waits.
    ///
    /// Only for listeners: they count no activity, so that their waits may be more than the 127 of the lower half, and every
    /// bit from the first one of ``State/waits`` up tells of some.
    ///
    /// - Returns: What keeps it from being set, ``State/closed`` or some of the upper bits; empty when it is set now.
    func closeUnlessWaitedFor() -> State {
        var old = word.load(ordering: .acquiring)
        while true {
            let found = State(rawValue: old & (State.closed.rawValue | ~(Self.oneWait - 1)))
            guard found.isEmpty else { return found }
            let (isDone, present) = word.weakCompareExchange(
                expected: old, desired: old | State.closed.rawValue, ordering: .acquiringAndReleasing
            )
            if isDone { return [] }
            old = present
        }
    }

    /// Counts something that was done while the operation goes on.
    @inlinable
    func noteActivity() { word.wrappingAdd(Self.oneDone, ordering: .relaxed) }

    /// Gives a direction back, which the caller has taken, and counts what was done.
    @inlinable
    func leaveHavingDone(_ direction: State) {
        // The direction's bit is set: taking it away as a number touches no other bit.
        word.wrappingAdd(Self.oneDone &- direction.rawValue, ordering: .acquiringAndReleasing)
    }

    /// Gives a direction back.
    @inlinable
    func leave(_ direction: State) {
        word.bitwiseAnd(~direction.rawValue, ordering: .acquiringAndReleasing)
    }

    /// Sets bits for good.
    ///
    /// - Returns: The state before.
    @discardableResult
    func set(_ bits: State) -> State {
        State(rawValue: word.bitwiseOr(bits.rawValue, ordering: .acquiringAndReleasing).oldValue)
    }
}
