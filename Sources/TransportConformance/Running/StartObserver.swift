internal import CThreads
internal import TransportCore

/// Tells when an operation of a connection has begun, so that a case need not guess.
final class StartObserver: OperationObserver {
    private let count = Locked(0)

    func operationWillBegin(_ operation: TransportError.Operation, on subject: ObservedSubject) {
        count.withLock { $0 += 1 }
        count.wakeAll()
    }

    func operationDidEnd(
        _ operation: TransportError.Operation, on subject: ObservedSubject, outcome: OperationOutcome
    ) {}

    func droppedWithoutClosing(_ subject: ObservedSubject) {}

    /// Waits until an operation has begun, for five seconds of the machine's time.
    func waitForStart() { _ = count.wait(until: cthreads_now() + 5_000_000_000) { $0 > 0 ? () : nil } }
}
