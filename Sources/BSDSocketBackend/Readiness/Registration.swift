internal import CSockets
internal import Synchronization
internal import TransportCore

/// A socket's place in a reactor: what is known of its readiness, and who waits for it.
///
/// The system tells of changes only, once each. What it told stands here until an operation finds it to be over.
final class Registration: Sendable {
    let reactor: SocketReactor
    /// By what the reactor finds this object; never given twice.
    let token: UInt64

    /// Who waits: the first of a chain. Touched only with the reactor's lock held, which needs no further check.
    @exclusivity(unchecked) nonisolated(unsafe) var firstWaiter: ReactorWaiter?

    /// The readiness in the lowest bits, above them a number that grows with each event.
    private let state = Atomic<UInt64>(0)
    private static let oneEvent: UInt64 = 1 << 8
    private static let moreToCome = UInt64(csockets_event_urgent | csockets_event_ended)

    init(_ reactor: SocketReactor, token: UInt64) {
        self.reactor = reactor
        self.token = token
    }

    /// What is known now, to be given to ``lacks(_:since:)`` after an attempt.
    var snapshot: UInt64 { state.load(ordering: .acquiring) }

    /// Whether a direction is ready as far as is known.
    func isReady(for interest: Need.Interest) -> Bool { snapshot & UInt64(interest.rawValue) != 0 }

    /// Notes an event. The flags are those of `Need.Interest`, and that there is urgent data.
    func note(_ flags: UInt32) {
        var old = snapshot
        while true {
            let (exchanged, original) = state.compareExchange(
                expected: old, desired: (old | UInt64(flags)) &+ Self.oneEvent, ordering: .acquiringAndReleasing
            )
            if exchanged { return }
            old = original
        }
    }

    /// Notes that an attempt found a direction not ready. An event that has come since the attempt began counts for more.
    func lacks(_ interest: Need.Interest, since snapshot: UInt64) {
        _ = state.compareExchange(
            expected: snapshot, desired: snapshot & ~UInt64(interest.rawValue), ordering: .acquiringAndReleasing
        )
    }

    /// Takes somebody out of the chain of those who wait; with the reactor's lock held.
    func remove(_ waiter: ReactorWaiter) {
        if firstWaiter === waiter {
            firstWaiter = waiter.next
        } else {
            var place = firstWaiter
            while let here = place, here.next !== waiter { place = here.next }
            place?.next = waiter.next
        }
        waiter.next = nil
    }

    /// Notes that a receive had room for more than it got: there is no more, unless it stopped at urgent data or before the
    /// end, which the event that told of the bytes may have told of, too.
    func gotAll(since snapshot: UInt64) {
        if snapshot & Self.moreToCome == 0 { lacks(.readable, since: snapshot) }
    }
}

/// A task that waits for a socket. Used again and again: waiting allocates nothing in the long run.
///
/// Touched only with the reactor's lock held.
final class ReactorWaiter: TimerNode {
    enum Outcome {
        case ready, expired, cancelled
    }

    @exclusivity(unchecked) var place = TimerPlace()
    @exclusivity(unchecked) var interest: Need.Interest = []
    /// How the task goes on; nil while it does not wait.
    @exclusivity(unchecked) var continuation: UnsafeContinuation<Void, Never>?
    @exclusivity(unchecked) var registration: Registration?
    /// Who else waits for the same socket.
    @exclusivity(unchecked) var next: ReactorWaiter?
    @exclusivity(unchecked) var outcome: Outcome?
}
