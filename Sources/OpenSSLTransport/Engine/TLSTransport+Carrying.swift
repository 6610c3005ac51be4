internal import TransportCore

// Ciphertext to and from the transport below, in steps, with the lock held.

extension TLSTransport {
    /// Hands ciphertext down.
    ///
    /// - Returns: What to wait for before the rest can follow; nil when there is no rest.
    func push(_ state: inout TLSState) throws(TransportError) -> Need? {
        if let failure = state.sendFailure { throw failure }
        let engine = state.engine
        while !engine.output.isEmpty {
            let step: SendStep
            do throws(TransportError) {
                step = try lower.trySend(RawSpan(_unsafeBytes: engine.output.bytes))
            } catch {
                if !error.aftermath.canSend { state.sendFailure = error }
                throw error
            }
            switch step {
            case .sent(let count):
                guard count > 0 else { throw Self.noProgress(.send) }
                engine.output.drop(count)
            case .wouldBlock(let need): return need
            }
        }
        return nil
    }

    /// Hands ciphertext down and has the transport below hand down its own.
    func flush(_ state: inout TLSState) throws(TransportError) -> Need? {
        if let need = try push(&state) { return need }
        guard case .wouldBlock(let need) = try lower.tryFlush() else { return nil }
        return need
    }

    /// What one attempt to get ciphertext came to.
    enum Pull {
        case received(Int)
        case ended
        case wouldBlock(Need)
    }

    /// Gets ciphertext from below.
    ///
    /// - Parameter exact: Whether to take no more than libssl asks for, so that nothing that follows the end of TLS is
    ///   taken along.
    func pull(_ state: inout TLSState, exact: Bool = false) throws(TransportError) -> Pull {
        if state.lowerHasEnded { return .ended }
        if state.turn.isTaken { return .wouldBlock(Need.readable.shared()) }
        let engine = state.engine
        let room = engine.input.room(atMost: exact ? max(1, engine.wanted) : .max)
        do throws(TransportError) {
            let step = try room.withOutputSpan { (span: inout OutputRawSpan) throws(TransportError) in
                try lower.tryReceive(into: &span)
            }
            return pulled(step, &state)
        } catch {
            engine.input.commit(0)
            if !error.aftermath.canReceive { state.receiveFailure = error }
            throw error
        }
    }

    private func pulled(_ step: ReceiveStep, _ state: inout TLSState) -> Pull {
        switch step {
        case .received(let count):
            state.engine.input.commit(count)
            return .received(count)
        case .endOfStream:
            state.engine.input.commit(0)
            state.lowerHasEnded = true
            return .ended
        case .wouldBlock(let need):
            state.engine.input.commit(0)
            return .wouldBlock(need)
        }
    }

    /// Receives the rest of a message of the peer that has come in part, and nothing behind it: see
    /// ``TLSEngine/isInMessage``.
    ///
    /// - Returns: What to wait for; nil when there is no such message, or no longer.
    func finishMessage(_ state: inout TLSState) throws(TransportError) -> Need? {
        while state.engine.isInMessage {
            let step: TLSEngine.Step
            do throws(TransportError) {
                step = try state.engine.readMessage()
            } catch {
                // libssl may have made an alert for the peer.
                _ = try? flush(&state)
                throw error
            }
            switch step {
            case .done, .ended: return nil
            case .needsOutput:
                if let need = try push(&state) { return need }
            case .needsInput:
                switch try pull(&state, exact: true) {
                case .received: continue
                case .ended: throw Self.endedInMessage
                case .wouldBlock(let need): return need.shared()
                }
            }
        }
        return nil
    }

    private static var endedInMessage: TransportError {
        TransportError(.truncated, operation: .receive)
            .with(message: "the stream ended in the midst of a message of TLS").with(aftermath: .dead)
    }

    /// The error for a transport below that does not keep the contract.
    static func noProgress(_ operation: TransportError.Operation) -> TransportError {
        TransportError(.invalidState, operation: operation)
            .with(message: "\(Lower.self) moved no bytes, and did not say that it would block")
    }
}
