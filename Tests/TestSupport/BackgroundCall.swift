import Foundation
import TransportCore

/// A call that runs on a thread of its own, for tests in which one thread waits for another.
public final class BackgroundCall<Value: Sendable>: Sendable {
    private let result = Locked<Result<Value, any Error>?>(nil)

    /// Starts the call.
    public init(_ body: @escaping @Sendable () throws -> Value) {
        let result = self.result
        Thread.detachNewThread {
            let outcome = Result { try body() }
            result.withLock { $0 = outcome }
            result.wakeAll()
        }
    }

    /// What the call came to, once it has ended; nil when it hangs.
    public func outcome() -> Result<Value, any Error>? { result.wait(until: Patience.end) { $0 } }

    /// What the call returned.
    ///
    /// - Throws: What it threw, or ``CallHangs``.
    public func value() throws -> Value {
        guard let outcome = outcome() else { throw CallHangs() }
        return try outcome.get()
    }

    /// Whether the call has ended by now.
    public var hasEnded: Bool { result.withLock { $0 != nil } }
}

/// A call on another thread did not end.
public struct CallHangs: Error {
    /// Makes the error.
    public init() {}
}
