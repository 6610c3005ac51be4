import TransportCore

/// A call that runs in a task of its own, on no executor in particular, for tests that must not hang when it does.
public final class BackgroundTask<Value: Sendable>: Sendable {
    private let task: Task<Value, any Error>

    /// Starts the call.
    public init(_ body: @escaping @concurrent @Sendable () async throws -> Value) {
        task = Task.detached { try await body() }
    }

    /// Cancels the task.
    public func cancel() { task.cancel() }

    /// What the call returned.
    ///
    /// - Throws: What it threw, or ``CallHangs``.
    @concurrent public func value() async throws -> Value {
        let continuation = Locked<UnsafeContinuation<Result<Value, any Error>, Never>?>(nil)
        @Sendable func end(_ result: Result<Value, any Error>) {
            continuation.withLock { continuation in
                defer { continuation = nil }
                return continuation
            }?.resume(returning: result)
        }
        return try await withUnsafeContinuation { own in
            continuation.withLock { $0 = own }
            let patience = Task.detached {
                // In parts: a process that was stopped for a while has slept through one of them.
                for _ in 0..<100 { try await Task.sleep(for: Patience.time / 100) }
                end(.failure(CallHangs()))
            }
            Task.detached { [task] in
                end(await task.result)
                patience.cancel()
            }
        }.get()
    }
}
