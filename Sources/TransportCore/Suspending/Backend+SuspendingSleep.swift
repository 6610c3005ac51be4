extension Backend {
    /// Has a thread sleep in the task's place.
    public func sleep(until instant: Instant) async throws(TransportError) {
        if Task.isCancelled { throw TransportError(.cancelled, operation: .wait) }
        let sleep = Sleep()
        let failure = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                sleep.begin(continuation)
                let hasBegun = startThread {
                    do throws(TransportError) {
                        // In a closure that is not asynchronous, this is the form that blocks.
                        try self.sleep(until: instant)
                        sleep.end(nil)
                    } catch {
                        sleep.end(error)
                    }
                }
                if !hasBegun {
                    let message = "the system could not start a thread for the sleep"
                    sleep.end(TransportError(.outOfResources, operation: .wait).with(message: message))
                }
            }
        } onCancel: {
            sleep.end(TransportError(.cancelled, operation: .wait))
        }
        if let failure { throw failure }
    }

    /// Suspends this task for a time of this backend's clock. Like the form that blocks.
    public func sleep(for duration: Duration) async throws(TransportError) {
        try await sleep(until: now.advanced(by: .nanoseconds(try duration.checkedTimeoutNanoseconds(.wait))))
    }
}

/// A sleep of a task, which ends once.
private final class Sleep: Sendable {
    private enum State {
        case new
        case sleeping(CheckedContinuation<TransportError?, Never>)
        case over(TransportError?)
    }

    private let state = Locked(State.new)

    func begin(_ continuation: CheckedContinuation<TransportError?, Never>) {
        let outcome: TransportError?? = state.withLock { state in
            if case .over(let failure) = state { return .some(failure) }
            state = .sleeping(continuation)
            return nil
        }
        if let outcome { continuation.resume(returning: outcome) }
    }

    func end(_ failure: TransportError?) {
        let continuation = state.withLock { state -> CheckedContinuation<TransportError?, Never>? in
            defer { if case .over = state {} else { state = .over(failure) } }
            guard case .sleeping(let continuation) = state else { return nil }
            return continuation
        }
        continuation?.resume(returning: failure)
    }
}
