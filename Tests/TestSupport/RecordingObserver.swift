public import TransportCore

/// An observer that writes down what it is told.
public final class RecordingObserver: OperationObserver {
    private let lines = Locked<[String]>([])
    private let subjects = Locked<[ObservedSubject]>([])

    /// Makes an observer.
    public init() {}

    /// What it was told so far: "begin send", "end send done 5", "dropped".
    public var log: [String] { lines.withLock { $0 } }

    /// The subjects of all of it, in the same order.
    public var seen: [ObservedSubject] { subjects.withLock { $0 } }

    /// Writes it down.
    public func operationWillBegin(_ operation: TransportError.Operation, on subject: ObservedSubject) {
        note("begin \(operation)", subject)
    }

    /// Writes it down.
    public func operationDidEnd(
        _ operation: TransportError.Operation,
        on subject: ObservedSubject,
        outcome: OperationOutcome
    ) {
        switch outcome {
        case .done(let bytes): note("end \(operation) done \(bytes)", subject)
        case .endOfStream: note("end \(operation) end of stream", subject)
        case .failed(let error): note("end \(operation) \(error.kind) \(error.bytesTransferred)", subject)
        }
    }

    /// Writes it down.
    public func droppedWithoutClosing(_ subject: ObservedSubject) { note("dropped", subject) }

    private func note(_ line: String, _ subject: ObservedSubject) {
        lines.withLock { $0.append(line) }
        subjects.withLock { $0.append(subject) }
    }
}
