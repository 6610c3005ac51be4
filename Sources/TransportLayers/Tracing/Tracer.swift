internal import Synchronization
public import TransportCore

/// Who is told what streams do, and how much.
public final class Tracer: Sendable {
    /// Changes a preview before anyone sees it.
    public typealias Redaction = @Sendable (_ preview: inout [UInt8], _ operation: TransportError.Operation) -> Void

    /// How many bytes of each call an event shows at most.
    public let previewLimit: Int

    /// Whether calls that could do nothing are told, too.
    public let includesWouldBlock: Bool

    private let redact: Redaction?
    private let report: @Sendable (TraceEvent) -> Void
    private let count = Atomic<Int>(0)

    /// Makes a tracer.
    ///
    /// - Parameters:
    ///   - previewLimit: How many bytes of each call an event shows at most. The default, 0, is none.
    ///   - includesWouldBlock: Whether calls that could do nothing are told, too. The default is false.
    ///   - redact: Changes a preview before anyone sees it, such as to take out a password. The default, nil, changes nothing.
    ///   - report: Is told what happened, on the thread of the call; it must be quick, and must not use the stream.
    public init(
        previewLimit: Int = 0, includesWouldBlock: Bool = false, redact: Redaction? = nil,
        report: @escaping @Sendable (TraceEvent) -> Void
    ) {
        self.previewLimit = max(0, previewLimit)
        self.includesWouldBlock = includesWouldBlock
        self.redact = redact
        self.report = report
    }

    /// A number for a new stream.
    func nextNumber() -> Int { count.add(1, ordering: .relaxed).newValue }

    func tell(
        _ stream: Int, _ operation: TransportError.Operation, _ outcome: TraceEvent.Outcome, from start: Instant,
        to end: Instant, preview: [UInt8] = []
    ) {
        if case .wouldBlock = outcome, !includesWouldBlock { return }
        var preview = preview
        if let redact, !preview.isEmpty { redact(&preview, operation) }
        report(
            TraceEvent(
                stream: stream, operation: operation, outcome: outcome, start: start,
                duration: start.duration(to: end), preview: preview
            )
        )
    }
}

/// The answer to a connection's `query`: the number that its events have.
public enum TracedStreamNumber: MetadataKey {
    /// A number, from 1 on.
    public typealias Value = Int
}
