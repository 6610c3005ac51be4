import Glibc
import Testing
import TransportCore

/// Gives each test of a suite a thread of its own.
///
/// The language has as many threads for tasks as there are processors. Tests that block them hold up all others that are
/// tasks, for minutes where the machine has other work, too.
struct OwnThread: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func scopeProvider(for test: Test, testCase: Test.Case?) -> OwnThread? { testCase == nil ? nil : self }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let executor = ThreadExecutor()
        defer { executor.end() }
        try await withTaskExecutorPreference(executor) { try await function() }
    }
}

extension SuiteTrait where Self == OwnThread {
    /// For suites whose tests block: each has a thread of its own.
    static var ownThread: OwnThread { OwnThread() }
}

/// A thread that runs tasks, and to which signals are given, as they are not to the library's own: a test is to see them.
private final class ThreadExecutor: TaskExecutor {
    private struct State {
        var jobs: [UnownedJob] = []
        var hasEnded = false
    }

    private let state = Locked(State())

    init() {
        runOnThread { [self] in
            while let job = next() { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        state.withLock { $0.jobs.append(job) }
        state.wakeAll()
    }

    func end() {
        state.withLock { $0.hasEnded = true }
        state.wakeAll()
    }

    /// The next job; nil when there will be none.
    private func next() -> UnownedJob? {
        let next: UnownedJob?? = state.wait { state in
            if !state.jobs.isEmpty { return state.jobs.removeFirst() }
            return state.hasEnded ? .some(nil) : nil
        }
        return next ?? nil
    }
}
