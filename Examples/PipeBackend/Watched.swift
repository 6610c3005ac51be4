internal import Synchronization
internal import TransportCore

/// A value behind a lock, with the threads and tasks that wait until something about it is so.
///
/// Every change looks whether somebody waits for it: that is all there is to readiness when both ends are in memory.
final class Watched<Value: Sendable>: Sendable {
    private struct State {
        var value: Value
        var waiters: [Waiter<Value>] = []
    }

    private let state: Mutex<State>

    init(_ value: Value) { state = Mutex(State(value: value)) }

    /// Changes the value, and wakes those whose condition holds now.
    func change<Result>(
        _ body: (inout Value) throws(TransportError) -> sending Result
    ) throws(TransportError) -> sending Result {
        try state.withLock { (state) throws(TransportError) in
            defer { state.waiters.removeAll { $0.look(at: state.value) } }
            return try body(&state.value)
        }
    }

    /// Blocks this thread until a condition holds; false when the deadline passed first.
    func wait(until deadline: Deadline, for condition: @escaping Waiter<Value>.Condition) throws(TransportError) -> Bool
    {
        let waiter = begin(condition)
        defer { forget(waiter) }
        return try waiter.block(until: deadline).get()
    }

    /// Suspends this task until a condition holds; false when the deadline passed first. Ends at once when the task is
    /// cancelled, also when it was so before.
    func ready(
        until deadline: Deadline, for condition: @escaping Waiter<Value>.Condition
    ) async throws(TransportError) -> Bool {
        if Task.isCancelled { throw TransportError(.cancelled, operation: .wait) }
        let waiter = begin(condition)
        defer { forget(waiter) }
        return try await waiter.suspend(until: deadline).get()
    }

    /// Begins to wait: it looks and registers under one lock, so that no change falls between the two.
    private func begin(_ condition: @escaping Waiter<Value>.Condition) -> Waiter<Value> {
        let waiter = Waiter(for: condition)
        state.withLock { state in
            if !waiter.look(at: state.value) { state.waiters.append(waiter) }
        }
        return waiter
    }

    /// Takes out a waiter that has ended in another way than by a change.
    private func forget(_ waiter: Waiter<Value>) {
        state.withLock { state in state.waiters.removeAll { $0 === waiter } }
    }
}
