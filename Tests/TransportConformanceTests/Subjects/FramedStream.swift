import TransportCore

/// A layer that sends frames and knows a proper end: what no transport of this package does, so that the cases about it
/// have something to look at.
///
/// A frame is a byte with a length from 1 to 255 and so many bytes; the length 0 is the end. Output is gathered until it
/// is flushed, and input is received in larger pieces than it is asked for.
final class FramedStream<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower
    private let state = Locked(State())

    /// Sendable through the lock alone.
    private struct State {
        /// What was taken and not framed yet.
        var pending: [UInt8] = []
        /// Frames that the transport below has not taken yet.
        var output: [UInt8] = []
        var hasAnnouncedEnd = false
        /// What was received and not given yet.
        var input: [UInt8] = []
        /// How many bytes of the present frame are still to come.
        var frame = 0
        var hasEnded = false
        var isClosed = false
    }

    init(lower: Lower) { self.lower = lower }

    var facts: TransportFacts {
        lower.facts.subtracting(.vectored).union([.buffersInput, .needsFlush, .detectsTruncation])
    }

    // MARK: Sending

    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        try state.withLock { (state) throws(TransportError) -> SendStep in
            if state.isClosed { throw .closed(.send) }
            if bytes.byteCount == 0 { return .sent(0) }
            if state.hasAnnouncedEnd { throw TransportError(.brokenPipe, operation: .send) }
            if state.pending.count + state.output.count >= 4096, case .wouldBlock(let need) = try push(&state) {
                return .wouldBlock(need)
            }
            let count = min(bytes.byteCount, 4096)
            bytes.withUnsafeBytes { state.pending.append(contentsOf: $0.prefix(count)) }
            return .sent(count)
        }
    }

    func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        for index in segments.indices where segments[index].count > 0 {
            return try trySend(RawSpan(_unsafeBytes: segments[index].buffer))
        }
        return .sent(0)
    }

    func tryFlush() throws(TransportError) -> ProgressStep {
        try state.withLock { (state) throws(TransportError) -> ProgressStep in
            if state.isClosed { throw .closed(.flush) }
            return try push(&state)
        }
    }

    /// Frames what is pending and hands it down.
    private func push(_ state: inout State) throws(TransportError) -> ProgressStep {
        while !state.pending.isEmpty {
            let part = state.pending.prefix(255)
            state.output.append(UInt8(part.count))
            state.output.append(contentsOf: part)
            state.pending.removeFirst(part.count)
        }
        while !state.output.isEmpty {
            let output = state.output
            let step = try output.withRawSpan { (span) throws(TransportError) in try lower.trySend(span) }
            switch step {
            case .sent(let count): state.output.removeFirst(count)
            case .wouldBlock(let need): return .wouldBlock(need)
            }
        }
        return try lower.tryFlush()
    }

    private func announceEnd(_ state: inout State) throws(TransportError) -> ProgressStep {
        if !state.hasAnnouncedEnd {
            guard case .done = try push(&state) else { return try push(&state) }
            state.output = [0]
            state.hasAnnouncedEnd = true
        }
        return try push(&state)
    }

    func tryShutdownWrite() throws(TransportError) -> ProgressStep {
        try state.withLock { (state) throws(TransportError) -> ProgressStep in
            if state.isClosed { throw .closed(.shutdownWrite) }
            do throws(TransportError) {
                guard case .done = try announceEnd(&state) else { return try announceEnd(&state) }
            } catch {
                guard error.kind == .brokenPipe || error.kind == .connectionReset else { throw error }
                return .done
            }
            return try lower.tryShutdownWrite()
        }
    }

    func tryFinish() throws(TransportError) -> ProgressStep {
        try state.withLock { (state) throws(TransportError) -> ProgressStep in try announceEnd(&state) }
    }

    // MARK: Receiving

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        guard buffer.freeCapacity > 0 else { return .received(0) }
        let room = buffer.freeCapacity
        let (step, bytes) = try state.withLock { (state) throws(TransportError) -> (ReceiveStep, [UInt8]) in
            if state.isClosed { throw .closed(.receive) }
            return try receive(atMost: room, &state)
        }
        for byte in bytes { buffer.append(byte) }
        return step
    }

    func tryReceive(scatteringInto segments: Span<MutableByteSegment>) throws(TransportError) -> ReceiveStep {
        for index in segments.indices where segments[index].count > 0 {
            return try segments[index].buffer.withOutputSpan { (span: inout OutputRawSpan) throws(TransportError) in
                try tryReceive(into: &span)
            }
        }
        return .received(0)
    }

    private func receive(atMost room: Int, _ state: inout State) throws(TransportError) -> (ReceiveStep, [UInt8]) {
        while true {
            if state.hasEnded { return (.endOfStream, []) }
            if state.frame == 0, let length = state.input.first {
                state.input.removeFirst()
                state.frame = Int(length)
                state.hasEnded = length == 0
                continue
            }
            let count = min(room, state.frame, state.input.count)
            if count > 0 {
                let bytes = [UInt8](state.input.prefix(count))
                state.input.removeFirst(count)
                state.frame -= count
                return (.received(count), bytes)
            }
            var piece = [UInt8](repeating: 0, count: 1024)
            let step = try piece.withOutputSpan(in: 0..<1024) { (span: inout OutputRawSpan) throws(TransportError) in
                try lower.tryReceive(into: &span)
            }
            switch step {
            case .received(let count): state.input += piece.prefix(count)
            case .endOfStream: throw TransportError(.truncated, operation: .receive)
            case .wouldBlock(let need): return (.wouldBlock(need), [])
            }
        }
    }

    var hasBufferedInput: Bool {
        state.withLock { $0.hasEnded || ($0.frame > 0 && !$0.input.isEmpty) || $0.input.first != nil }
    }

    // MARK: Ending

    func close() {
        state.withLock { $0.isClosed = true }
        lower.close()
    }

    func abort() {
        state.withLock { $0.isClosed = true }
        lower.abort()
    }
}
