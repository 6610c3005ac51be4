import TransportCore

/// A value that is used by one thread or task at a time, and whose changes threads and tasks can wait for.
final class Watched<Value>: Sendable {
    private struct Sleepers {
        /// How often everyone was woken so far.
        var wakes = 0
        var continuations: [CheckedContinuation<Void, Never>] = []
    }

    private let value: Locked<Value>
    private let sleepers = Locked(Sleepers())

    init(_ value: Value) { self.value = Locked(value) }

    /// Does something with the value while nobody else does.
    func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try value.withLock(body)
    }

    /// Wakes every thread and task that waits; may be called with the lock held.
    func wakeAll() {
        value.wakeAll()
        let tasks = sleepers.withLock { sleepers in
            sleepers.wakes += 1
            defer { sleepers.continuations = [] }
            return sleepers.continuations
        }
        for task in tasks { task.resume() }
    }

    /// Blocks this thread until `body` gives a result, asking it again after each wake. Nil when the deadline passed.
    func wait<Result>(until deadline: Int64? = nil, for body: (inout Value) -> Result?) -> Result? {
        value.wait(until: deadline, for: body)
    }

    /// Suspends this task until `body` gives a result, asking it again after each wake. Nil when the task is cancelled.
    func wait<Result>(for body: (inout Value) -> Result?) async -> Result? {
        while !Task.isCancelled {
            let wakes = sleepers.withLock { $0.wakes }
            if let result = value.withLock(body) { return result }
            await sleep(unlessWokenSince: wakes)
        }
        return nil
    }

    private func sleep(unlessWokenSince wakes: Int) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isLate = sleepers.withLock { sleepers in
                    if sleepers.wakes == wakes { sleepers.continuations.append(continuation) }
                    return sleepers.wakes != wakes
                }
                if isLate { continuation.resume() }
            }
        } onCancel: {
            wakeAll()
        }
    }
}
