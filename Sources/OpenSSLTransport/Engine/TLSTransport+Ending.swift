public import TransportCore

/// How much a single step of an ending takes of what the peer still sends.
private let mostDrained = 1 << 20

extension TLSTransport {
    /// Announces the end of what this end sends (`close_notify`). Receiving goes on, and the transport below stays as it
    /// is.
    public func tryShutdownWrite() throws(TransportError) -> ProgressStep {
        try step(.shutdownWrite) { (state) throws(TransportError) in
            if let need = try establish(&state) { return .wouldBlock(need) }
            do throws(TransportError) {
                guard let need = try announceEnd(&state) else { return .done }
                return .wouldBlock(need)
            } catch {
                // Who has gone needs no announcement.
                guard error.kind == .brokenPipe || error.kind == .connectionReset else { throw error }
                return .done
            }
        }
    }

    /// Announces the end and awaits the peer's announcement, dropping what the peer still sends.
    ///
    /// A connection that has failed, or whose handshake is not done, has no such ending: what is kept for the peer, such
    /// as an alert, is handed down.
    public func tryFinish() throws(TransportError) -> ProgressStep {
        try state.step { (state) throws(TransportError) -> ProgressStep in
            guard state.engine.isEstablished, state.engine.failure == nil else {
                guard let need = try flush(&state) else { return .done }
                return .wouldBlock(need)
            }
            if let need = try announceEnd(&state) {
                // Make room for a peer that cannot receive because it is sending.
                _ = try? drain(&state)
                return .wouldBlock(need)
            }
            return try drain(&state)
        }
    }

    /// Makes the announcement, once, and hands it down.
    func announceEnd(_ state: inout TLSState) throws(TransportError) -> Need? {
        if state.engine.failure == nil, !state.engine.hasAnnouncedEnd {
            if let need = try finishMessage(&state) { return need }
            try state.engine.announceEnd()
        }
        return try flush(&state)
    }

    /// Receives until the peer's end, dropping its bytes.
    private func drain(_ state: inout TLSState) throws(TransportError) -> ProgressStep {
        try withUnsafeTemporaryBytes(16 << 10) { (memory) throws(TransportError) -> ProgressStep in
            var drained = 0
            while drained < mostDrained {
                switch try state.engine.read(into: memory) {
                case .ended: return .done
                case .done(let count): drained += count
                case .needsOutput:
                    if let need = try push(&state) { return .wouldBlock(need) }
                case .needsInput:
                    switch try pull(&state) {
                    case .received(let count): drained += count
                    case .ended: return .done
                    case .wouldBlock(let need): return .wouldBlock(need.shared())
                    }
                }
            }
            return .wouldBlock(Need.readable.shared())
        }
    }

    /// Ends TLS and leaves the transport below as it is.
    ///
    /// - Throws: ``TransportError/Kind/invalidState`` when the peer still sends bytes.
    func tryUnwrap() throws(TransportError) -> ProgressStep {
        try step(.stopTLS) { (state) throws(TransportError) in
            if let need = try establish(&state) { return .wouldBlock(need) }
            if let need = try announceEnd(&state) { return .wouldBlock(need) }
            while true {
                switch try state.engine.look() {
                case .ended: return .done
                case .done: throw Self.unreadBytes
                case .needsOutput:
                    if let need = try push(&state) { return .wouldBlock(need) }
                case .needsInput:
                    switch try pull(&state, exact: true) {
                    case .received: continue
                    case .ended: throw TransportError(.truncated, operation: .stopTLS)
                    case .wouldBlock(let need): return .wouldBlock(need.shared())
                    }
                }
            }
        }
    }

    private static var unreadBytes: TransportError {
        TransportError(.invalidState, operation: .stopTLS)
            .with(message: "the peer has sent bytes that were not received: TLS can be ended only behind them")
            .with(advice: "receive until there is nothing more, or the end; then stop TLS again")
    }
}

/// Gives memory on the stack.
private func withUnsafeTemporaryBytes<Result>(
    _ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(TransportError) -> Result
) throws(TransportError) -> Result {
    // The standard library's call rethrows any error; the typed one travels through a result in its place.
    try withUnsafeTemporaryAllocation(byteCount: count, alignment: 16) {
        memory -> Swift.Result<Result, TransportError> in
        do throws(TransportError) {
            return .success(try body(memory))
        } catch {
            return .failure(error)
        }
    }.get()
}
