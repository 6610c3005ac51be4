internal import TransportCore

/// A thread that takes part in a network's time. Comes from ``LoopbackNetwork/spawn(_:)``.
public final class LoopbackThread<Success: Sendable>: Sendable {
    private let network: LoopbackNetwork
    private let end: ThreadEnd<Success>

    init(network: LoopbackNetwork, end: ThreadEnd<Success>) {
        self.network = network
        self.end = end
    }

    /// Waits for the thread's end; the network's time goes on meanwhile.
    ///
    /// - Returns: What the thread's body returned.
    /// - Throws: What it threw, or ``TransportCore/TransportError/Kind/deadlock`` when it will never end.
    public func join() throws -> Success {
        _ = try network.engine.wait(of: end, until: .never)
        return try result()
    }

    /// Waits for the thread's end without blocking a thread. Otherwise like the form that blocks.
    public func join() async throws -> Success {
        _ = try await network.engine.ready(of: end, until: .never)
        return try result()
    }

    private func result() throws -> Success {
        guard let result = network.engine.locked({ end.result }) else {
            throw TransportError(.invalidState, operation: .wait)
        }
        return try result.get()
    }
}

/// The end of a thread, which can be waited for.
///
/// Sendable: touched only with the network's lock held.
final class ThreadEnd<Success: Sendable>: Waitable, @unchecked Sendable {
    /// What the thread came to; nil while it is at work.
    private(set) var result: Swift.Result<Success, any Error>?
    var waiters: [Waiter] = []

    /// The thread has ended. Takes the lock.
    func come(with result: Swift.Result<Success, any Error>, _ engine: NetworkEngine) {
        engine.locked {
            self.result = result
            engine.changed(self)
        }
    }

    func isReady(_ wish: Wish) -> Bool { result != nil }
    func describe(_ wish: Wish) -> String { "the end of a thread" }
}
