public import TransportCore

/// A stream that tells what it does, and changes nothing.
public struct Traced<Lower: Transport>: TransportLayer {
    /// The addresses are of the family of the transport below.
    public typealias Family = Lower.Family

    /// The transport below.
    public let lower: Lower

    /// `traced`.
    public static var kind: String { "traced" }

    private let tracer: Tracer
    private let number: Int

    /// Puts the layer over a transport.
    public init(over lower: Lower, tracer: Tracer) {
        self.lower = lower
        self.tracer = tracer
        number = tracer.nextNumber()
    }

    // MARK: Telling

    private func telling<Step: TracedStep>(
        _ operation: TransportError.Operation, _ preview: (Step) -> [UInt8] = { _ in [] },
        _ body: () throws(TransportError) -> Step
    ) throws(TransportError) -> Step {
        let start = lower.now
        do throws(TransportError) {
            let step = try body()
            tracer.tell(
                number, operation, step.tracedOutcome, from: start, to: lower.now,
                preview: tracer.previewLimit > 0 ? preview(step) : []
            )
            return step
        } catch {
            tracer.tell(number, operation, .failed(error), from: start, to: lower.now)
            throw error
        }
    }

    private func preview(of bytes: RawSpan, _ step: SendStep) -> [UInt8] {
        guard case .sent(let count) = step else { return [] }
        return bytes.withUnsafeBytes { [UInt8]($0.prefix(min(count, tracer.previewLimit))) }
    }

    private func preview(of buffer: inout OutputRawSpan, from start: Int) -> [UInt8] {
        buffer.withUnsafeMutableBytes { bytes, end in
            [UInt8](bytes[start..<min(end, start + tracer.previewLimit)])
        }
    }

    // MARK: Steps

    /// Goes on establishing, and tells when that is done or has failed.
    public func tryEstablish() throws(TransportError) -> ProgressStep {
        try telling(.connect) { () throws(TransportError) in try lower.tryEstablish() }
    }

    /// Receives, and tells.
    public func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        try receive(into: &buffer) { (buffer: inout OutputRawSpan) throws(TransportError) in
            try lower.tryReceive(into: &buffer)
        }
    }

    /// Receives in the way of the transport below, and tells.
    public func receive(
        into buffer: inout OutputRawSpan, until deadline: Deadline
    ) throws(TransportError) -> ReceiveStep {
        try receive(into: &buffer) { (buffer: inout OutputRawSpan) throws(TransportError) in
            try lower.receive(into: &buffer, until: deadline)
        }
    }

    private func receive(
        into buffer: inout OutputRawSpan, _ body: (inout OutputRawSpan) throws(TransportError) -> ReceiveStep
    ) throws(TransportError) -> ReceiveStep {
        let begin = lower.now
        let start = buffer.byteCount
        do throws(TransportError) {
            let step = try body(&buffer)
            tracer.tell(
                number, .receive, step.tracedOutcome, from: begin, to: lower.now,
                preview: tracer.previewLimit > 0 ? preview(of: &buffer, from: start) : []
            )
            return step
        } catch {
            tracer.tell(number, .receive, .failed(error), from: begin, to: lower.now)
            throw error
        }
    }

    /// Sends, and tells.
    public func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        try telling(.send, { preview(of: bytes, $0) }) { () throws(TransportError) in try lower.trySend(bytes) }
    }

    /// Sends in the way of the transport below, and tells.
    public func send(_ bytes: RawSpan, until deadline: Deadline) throws(TransportError) -> SendStep {
        try telling(.send, { preview(of: bytes, $0) }) { () throws(TransportError) in
            try lower.send(bytes, until: deadline)
        }
    }

    /// Receives into several buffers, and tells.
    public func tryReceive(scatteringInto segments: Span<MutableByteSegment>) throws(TransportError) -> ReceiveStep {
        try telling(
            .receive,
            { step in
                guard case .received(let count) = step else { return [] }
                return segments.firstBytes(min(count, tracer.previewLimit))
            }
        ) { () throws(TransportError) in try lower.tryReceive(scatteringInto: segments) }
    }

    /// Sends several runs of bytes, and tells.
    public func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        try telling(
            .send,
            { step in
                guard case .sent(let count) = step else { return [] }
                return segments.firstBytes(min(count, tracer.previewLimit))
            }
        ) { () throws(TransportError) in try lower.trySend(gathering: segments) }
    }

    /// Ends the sending direction, and tells.
    public func tryShutdownWrite() throws(TransportError) -> ProgressStep {
        try telling(.shutdownWrite) { () throws(TransportError) in try lower.tryShutdownWrite() }
    }

    /// Closes, and tells.
    public func close() {
        let start = lower.now
        lower.close()
        tracer.tell(number, .close, .done(bytes: 0), from: start, to: lower.now)
    }

    /// Cuts, and tells.
    public func abort() {
        let start = lower.now
        lower.abort()
        tracer.tell(number, .abort, .done(bytes: 0), from: start, to: lower.now)
    }

    /// What the transport below knows.
    public func isKnownUnready(for interest: Need.Interest) -> Bool { lower.isKnownUnready(for: interest) }

    /// Answers ``TracedStreamNumber``, and passes on everything else.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? {
        if key == TracedStreamNumber.self { return number as? Key.Value }
        return lower.query(key)
    }
}

/// A step with an outcome that can be told.
private protocol TracedStep {
    var tracedOutcome: TraceEvent.Outcome { get }
}

extension ReceiveStep: TracedStep {
    fileprivate var tracedOutcome: TraceEvent.Outcome {
        switch self {
        case .received(let count): .done(bytes: count)
        case .endOfStream: .endOfStream
        case .wouldBlock(let need): .wouldBlock(need)
        }
    }
}

extension SendStep: TracedStep {
    fileprivate var tracedOutcome: TraceEvent.Outcome {
        switch self {
        case .sent(let count): .done(bytes: count)
        case .wouldBlock(let need): .wouldBlock(need)
        }
    }
}

extension ProgressStep: TracedStep {
    fileprivate var tracedOutcome: TraceEvent.Outcome {
        switch self {
        case .done: .done(bytes: 0)
        case .wouldBlock(let need): .wouldBlock(need)
        }
    }
}

extension Backend {
    /// The same backend, whose streams tell what they do.
    ///
    /// - Parameters:
    ///   - previewLimit: How many bytes of each call an event shows at most. The default, 0, is none.
    ///   - redact: Changes a preview before anyone sees it. The default, nil, changes nothing.
    ///   - report: Is told what happened, on the thread of the call.
    public func traced(
        previewLimit: Int = 0, redact: Tracer.Redaction? = nil, report: @escaping @Sendable (TraceEvent) -> Void
    ) -> LayeredBackend<Self, Traced<Stream>> {
        traced(by: Tracer(previewLimit: previewLimit, redact: redact, report: report))
    }

    /// The same backend, whose streams tell a tracer what they do.
    public func traced(by tracer: Tracer) -> LayeredBackend<Self, Traced<Stream>> {
        let wrap: LayeredBackend<Self, Traced<Stream>>.Wrap = { (stream) throws(TransportError) in
            Traced(over: stream, tracer: tracer)
        }
        return LayeredBackend(over: self, opened: wrap, accepted: wrap)
    }
}
