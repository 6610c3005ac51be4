internal import TransportCore

/// How many of something a server has at the same time, of all its services together, and who waits for there to be fewer.
///
/// A place that is given up goes to whoever has waited longest, so that nobody accepts what there is no place for.
final class Admission: Sendable {
    /// Somebody who waits for a place.
    final class Waiter: Sendable {
        /// Called once, without the lock: with true when the place is the waiter's, with false when it will get none.
        let goOn: @Sendable (Bool) -> Void
        init(_ goOn: @escaping @Sendable (Bool) -> Void) { self.goOn = goOn }
    }

    private struct State {
        var count = 0
        var waiters: [Waiter] = []

        mutating func take(_ limit: Int?) -> Bool {
            if let limit, count >= limit { return false }
            count += 1
            return true
        }
    }

    private let limit: Int?
    private let state = Locked(State())

    init(limit: Int?) { self.limit = limit }

    /// Takes a place if there is one.
    func enter() -> Bool { state.withLock { $0.take(limit) } }

    /// Takes a place, or has `waiter` wait for one.
    ///
    /// - Returns: Whether there was one.
    func enter(orWait waiter: Waiter) -> Bool {
        state.withLock { state in
            if state.take(limit) { return true }
            state.waiters.append(waiter)
            return false
        }
    }

    /// Gives a place up.
    func leave() {
        let next = state.withLock { state -> Waiter? in
            guard state.waiters.isEmpty else { return state.waiters.removeFirst() }
            state.count -= 1
            return nil
        }
        next?.goOn(true)
    }

    /// Ends the waiting of somebody who may have been given a place by now.
    func giveUp(_ waiter: Waiter) {
        let waited = state.withLock { state -> Bool in
            guard let index = state.waiters.firstIndex(where: { $0 === waiter }) else { return false }
            state.waiters.remove(at: index)
            return true
        }
        if waited { waiter.goOn(false) }
    }

    /// Takes a place, suspending the task until there is one.
    ///
    /// - Parameter service: Whose end, like the cancelling of the task, ends the waiting.
    /// - Returns: Whether there is one.
    func enter(for service: Service) async -> Bool {
        if enter() { return !Task.isCancelled || leaveAgain() }
        let place = Locked<UnsafeContinuation<Bool, Never>?>(nil)
        let waiter = Waiter { isMine in place.withLock { $0 }?.resume(returning: isMine) }
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                place.withLock { $0 = continuation }
                if enter(orWait: waiter) { return continuation.resume(returning: true) }
                // Both may have come before there was anything to end.
                if Task.isCancelled || !service.setPlaceWaiter(waiter) { giveUp(waiter) }
            }
        } onCancel: {
            giveUp(waiter)
        }
    }

    private func leaveAgain() -> Bool {
        leave()
        return false
    }
}
