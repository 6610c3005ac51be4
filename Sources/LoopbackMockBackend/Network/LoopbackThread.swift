internal import TransportCore

/// A thread that takes part in a network's time. Comes from ``LoopbackNetwork/spawn(_:)``.
public final class LoopbackThread<Success: Sendable>: Sendable {
    private let engine: NetworkEngine
    // Touched only with the network's lock held, which makes it safe to share.
    private nonisolated(unsafe) let end = ThreadEnd()
    private let result = Locked<Swift.Result<Success, any Error>?>(nil)

    init(engine: NetworkEngine) { self.engine = engine }

    func finish(_ result: Swift.Result<Success, any Error>) {
        self.result.withLock { $0 = result }
        engine.locked {
            end.hasCome = true
            engine.changed(end)
        }
    }

    /// Waits for the thread's end; the network's time goes on meanwhile.
    ///
    /// - Returns: What the thread's body returned.
    /// - Throws: What it threw, or ``TransportCore/TransportError/Kind/deadlock`` when it will never end.
    public func join() throws -> Success {
        _ = try engine.wait(of: end, until: .never)
        guard let outcome = result.withLock({ $0 }) else {
            throw TransportError(.invalidState, operation: .wait)
        }
        return try outcome.get()
    }

    /// Waits for the thread's end without blocking a thread. Otherwise like the form that blocks.
    public func join() async throws -> Success {
        _ = try await engine.ready(of: end, until: .never)
        guard let outcome = result.withLock({ $0 }) else {
            throw TransportError(.invalidState, operation: .wait)
        }
        return try outcome.get()
    }
}

/// The end of a thread, which can be waited for.
private final class ThreadEnd: Waitable {
    var hasCome = false
    var waiters: [Waiter] = []

    func isReady(_ wish: Wish) -> Bool { hasCome }
    func describe(_ wish: Wish) -> String { "the end of a thread" }
}
