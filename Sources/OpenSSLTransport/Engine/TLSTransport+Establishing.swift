public import TransportCore

extension TLSTransport {
    /// Goes on with connecting below, and then with the handshake.
    ///
    /// - Throws: ``TransportCore/TransportError/Kind/tlsCertificateRejected``,
    ///   ``TransportCore/TransportError/Kind/tlsHostNameMismatch`` and the other kinds of TLS, and what the transport
    ///   below throws; the same error each time.
    public func tryEstablish() throws(TransportError) -> ProgressStep {
        try step(.connect) { (state) throws(TransportError) in try establishStep(&state, mayPull: true) }
    }

    /// Makes the handshake, waiting until a deadline: one receive of the transport below for each answer of the peer.
    ///
    /// - Returns: Whether it is done; false when the deadline passed first.
    func establish(until deadline: Deadline) throws(TransportError) -> Bool {
        let step = try driveBelow(.connect, until: deadline) { (state, mayPull) throws(TransportError) in
            try establishStep(&state, mayPull: mayPull)
        }
        return step == .done
    }

    private func establishStep(_ state: inout TLSState, mayPull: Bool) throws(TransportError) -> ProgressStep {
        if let need = try establish(&state, mayPull: mayPull) { return .wouldBlock(need) }
        // What is left of our last message: the peer may be waiting for it.
        if let need = try flush(&state) { return .wouldBlock(need) }
        return .done
    }

    /// Goes on with the handshake.
    ///
    /// - Parameter mayPull: Whether to receive below what the peer has to say. The default is yes.
    /// - Returns: What to wait for; nil when it is done.
    @inline(__always)
    func establish(_ state: inout TLSState, mayPull: Bool = true) throws(TransportError) -> Need? {
        state.engine.isEstablished ? nil : try goOnEstablishing(&state, mayPull)
    }

    private func goOnEstablishing(_ state: inout TLSState, _ mayPull: Bool) throws(TransportError) -> Need? {
        if let failure = state.engine.failure { throw failure }
        if !state.isLowerEstablished {
            if case .wouldBlock(let need) = try lower.tryEstablish() { return need }
            state.isLowerEstablished = true
        }
        do throws(TransportError) {
            return try shakeHands(&state, mayPull)
        } catch {
            // libssl may have made an alert for the peer.
            _ = try? flush(&state)
            let error = error.with(operation: .handshake)
            guard error.aftermath == .dead || !error.aftermath.canReceive else { throw error }
            state.engine.fail(error.with(aftermath: .dead))
            throw error.with(aftermath: .dead)
        }
    }

    private func shakeHands(_ state: inout TLSState, _ mayPull: Bool) throws(TransportError) -> Need? {
        if state.engine.context.ticketKeys != nil { state.engine.time = now }
        while true {
            switch try state.engine.handshake() {
            case .done:
                self.state.stopAsking()
                if let need = try push(&state), state.engine.output.count > TLSEngine.mostOutput / 2 { return need }
                return nil
            case .ended: throw state.engine.endedDuringHandshake
            case .needsOutput:
                if let need = try push(&state) { return need }
            case .needsInput:
                do throws(TransportError) {
                    if let need = try flush(&state) { return need }
                } catch {
                    // A peer that no longer listens may have said why.
                    guard case .received? = try? pull(&state) else { throw error }
                    continue
                }
                if let failure = state.receiveFailure { throw failure }
                if !mayPull, !state.lowerHasEnded { return Need.readable.shared() }
                switch try pull(&state) {
                case .received: continue
                case .ended: throw state.engine.endedDuringHandshake
                case .wouldBlock(let need): return need.shared()
                }
            }
        }
    }
}
