internal import TransportCore

/// How far an exchange has come.
struct OpeningState<Exchange: OpeningExchange> {
    enum Phase {
        /// The transport below is being established.
        case below
        /// What comes next is to be asked.
        case asking
        /// The rest of a message is to be sent.
        case sending([UInt8], from: Int)
        /// The transport below is to hand a message over.
        case flushing
        /// Some bytes are to be received.
        case receiving(atMost: Int)
        case done
        case failed(TransportError)
        case closed
    }

    var exchange: Exchange?
    var phase: Phase
    /// What was received: of the exchange first, and of the stream once that is done.
    var input: [UInt8] = []
    /// When the exchange has to be over.
    var limit: Deadline = .never
    /// How many wait below for the exchange to go on.
    var waiterCount = 0
    /// Since when others wait for them; nil when nobody does.
    var followersBegan: Instant?

    init(_ exchange: Exchange?) {
        self.exchange = exchange
        phase = exchange == nil ? .done : .below
    }

    var isDone: Bool { if case .done = phase { true } else { false } }

    /// What a failure of the transport below, or of waiting for it, is for whoever opens the stream.
    func translated(_ error: TransportError) -> TransportError {
        guard let exchange, error.kind != .closed else { return error }
        return switch phase {
        case .below: exchange.failedBelow(error)
        case .asking, .sending, .flushing, .receiving: exchange.interrupted(by: error)
        case .done, .failed, .closed: error
        }
    }

    /// Does something with the transport below.
    private func below<Step>(_ step: () throws(TransportError) -> Step) throws(TransportError) -> Step {
        do throws(TransportError) { return try step() } catch { throw translated(error) }
    }

    /// Goes on as far as that is possible now.
    mutating func goOn(over lower: some Transport) throws(TransportError) -> ProgressStep {
        while true {
            switch phase {
            case .done: return .done
            case .failed(let error): throw error
            case .closed: throw .closed(.connect)
            default: break
            }
            do throws(TransportError) {
                guard let need = try takeStep(over: lower) else { continue }
                guard limit != .never, limit.hasPassed(at: lower.now) else { return .wouldBlock(need) }
                try exchange?.overdue(after: input)
                phase = .done
            } catch {
                guard error.kind != .closed else { throw error }
                let error = error.with(aftermath: .dead)
                phase = .failed(error)
                throw error
            }
        }
    }

    /// Takes one step.
    ///
    /// - Returns: What to wait for, when it could do nothing.
    private mutating func takeStep(over lower: some Transport) throws(TransportError) -> Need? {
        switch phase {
        case .below:
            let step = try below { () throws(TransportError) in try lower.tryEstablish() }
            if case .wouldBlock(let need) = step { return need }
            phase = .asking
        case .asking:
            switch try exchange?.advance(&input) ?? .done {
            case .send(let bytes): phase = .sending(bytes, from: 0)
            case .receive(let maximum): phase = .receiving(atMost: max(1, maximum))
            case .done: phase = .done
            }
        case .sending(let bytes, let start) where start < bytes.count:
            let step = try below { () throws(TransportError) in
                try bytes.withRawSpan { (span) throws(TransportError) in
                    try lower.trySend(span.extracting(start..<span.byteCount))
                }
            }
            switch step {
            case .sent(let count): phase = .sending(bytes, from: start + count)
            case .wouldBlock(let need): return need
            }
        case .sending: phase = .flushing
        case .flushing:
            let step = try below { () throws(TransportError) in try lower.tryFlush() }
            if case .wouldBlock(let need) = step { return need }
            phase = .asking
        case .receiving(let maximum):
            let step: ReceiveStep
            do throws(TransportError) {
                step = try input.appendBytes(atMost: maximum) { (buffer: inout OutputRawSpan) throws(TransportError) in
                    try lower.tryReceive(into: &buffer)
                }
            } catch {
                throw translated(error)
            }
            switch step {
            case .received: phase = .asking
            case .wouldBlock(let need): return need
            case .endOfStream:
                try exchange?.endedEarly(after: input)
                phase = .done
            }
        case .done, .failed, .closed: break
        }
        return nil
    }
}
