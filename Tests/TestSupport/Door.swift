import TransportCore

/// A door that a thread waits at until the test opens it.
public final class Door: Sendable {
    private let state = Locked((isOpen: false, waiting: 0))

    /// Makes a closed door.
    public init() {}

    /// Blocks until the door is open.
    public func pass() {
        state.withLock { $0.waiting += 1 }
        state.wakeAll()
        _ = state.wait(until: Patience.end) { $0.isOpen ? true : nil }
    }

    /// Blocks until a thread waits at the door.
    ///
    /// - Returns: Whether one does; false when ``Patience`` ran out.
    public func untilReached() -> Bool {
        state.wait(until: Patience.end) { $0.waiting > 0 ? true : nil } ?? false
    }

    /// Lets everyone pass, from now on.
    public func open() {
        state.withLock { $0.isOpen = true }
        state.wakeAll()
    }
}
