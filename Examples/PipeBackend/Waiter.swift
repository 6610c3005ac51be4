internal import Dispatch
internal import Synchronization
internal import TransportCore

/// One thread or task that waits. It ends once: because of a change, the time, or a cancelled task.
final class Waiter<Value>: Sendable {
    /// What the wait came to: whether to try again, or why not.
    typealias Outcome = Result<Bool, TransportError>

    /// Whether what is waited for is so; throws when it can never be.
    typealias Condition = @Sendable (Value) throws(TransportError) -> Bool

    private struct State {
        var outcome: Outcome?
        var wake: (@Sendable (Outcome) -> Void)?
    }

    private let state = Mutex(State())
    private let condition: Condition

    init(for condition: @escaping Condition) { self.condition = condition }

    /// Looks at a value; true when the wait has ended with it.
    func look(at value: Value) -> Bool {
        do throws(TransportError) {
            guard try condition(value) else { return false }
            end(.success(true))
        } catch {
            end(.failure(error))
        }
        return true
    }

    /// Ends the wait. Only the first call counts.
    func end(_ outcome: Outcome) {
        let wake = state.withLock { state -> (@Sendable (Outcome) -> Void)? in
            guard state.outcome == nil else { return nil }
            state.outcome = outcome
            return state.wake.take()
        }
        wake?(outcome)
    }

    /// Says what happens at the end; at once, when that has come.
    private func atEnd(_ wake: @escaping @Sendable (Outcome) -> Void) {
        let outcome = state.withLock { state in
            if state.outcome == nil { state.wake = wake }
            return state.outcome
        }
        if let outcome { wake(outcome) }
    }

    /// Blocks this thread until the end.
    func block(until deadline: Deadline) -> Outcome {
        let semaphore = DispatchSemaphore(value: 0)
        atEnd { _ in semaphore.signal() }
        if semaphore.wait(timeout: deadline.dispatchTime) == .timedOut { end(.success(false)) }
        return state.withLock { $0.outcome } ?? .success(false)
    }

    /// Suspends this task until the end, or until it is cancelled.
    func suspend(until deadline: Deadline) async -> Outcome {
        if deadline != .never {
            timers.asyncAfter(deadline: deadline.dispatchTime) { [weak self] in self?.end(.success(false)) }
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in atEnd { continuation.resume(returning: $0) } }
        } onCancel: {
            end(.failure(TransportError(.cancelled, operation: .wait)))
        }
    }
}

/// Where deadlines of tasks come due; a queue of its own, so that no blocked thread keeps them from it.
private let timers = DispatchQueue(label: "PipeBackend timers")

/// The present instant of the clock by which pipes wait.
var presentInstant: Instant { Instant(nanoseconds: Int64(clamping: DispatchTime.now().uptimeNanoseconds)) }

extension Deadline {
    /// The deadline by the clock of Dispatch, which is the same as ours.
    fileprivate var dispatchTime: DispatchTime {
        guard let instant else { return .distantFuture }
        return DispatchTime(uptimeNanoseconds: UInt64(clamping: instant.nanoseconds))
    }
}
