public import TransportCore

/// How many bytes one step encrypts: four records, which fit into a piece of the pool and one call of the system.
private let mostPerStep = 64 << 10

extension TLSTransport {
    /// Encrypts bytes and hands the records down together.
    ///
    /// Records that the transport below does not take are kept; ``tryFlush()`` hands them down, as do later steps. While
    /// there are any, no more bytes are taken.
    public func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        guard bytes.byteCount > 0 else { return .sent(0) }
        return try step(.send) { (state) throws(TransportError) in
            if let need = try prepareToSend(&state) { return .wouldBlock(need) }
            let count = min(bytes.byteCount, mostPerStep)
            let need = try bytes.extracting(first: count).withUnsafeBytes { (memory) throws(TransportError) in
                try encrypt(memory, &state)
            }
            if let need { return .wouldBlock(need) }
            _ = try push(&state)
            return .sent(count)
        }
    }

    /// Encrypts several runs of bytes and hands the records down together.
    public func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        guard segments.indices.contains(where: { segments[$0].count > 0 }) else { return .sent(0) }
        return try step(.send) { (state) throws(TransportError) in
            if let need = try prepareToSend(&state) { return .wouldBlock(need) }
            var total = 0
            for index in segments.indices where segments[index].count > 0 && total < mostPerStep {
                let part = UnsafeRawBufferPointer(
                    rebasing: segments[index].buffer.prefix(min(segments[index].count, mostPerStep - total))
                )
                if let need = try encrypt(part, &state) {
                    if total == 0 { return .wouldBlock(need) }
                    break
                }
                total += part.count
            }
            _ = try push(&state)
            return .sent(total)
        }
    }

    /// Hands down what is kept, and has the transport below do so, too.
    public func tryFlush() throws(TransportError) -> ProgressStep {
        try step(.flush) { (state) throws(TransportError) in
            guard let need = try flush(&state) else { return .done }
            return .wouldBlock(need)
        }
    }

    /// What to wait for before bytes can be encrypted; nil when they can be.
    private func prepareToSend(_ state: inout TLSState) throws(TransportError) -> Need? {
        if let need = try establish(&state) { return need }
        if let failure = state.engine.failure { throw failure }
        if state.engine.hasAnnouncedEnd {
            throw TransportError(.brokenPipe, operation: .send)
                .with(message: "this end has announced the end of what it sends")
        }
        return try push(&state)
    }

    /// Encrypts bytes, all of them: libssl writes into a queue that has room for them.
    ///
    /// - Returns: What to wait for when the peer has to finish a message first, and nothing was encrypted; nil otherwise.
    private func encrypt(_ memory: UnsafeRawBufferPointer, _ state: inout TLSState) throws(TransportError) -> Need? {
        if state.engine.owesTickets { state.engine.time = now }
        while true {
            switch try state.engine.write(memory) {
            case .done(let count) where count == memory.count: return nil
            case .needsInput where state.engine.isInMessage:
                if let need = try finishMessage(&state) { return need }
            default:
                let failure = TransportError(.invalidState, operation: .send)
                    .with(message: "OpenSSL took a part of what it was given").with(aftermath: .dead)
                state.engine.fail(failure)
                throw failure
            }
        }
    }
}
