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

    /// Who waits: the first of a chain, each of whom is kept by the task that waits. Touched only with the reactor's lock
    /// held, which needs no further check.
    @exclusivity(unchecked) nonisolated(unsafe) var firstWaiter: Unmanaged<ReactorWaiter>?

    /// For whoever waits while nobody else does, which is nearly always so.
    private let ownWaiter = ReactorWaiter()

    /// The readiness in the lowest bits, above them a number that grows with each event.
    private let state = Atomic<UInt64>(0)
    private static let oneEvent: UInt64 = 1 << 8
    /// Set when the socket was closed, which is what every wait is for then.
    private static let closed: UInt32 = 1 << 7
    private static let moreToCome = UInt64(csockets_event_urgent | csockets_event_ended)

    init(_ reactor: SocketReactor, token: UInt64) {
        self.reactor = reactor
        self.token = token
        ownWaiter.registration = .passUnretained(self)
    }

    /// What is known now, to be given to ``lacks(_:since:)`` after an attempt.
    var snapshot: UInt64 { state.load(ordering: .acquiring) }

    /// Whether a direction is ready as far as is known, or the socket was closed.
    func isReady(for interest: Need.Interest) -> Bool {
        snapshot & UInt64(UInt32(interest.rawValue) | Self.closed) != 0
    }

    /// Notes that the socket was closed: a wait that begins now, of which whoever closed it cannot know, is over at once.
    func noteClosing() { note(Self.closed) }

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

    /// Notes that a receive had room for more than it got: there is no more, unless it stopped at urgent data or before the
    /// end, which the event that told of the bytes may have told of, too.
    func gotAll(since snapshot: UInt64) {
        if snapshot & Self.moreToCome == 0 { lacks(.readable, since: snapshot) }
    }

    // MARK: Who waits

    /// Whether tasks that wait here are only woken here, and go on elsewhere.
    var wakesOnly: Bool { reactor.loop.wakesOnly }

    /// Gives somebody who is about to wait a waiter, which stays until ``giveBack(_:)``.
    func takeWaiter() -> Unmanaged<ReactorWaiter> {
        if ownWaiter.take() { return .passUnretained(ownWaiter) }
        let waiter = reactor.loop.state.withLock { $0.freeWaiters.popLast() } ?? ReactorWaiter()
        waiter.registration = .passUnretained(self)
        return .passRetained(waiter)
    }

    /// Takes a waiter back that nobody else can know any more.
    func giveBack(_ waiter: Unmanaged<ReactorWaiter>) {
        waiter._withUnsafeGuaranteedRef { $0.outcome = nil }
        if waiter.toOpaque() == Unmanaged.passUnretained(ownWaiter).toOpaque() { return ownWaiter.letGo() }
        let waiter = waiter.takeRetainedValue()
        waiter.registration = nil
        reactor.loop.state.withLock { $0.freeWaiters.append(waiter) }
    }

    /// Puts somebody into the chain of those who wait; with the reactor's lock held.
    func add(_ waiter: ReactorWaiter) {
        waiter.next = firstWaiter
        firstWaiter = .passUnretained(waiter)
    }

    /// Takes somebody out of the chain of those who wait; with the reactor's lock held.
    func remove(_ waiter: ReactorWaiter) {
        let gone = Unmanaged.passUnretained(waiter).toOpaque()
        if firstWaiter?.toOpaque() == gone {
            firstWaiter = waiter.next
        } else {
            var place = firstWaiter
            while let here = place, here._withUnsafeGuaranteedRef({ $0.next })?.toOpaque() != gone {
                place = here._withUnsafeGuaranteedRef { $0.next }
            }
            place?._withUnsafeGuaranteedRef { $0.next = waiter.next }
        }
        waiter.next = nil
    }
}

/// A registration, without counting the references to it: for users of the handle that keeps it.
extension Unmanaged<Registration> {
    var snapshot: UInt64 { _withUnsafeGuaranteedRef { $0.snapshot } }

    func isReady(for interest: Need.Interest) -> Bool { _withUnsafeGuaranteedRef { $0.isReady(for: interest) } }

    func lacks(_ interest: Need.Interest, since snapshot: UInt64) {
        _withUnsafeGuaranteedRef { $0.lacks(interest, since: snapshot) }
    }

    func gotAll(since snapshot: UInt64) { _withUnsafeGuaranteedRef { $0.gotAll(since: snapshot) } }
}
