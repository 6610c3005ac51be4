internal import TransportCore

// Tasks of a case, which the case's own thread waits for.
extension Scene {
    /// Starts a task.
    func start<Result: Sendable>(_ body: @escaping @Sendable () async -> Result) throws -> CaseTask<Result> {
        CaseTask(on: try executor, body)
    }

    /// Lets a task go on until it is suspended, or until it has ended.
    ///
    /// In a network that runs the tasks itself, they do so while this thread waits in it.
    func letGoOn(_ task: CaseTask<some Sendable>) throws {
        if bench.executor == nil { task.state.wait { $0.hasBegun ? () : nil } }
        try pause()
    }

    /// Waits for the end of a task.
    @discardableResult
    func waitForEnd<Result: Sendable>(of task: CaseTask<Result>) throws -> Result {
        if bench.executor == nil, let result = task.state.wait(for: { $0.result }) { return result }
        // Five seconds of the network's time: a task that does nothing for so long is stuck.
        for _ in 0..<5000 {
            if let result = task.state.withLock({ $0.result }) { return result }
            try pause(.milliseconds(1))
        }
        throw Mismatch(expected: "every task to come to its end", found: trace.activity.joined(separator: "; "))
    }
}
