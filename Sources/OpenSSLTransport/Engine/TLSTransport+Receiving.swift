internal import Synchronization
public import TransportCore

/// How much ciphertext one step looks at that has no bytes for the program in it, before it gives up its turn.
private let mostWithoutBytes = 256 << 10

extension TLSTransport {
    /// Decrypts what is there, receiving ciphertext from below when there is none.
    ///
    /// The need may be that the transport below becomes writable: answers of the protocol that it could not take yet are
    /// handed down here, too.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/truncated`` when the stream below ends without the peer's
    ///   `close_notify`; the errors of the handshake; ``TransportCore/TransportError/Kind/tlsAlertReceived`` and
    ///   ``TransportCore/TransportError/Kind/tlsProtocolViolation``.
    public func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        guard buffer.freeCapacity > 0 else { return .received(0) }
        return try step(.receive) { (state) throws(TransportError) in
            try receive(into: &buffer, &state, mayPull: true)
        }
    }

    /// Fills the segments in order with what is there.
    public func tryReceive(scatteringInto segments: Span<MutableByteSegment>) throws(TransportError) -> ReceiveStep {
        var total = 0
        for index in segments.indices where segments[index].count > 0 {
            if total > 0, !hasBufferedInput { break }
            let step: ReceiveStep
            do throws(TransportError) {
                step = try segments[index].buffer.withOutputSpan { (span: inout OutputRawSpan) throws(TransportError) in
                    try tryReceive(into: &span)
                }
            } catch {
                if total > 0 { break }
                throw error
            }
            guard case .received(let count) = step else { return total > 0 ? .received(total) : step }
            total += count
            if count < segments[index].count { break }
        }
        return .received(total)
    }

    /// Decrypts what is there; otherwise waits below for more, without the lock: one receive of the transport below for
    /// a record that has not come yet, however it waits.
    public func receive(
        into buffer: inout OutputRawSpan, until deadline: Deadline
    ) throws(TransportError) -> ReceiveStep {
        guard buffer.freeCapacity > 0 else { return .received(0) }
        return try driveBelow(.receive, until: deadline) { (state, mayPull) throws(TransportError) in
            try receive(into: &buffer, &state, mayPull: mayPull)
        }
    }

    /// Tries a step and waits in turn, as `drive` does. What is to come from the peer is received below while waiting,
    /// without the lock: one receive of the transport below, however it waits.
    @inline(__always)
    func driveBelow<Step: Attempt>(
        _ operation: TransportError.Operation, until deadline: Deadline,
        _ step: (_ state: inout TLSState, _ mayPull: Bool) throws(TransportError) -> Step
    ) throws(TransportError) -> Step {
        var hasWaited = false
        while true {
            let isOver = hasWaited && deadline != .never && deadline.hasPassed(at: now)
            if isClosed.load(ordering: .acquiring) { throw .closed(operation) }
            let outcome = try state.unlessBusy { (state) throws(TransportError) -> (Step, Bool) in
                let result = try step(&state, false)
                let forPeer = state.engine.isEstablished ? .readable : Need.readable.shared()
                guard !isOver, result.need == forPeer, state.isLowerEstablished, !state.turn.isTaken else {
                    return (result, false)
                }
                // From here on `receiveBelow` is called, which gives it back.
                state.turn.take()
                return (result, true)
            }
            let (result, mayWaitBelow) = outcome ?? (.wouldBlock(.untilFree), false)
            guard let need = result.need, !isOver else { return result }
            hasWaited = true
            if mayWaitBelow {
                guard try receiveBelow(until: deadline) else { return result }
            } else {
                guard try wait(for: need, until: deadline) else { return result }
                // Somebody has to receive below: a plain step does.
                let result = try self.step(operation) { (state) throws(TransportError) in try step(&state, true) }
                guard result.need != nil else { return result }
            }
        }
    }

    /// Waits below for ciphertext and takes it; the caller has taken the turn.
    ///
    /// - Returns: Whether anything came before the deadline. A failure that ends receiving counts as that: the next step
    ///   tells it.
    private func receiveBelow(until deadline: Deadline) throws(TransportError) -> Bool {
        let piece = pool.take()
        let memory = UnsafeMutableRawBufferPointer(start: piece, count: BufferPool.size)
        let step: ReceiveStep
        do throws(TransportError) {
            step = try memory.withOutputSpan { (span: inout OutputRawSpan) throws(TransportError) in
                try lower.receive(into: &span, until: deadline)
            }
        } catch {
            endTurn { state in
                if !error.aftermath.canReceive { state.receiveFailure = error }
            }
            pool.giveBack(piece)
            guard !error.aftermath.canReceive else { throw error }
            return true
        }
        return endTurn { state in
            switch step {
            case .received(let count):
                // Nobody else has put anything in: that takes receiving below.
                state.engine.input.adopt(piece, count: count)
                return true
            case .endOfStream:
                pool.giveBack(piece)
                state.lowerHasEnded = true
                return true
            case .wouldBlock:
                pool.giveBack(piece)
                return false
            }
        }
    }

    /// One step of receiving.
    private func receive(
        into buffer: inout OutputRawSpan, _ state: inout TLSState, mayPull: Bool
    ) throws(TransportError) -> ReceiveStep {
        if let need = try establish(&state, mayPull: mayPull) { return .wouldBlock(need) }
        return try buffer.withFreeMemory { (memory) throws(TransportError) -> ReceiveStep in
            try receive(into: memory, &state, mayPull: mayPull)
        }
    }

    private func receive(
        into memory: UnsafeMutableRawBufferPointer, _ state: inout TLSState, mayPull: Bool
    ) throws(TransportError) -> ReceiveStep {
        let engine = state.engine
        var looked = 0
        while true {
            let step: TLSEngine.Step
            do throws(TransportError) {
                step = engine.lacksInput ? .needsInput : try engine.read(into: memory)
            } catch {
                // libssl may have made an alert for the peer.
                _ = try? flush(&state)
                throw error
            }
            switch step {
            case .done(let count):
                if !engine.output.isEmpty { _ = try? push(&state) }
                return .received(count)
            case .ended: return .endOfStream
            case .needsOutput:
                if let need = try push(&state) { return .wouldBlock(need) }
            case .needsInput:
                if state.lowerHasEnded { return try unannouncedEnd(&state) }
                if let failure = state.receiveFailure { throw failure }
                // Answers of the protocol. That they cannot be sent is for the sender to find out.
                let pending = engine.output.isEmpty ? nil : (try? push(&state)) ?? nil
                var need = Need.readable
                if mayPull {
                    switch try pull(&state) {
                    case .received(let count):
                        looked += count
                        if looked < mostWithoutBytes { continue }
                    case .ended: continue
                    case .wouldBlock(let lowerNeed): need = lowerNeed
                    }
                }
                if let pending { need.interest.formUnion(pending.interest) }
                return .wouldBlock(need)
            }
        }
    }

    /// What an end means that the peer has not announced.
    private func unannouncedEnd(_ state: inout TLSState) throws(TransportError) -> ReceiveStep {
        if state.engine.context.settings.missingCloseNotify == .acceptAsEnd { return .endOfStream }
        if let failure = state.receiveFailure { throw failure }
        let failure = TransportError(.truncated, operation: .receive)
            .with(message: "the stream ended without the peer's close_notify: somebody may have cut it")
            .with(
                advice: "if the protocol knows by itself whether something is missing, accept such an end "
                    + "(TLSSettings.missingCloseNotify)"
            )
        state.receiveFailure = failure
        throw failure
    }

    /// Whether bytes or the end are here already, or ciphertext that makes some.
    public var hasBufferedInput: Bool {
        let answer = state.unlessBusy { state in
            state.engine.hasReadyInput || state.engine.failure != nil
                || (state.lowerHasEnded && state.engine.isEstablished)
        }
        return answer ?? false
    }
}
