public import TransportCore

/// A layer that changes nothing and writes down what goes through it.
///
/// It stands over any transport: sockets, an in-memory stream, or another layer, whose plain text it then sees.
public final class RecordingTransport<Lower: Transport>: TransportLayer {
    /// The transport below.
    public let lower: Lower

    /// `recorded`.
    public static var kind: String { "recorded" }
    private let recorder: Recorder
    private let peer: String
    /// Which conversation of the recorder it is; nil while it is being established.
    private let index = Locked<Int?>(nil)

    /// Records a transport that is connected.
    ///
    /// - Parameters:
    ///   - lower: The transport.
    ///   - recorder: Where its conversation is added.
    ///   - peer: Whom it is with, in words. The default, nil, is the transport's remote address.
    public convenience init(over lower: Lower, recorder: Recorder, peer: String? = nil) {
        let address = try? lower.remoteAddress
        self.init(connecting: lower, recorder, peer: peer ?? address.map { "\($0)" } ?? "")
        begin()
    }

    /// Records a transport as soon as it is connected. An attempt that fails is no conversation.
    init(connecting lower: Lower, _ recorder: Recorder, peer: String) {
        self.lower = lower
        self.recorder = recorder
        self.peer = peer
    }

    private func begin() {
        index.withLock { index in
            if index == nil { index = recorder.begin(peer, at: lower.now) }
        }
    }

    private func record(_ content: Recording.Content, from sender: Recording.Sender) {
        guard let index = index.withLock({ $0 }) else { return }
        recorder.record(content, from: sender, in: index, at: lower.now)
    }

    /// Goes on establishing, and begins to record when that is done.
    public func tryEstablish() throws(TransportError) -> ProgressStep {
        let step = try lower.tryEstablish()
        if step == .done { begin() }
        return step
    }

    // MARK: Receiving

    /// Receives, and writes down what came.
    public func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        let before = buffer.byteCount
        let step = try recordingFailure { () throws(TransportError) in try lower.tryReceive(into: &buffer) }
        record(step) { _ in
            buffer.withUnsafeMutableBytes { memory, count in Array(memory[before..<max(before, count)]) }
        }
        return step
    }

    /// Receives into several buffers, and writes down what came.
    public func tryReceive(
        scatteringInto segments: Span<MutableByteSegment>
    ) throws(TransportError) -> ReceiveStep {
        let step = try recordingFailure { () throws(TransportError) in try lower.tryReceive(scatteringInto: segments) }
        record(step) { count in
            var bytes: [UInt8] = []
            for index in segments.indices { bytes += segments[index].buffer.prefix(count - bytes.count) }
            return bytes
        }
        return step
    }

    private func record(_ step: ReceiveStep, _ bytes: (Int) -> [UInt8]) {
        switch step {
        case .received(let count): if count > 0 { record(.bytes(bytes(count)), from: .server) }
        case .endOfStream: record(.end, from: .server)
        case .wouldBlock: break
        }
    }

    /// Has an error that ends the connection written down as a reset. Others are this end's own affair.
    private func recordingFailure<Result>(
        _ body: () throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        do throws(TransportError) {
            return try body()
        } catch {
            if error.kind == .connectionReset { record(.reset, from: .server) }
            throw error
        }
    }

    // MARK: Sending

    /// Sends, and writes down what went.
    public func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        let step = try recordingFailure { () throws(TransportError) in try lower.trySend(bytes) }
        if case .sent(let count) = step, count > 0 {
            record(.bytes(bytes.withUnsafeBytes { Array($0.prefix(count)) }), from: .client)
        }
        return step
    }

    /// Sends several runs of bytes, and writes down what went.
    public func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        let step = try recordingFailure { () throws(TransportError) in try lower.trySend(gathering: segments) }
        guard case .sent(let count) = step, count > 0 else { return step }
        var bytes: [UInt8] = []
        for index in segments.indices { bytes += segments[index].buffer.prefix(count - bytes.count) }
        record(.bytes(bytes), from: .client)
        return step
    }

    // MARK: Ending

    /// Ends the sending direction, and writes it down.
    public func tryShutdownWrite() throws(TransportError) -> ProgressStep {
        let step = try lower.tryShutdownWrite()
        if step == .done { record(.end, from: .client) }
        return step
    }

    /// Closes, and writes it down.
    public func close() {
        record(.end, from: .client)
        lower.close()
    }

    /// Cuts the connection, and writes it down.
    public func abort() {
        record(.reset, from: .client)
        lower.abort()
    }
}
