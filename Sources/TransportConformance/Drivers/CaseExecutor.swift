internal import TransportCore

/// A thread that runs the tasks of one case.
///
/// The shared threads of the process may all be taken by tests that block; a case must not wait for them.
final class CaseExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var isStopped = false
    }

    private let state = Locked(State())

    init() throws {
        let state = state
        // The thread keeps the executor until it is stopped.
        let started = startThread { [self] in
            while true {
                let job = state.wait { state -> UnownedJob?? in
                    if !state.jobs.isEmpty { return .some(state.jobs.removeFirst()) }
                    return state.isStopped ? .some(nil) : nil
                }
                guard let next = job, let job = next else { return }
                job.runSynchronously(on: asUnownedTaskExecutor())
            }
        }
        guard started else {
            throw TransportError(.outOfResources, operation: .open)
                .with(message: "the system could not start a thread")
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
        state.wakeAll()
    }

    /// Ends the thread when nothing is left to run.
    func stop() {
        state.withLock { $0.isStopped = true }
        state.wakeAll()
    }
}

/// A task of a case.
struct CaseTask<Result: Sendable>: Sendable {
    private let task: Task<Void, Never>
    /// Whether the task has begun, and what it came to.
    let state = Locked<(hasBegun: Bool, result: Result?)>((false, nil))

    init(on executor: any TaskExecutor, _ body: @escaping @Sendable () async -> Result) {
        let state = state
        task = Task(executorPreference: executor) {
            state.withLock { $0.hasBegun = true }
            state.wakeAll()
            let value = await body()
            state.withLock { $0.result = value }
            state.wakeAll()
        }
    }

    func cancel() { task.cancel() }
}
