internal import TransportCore

// How threads and tasks wait for what the network does not know, such as what another one of them does.
extension NetworkEngine {
    /// Blocks this thread until an event has happened, or the subject is closed. False when the deadline passed first.
    func wait(
        for event: WakeEvent, side: Int = 0, of subject: any Waitable, until deadline: Deadline
    ) throws(TransportError) -> Bool {
        let awaited = AwaitedEvent(event)
        let waker = event.whenSet { self.locked { self.changed(awaited) } }
        defer { event.forget(waker) }
        return try wait(for: Wish(side: side), of: subject, orAnyOf: [(awaited, Wish())], until: deadline)
    }

    /// Suspends this task until an event has happened. Like the form that blocks.
    nonisolated(nonsending) func ready(
        for event: WakeEvent, side: Int = 0, of subject: any Waitable, until deadline: Deadline
    ) async throws(TransportError) -> Bool {
        let awaited = AwaitedEvent(event)
        let waker = event.whenSet { self.locked { self.changed(awaited) } }
        defer { event.forget(waker) }
        return try await ready(for: Wish(side: side), of: subject, orAnyOf: [(awaited, Wish())], until: deadline)
    }
}

/// An event that somebody waits for in a network.
///
/// Sendable: touched only with the network's lock held.
private final class AwaitedEvent: Waitable, @unchecked Sendable {
    private let event: WakeEvent
    var waiters: [Waiter] = []

    init(_ event: WakeEvent) { self.event = event }

    func isReady(_ wish: Wish) -> Bool { event.isSet }
    func describe(_ wish: Wish) -> String { "what another call of the same connection does" }
}
