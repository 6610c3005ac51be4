internal import TransportCore

/// A thread that takes part in a network's time. Comes from ``LoopbackNetwork/spawn(_:)``.
public final class LoopbackThread<Success: Sendable>: Sendable {
    private let engine: NetworkEngine
    private let result = Locked<Swift.Result<Success, any Error>?>(nil)

    init(engine: NetworkEngine) { self.engine = engine }

    func finish(_ result: Swift.Result<Success, any Error>) {
        engine.perform { state in
            self.result.withLock { $0 = result }
            engine.changed(&state)
        }
    }

    /// Waits for the thread's end; the network's time goes on meanwhile.
    ///
    /// - Returns: What the thread's body returned.
    /// - Throws: What it threw, or ``TransportCore/TransportError/Kind/deadlock`` when it will never end.
    public func join() throws -> Success {
        _ = try engine.wait(until: .never) { [result] in
            result.withLock { $0 != nil }
        } description: {
            "the end of a thread"
        }
        guard let outcome = result.withLock({ $0 }) else {
            throw TransportError(.invalidState, operation: .wait)
        }
        return try outcome.get()
    }
}
