internal import CSockets
internal import Synchronization
internal import TransportCore

/// A socket's place in a reactor: what is known of its readiness, and who waits for it.
///
/// The system tells of changes only, once each. What it told stands in the handle until an operation finds it to be over.
extension SocketHandle {
    // The readiness is in the lowest bits, above them a number that grows with each event.

    private static var oneEvent: UInt64 { 1 << 8 }
    /// Set when the socket was closed, which is what every wait is for then.
    private static var closed: UInt32 { 1 << 7 }
    private static var moreToCome: UInt64 { UInt64(csockets_event_urgent | csockets_event_ended) }

    /// Whether the socket has a place in a reactor.
    var isRegistered: Bool {
        @inline(__always) get { isPlaced.load(ordering: .acquiring) }
    }

    /// What is known now, to be given to ``lacks(_:since:)`` after an attempt.
    var snapshot: UInt64 { readiness.load(ordering: .acquiring) }

    /// Whether a direction is ready as far as is known, or the socket was closed.
    func isReady(for interest: Need.Interest) -> Bool {
        snapshot & UInt64(UInt32(interest.rawValue) | Self.closed) != 0
    }

    /// Whether an attempt is known to be in vain, so that making it would be a wasted call.
    func isKnownUnready(for interest: Need.Interest) -> Bool { isRegistered && !isReady(for: interest) }

    /// Has those who wait look again, and those who begin to wait just now, of whom nobody can know. To be called by a user.
    func wakeWaiters() {
        // Waits for a time alone end with closing only.
        note(isClosed ? Self.closed : UInt32(Need.Interest.readable.union(.writable).rawValue))
        // For a task that gives the socket its place just now.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        if isRegistered { withLoop { $0.wakeAll(self) } }
    }

    /// Notes an event. The flags are those of `Need.Interest`, and that there is urgent data.
    func note(_ flags: UInt32) {
        var old = snapshot
        while true {
            let (exchanged, original) = readiness.compareExchange(
                expected: old, desired: (old | UInt64(flags)) &+ Self.oneEvent, ordering: .acquiringAndReleasing
            )
            if exchanged { return }
            old = original
        }
    }

    /// Notes that an attempt found a direction not ready. An event that has come since the attempt began counts for more.
    func lacks(_ interest: Need.Interest, since snapshot: UInt64) {
        _ = readiness.compareExchange(
            expected: snapshot, desired: snapshot & ~UInt64(interest.rawValue), ordering: .acquiringAndReleasing
        )
    }

    /// Notes that a receive had room for more than it got: there is no more, unless it stopped at urgent data or before the
    /// end, which the event that told of the bytes may have told of, too.
    func gotAll(since snapshot: UInt64) {
        if snapshot & Self.moreToCome == 0 { lacks(.readable, since: snapshot) }
    }

    /// Makes a call that needs readiness, and notes for those who are suspended when there was none.
    @inline(__always)
    func attempt<Result: SignedInteger>(_ interest: Need.Interest, _ call: () -> Result) -> Result {
        guard isRegistered else { return call() }
        let snapshot = snapshot
        let result = call()
        if result == -Result(EAGAIN) { lacks(interest, since: snapshot) }
        return result
    }

    // MARK: The reactor

    /// Gives the socket a place in a reactor, unless it has one; to be called by a user.
    @inline(__always)
    func register() throws(TransportError) {
        if !isRegistered { try registerNow() }
    }

    private static let registering = Locked(0)

    /// Chooses the reactor whose thread this is, if it is one, unless the socket has a place already.
    package func settleHere() {
        guard let here = ReactorLoop.current?.reactor else { return }
        Self.registering.withLock { _ in
            if !isRegistered { choose(here) }
        }
    }

    @inline(never)
    private func registerNow() throws(TransportError) {
        try Self.registering.withLock { (_) throws(TransportError) in
            if isRegistered { return }
            if reactor == nil { choose(try SocketReactor.current) }
            guard let reactor = reactor?.takeUnretainedValue() else { return }
            if ownWaiter == nil {
                let waiter = ReactorWaiter()
                waiter.handle = .passUnretained(self)
                ownWaiter = .passRetained(waiter)
            }
            // The reactor's thread may look at all of it from then on.
            try reactor.loop.add(self)
            isPlaced.store(true, ordering: .releasing)
        }
        // Whoever wakes users just now sees that the socket has a place, or what they have noted is seen by who waits.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
    }

    private func choose(_ reactor: SocketReactor) {
        let former = self.reactor
        self.reactor = .passRetained(reactor)
        former?.release()
    }

    /// Uses the loop of the socket's reactor without counting references: the handle keeps the reactor, which keeps its loop.
    @inline(__always)
    func withLoop(_ body: (ReactorLoop) -> Void) {
        reactor?._withUnsafeGuaranteedRef { reactor in
            Unmanaged.passUnretained(reactor.loop)._withUnsafeGuaranteedRef(body)
        }
    }

    // MARK: Who waits

    /// Gives somebody who is about to wait a waiter, which stays until ``giveBack(_:)``. The socket has its place.
    func takeWaiter() -> Unmanaged<ReactorWaiter> {
        if let ownWaiter, ownWaiter._withUnsafeGuaranteedRef({ $0.take() }) { return ownWaiter }
        var spare: ReactorWaiter?
        withLoop { loop in spare = loop.state.withLock { $0.freeWaiters.popLast() } }
        let waiter = spare ?? ReactorWaiter()
        waiter.handle = .passUnretained(self)
        return .passRetained(waiter)
    }

    /// Takes a waiter back that nobody else can know any more.
    func giveBack(_ waiter: Unmanaged<ReactorWaiter>) {
        waiter._withUnsafeGuaranteedRef { $0.outcome = nil }
        if waiter.toOpaque() == ownWaiter?.toOpaque() { return waiter._withUnsafeGuaranteedRef { $0.letGo() } }
        let waiter = waiter.takeRetainedValue()
        waiter.handle = nil
        withLoop { loop in loop.state.withLock { $0.freeWaiters.append(waiter) } }
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
