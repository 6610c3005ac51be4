import Foundation
import TestSupport

/// Makes a call that blocks in a thread of its own: the few threads of tasks are for tasks.
func inThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
    }
}

/// A child process that tasks can wait for.
struct Child: Sendable {
    private struct Box: @unchecked Sendable {
        // Sendable: used by one thread at a time, which the caller awaits.
        let process: ChildProcess
    }

    private let box: Box
    var id: Int32 { box.process.id }

    init(_ program: String, _ arguments: [String]) throws {
        box = Box(process: try ChildProcess(program, arguments))
    }

    func readLine() async throws -> String { try await inThread { [box] in try box.process.readLine() } }
    func readToEnd() async throws -> String { try await inThread { [box] in try box.process.readToEnd() } }
    @discardableResult
    func waitForExit() async throws -> Int32 { try await inThread { [box] in try box.process.waitForExit() } }
}
