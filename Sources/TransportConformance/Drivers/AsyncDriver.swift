internal import TransportCore

/// Each part has a task, which is suspended until the transport says that it is ready.
///
/// Operations are made of calls that never wait and of `ready(for:)`.
struct AsyncDriver {
    let scene: Scene

    func run(_ parts: [Part]) throws {
        let failure = FirstFailure(scene)
        let executor = try scene.executor
        let tasks = parts.map { part in
            executor.start {
                do { try await perform(part) } catch { failure.record(error) }
            }
        }
        for task in tasks { task.waitForEnd() }
        try failure.rethrow()
    }

    func perform(_ part: Part) async throws {
        for act in part.acts {
            scene.trace.begin(part.label, act)
            let outcome = await Self.outcome(of: act.operation, at: part.end) {}
            try scene.trace.end(part.label, act, outcome)
        }
    }

    /// Does an operation, suspending in between.
    ///
    /// - Parameter willSuspend: Is called before each suspension.
    static func outcome(
        of operation: Operation, at end: any StreamEnd, willSuspend: @Sendable () -> Void
    ) async -> Outcome {
        var machine = ActMachine(operation)
        while true {
            switch machine.step(end) {
            case .finished(let outcome): return outcome
            case .moved: continue
            case .blocked(let interest):
                if interest.contains(.readable), end.hasBufferedInput { continue }
                willSuspend()
                do throws(TransportError) {
                    try await end.ready(for: Need(interest))
                } catch {
                    return .failed(error, after: [])
                }
            }
        }
    }
}
