internal import Synchronization

/// Something that happens once, for which threads and tasks wait in a source's time.
///
/// A layer needs it where one of several calls does something for all of them: whoever finds that somebody is at it waits
/// at the transport below, which is a ``ReadinessSource``, until that one sets the event. A lock with a condition would not do:
/// time that is virtual stands still while a thread waits for something that the clock does not know.
public final class WakeEvent: Sendable {
    private struct Waker {
        let number: Int
        let wake: @Sendable () -> Void
    }

    private let wakers = Locked((count: 0, waiting: [Waker]()))
    private let hasHappened = Atomic(false)

    /// Makes an event that has not happened yet.
    public init() {}

    /// Whether it has happened.
    public var isSet: Bool { hasHappened.load(ordering: .acquiring) }

    /// Has it happen, and wakes everyone who waits for it. Never waits; may be called again, to no effect.
    public func set() {
        guard !hasHappened.exchange(true, ordering: .acquiringAndReleasing) else { return }
        // With the lock: a closure that was given up neither runs nor begins to run.
        wakers.withLock { wakers in
            for waker in wakers.waiting { waker.wake() }
            wakers.waiting = []
        }
    }

    /// Has a closure called when the event happens: what a source needs that waits for it.
    ///
    /// - Parameter wake: What is called, once, on the thread that sets the event. It must neither wait nor use this event;
    ///   not called when the event has happened before, which is to be looked at afterwards.
    /// - Returns: What ``forget(_:)`` takes, which must be called when the wait is over.
    public func whenSet(_ wake: @escaping @Sendable () -> Void) -> Int {
        wakers.withLock { wakers in
            wakers.count += 1
            if !isSet { wakers.waiting.append(Waker(number: wakers.count, wake: wake)) }
            return wakers.count
        }
    }

    /// Gives a closure up. It does not run any more when this returns.
    public func forget(_ number: Int) {
        wakers.withLock { wakers in wakers.waiting.removeAll { $0.number == number } }
    }
}
