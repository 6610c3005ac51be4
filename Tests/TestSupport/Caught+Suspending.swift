public import TransportCore

/// The error that a call of a task throws, or nil when it throws none.
public func caught<Value>(_ body: () async throws -> Value) async -> TransportError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? TransportError
    }
}

/// The error that a task ended with, or nil when it ended without one.
public func caught<Value>(in task: Task<Value, any Error>) async -> TransportError? {
    await caught { try await task.value }
}
