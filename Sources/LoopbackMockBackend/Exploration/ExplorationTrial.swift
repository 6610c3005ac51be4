internal import TransportCore

/// What is done to a run of an exploration.
struct ExplorationPlan {
    /// Which operation fails, the first being 1; nil with a verdict is every one.
    var operation: Int?
    /// What happens to it.
    var verdict: FaultVerdict?
    /// Which receives the client has.
    var receives: ChunkPolicy?
    /// Which operation that is, in words.
    var place = ""
    /// What is done, in words.
    var name = "untouched"
    /// Whether the client must not notice.
    var isMasked = true
    /// What is added to the seed.
    var seed: UInt64 = 0
}

/// A run of an exploration that can be begun: what is done to it, and where.
struct ExplorationTrial: Sendable {
    let plan: ExplorationPlan
    let network: LoopbackNetwork
    let drops: DropRecorder

    // Touched only with the network's lock held, which makes it safe to share.
    nonisolated(unsafe) let exploration: Exploration

    /// Runs a closure in a task of its own, which can be cancelled.
    func run<Result: Sendable>(
        _ body: @escaping @Sendable (LoopbackNetwork) async throws -> Result
    ) async -> Swift.Result<Result, any Error> {
        await network.run {
            let task = Task(executorPreference: network.executor) { try await body(network) }
            network.engine.locked { exploration.cancelTask = { task.cancel() } }
            return await task.result
        }
    }
}

/// Remembers which connections went away without having been closed.
final class DropRecorder: OperationObserver {
    private let subjects = Locked<[String]>([])

    var all: [String] { subjects.withLock { $0 } }

    func operationWillBegin(_ operation: TransportError.Operation, on subject: ObservedSubject) {}
    func operationDidEnd(
        _ operation: TransportError.Operation, on subject: ObservedSubject, outcome: OperationOutcome
    ) {}
    func droppedWithoutClosing(_ subject: ObservedSubject) {
        subjects.withLock { $0.append("a connection made at \(subject.origin)") }
    }
}
