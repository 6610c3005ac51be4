internal import Synchronization
public import TransportCore

/// A stream that begins with an exchange, and is the stream below from then on.
///
/// The exchange is part of establishing the connection: `backend.connect` waits for it with its deadline, and so does
/// `Connection.establish(timeout:deadline:)`, which is the thing to call first on a connection that was accepted.
/// Without that the first receive or send does it.
///
/// While the exchange has left bytes that belong to the stream, the fact ``/TransportCore/TransportFacts/buffersInput``
/// is claimed; they come first. Afterwards every call is the same call of the transport below.
public final class OpeningLayer<Lower: Transport, Exchange: OpeningExchange>: TransportLayer
where Exchange.Family == Lower.Family {
    /// The addresses are of the family of the transport below.
    public typealias Family = Lower.Family

    /// The transport below.
    public let lower: Lower

    /// Whether every call can go straight to the transport below. Never false again.
    private let isTransparent: Atomic<Bool>
    private let state: Locked<OpeningState<Exchange>>

    /// Puts the layer over a transport.
    ///
    /// - Parameters:
    ///   - lower: The transport below.
    ///   - exchange: The exchange; nil for a stream that has none.
    ///   - limit: How long the exchange may take from now on. The default, nil, is as long as the caller waits.
    public init(over lower: Lower, exchange: Exchange?, limit: Duration? = nil) {
        self.lower = lower
        var state = OpeningState(exchange)
        if let limit, exchange != nil { state.limit = .at(lower.now.advanced(by: limit)) }
        isTransparent = Atomic(exchange == nil)
        self.state = Locked(state)
    }

    // MARK: The exchange

    /// Goes on with the exchange.
    ///
    /// - Throws: Why the exchange, or the stream below, failed; the same again when repeated.
    public func tryEstablish() throws(TransportError) -> ProgressStep {
        isTransparent.load(ordering: .acquiring) ? try lower.tryEstablish() : try goOn()
    }

    private func goOn() throws(TransportError) -> ProgressStep {
        try state.withLock { (state) throws(TransportError) -> ProgressStep in
            // Whoever waits below would not learn that somebody else took what it waits for: it is left to go on alone.
            if !state.isDone, state.waiterCount > 0 {
                let now = lower.now
                let began = state.followersBegan ?? now
                state.followersBegan = began
                return .wouldBlock(
                    Need([], notBefore: now.nextLook(since: began, after: .milliseconds(5)).instant))
            }
            state.followersBegan = nil
            let step = try state.goOn(over: lower)
            if step == .done, state.input.isEmpty { isTransparent.store(true, ordering: .releasing) }
            return step
        }
    }

    /// What an operation has to wait for before it can go on; nil when the exchange is done.
    private func needBefore() throws(TransportError) -> Need? {
        if case .wouldBlock(let need) = try tryEstablish() { need } else { nil }
    }

    // MARK: Receiving

    /// Receives; what the exchange has left comes first.
    public func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        if isTransparent.load(ordering: .acquiring) || buffer.freeCapacity == 0 {
            return try lower.tryReceive(into: &buffer)
        }
        if let need = try needBefore() { return .wouldBlock(need) }
        let count = takeLeft(into: &buffer)
        return count > 0 ? .received(count) : try lower.tryReceive(into: &buffer)
    }

    /// Receives; what the exchange has left comes first.
    public func tryReceive(scatteringInto segments: Span<MutableByteSegment>) throws(TransportError) -> ReceiveStep {
        if isTransparent.load(ordering: .acquiring) { return try lower.tryReceive(scatteringInto: segments) }
        if let need = try needBefore() { return .wouldBlock(need) }
        var count = 0
        for index in segments.indices {
            count += try segments[index].withOutputSpan { (span: inout OutputRawSpan) throws(TransportError) in
                takeLeft(into: &span)
            }
        }
        return count > 0 ? .received(count) : try lower.tryReceive(scatteringInto: segments)
    }

    /// Receives in the way of the transport below, once the exchange is done.
    public func receive(
        into buffer: inout OutputRawSpan, until deadline: Deadline
    ) throws(TransportError) -> ReceiveStep {
        if isTransparent.load(ordering: .acquiring) { return try lower.receive(into: &buffer, until: deadline) }
        return try drive(until: deadline) { () throws(TransportError) in try tryReceive(into: &buffer) }
    }

    private func takeLeft(into buffer: inout OutputRawSpan) -> Int {
        state.withLock { state in
            let count = min(buffer.freeCapacity, state.input.count)
            for byte in state.input.prefix(count) { buffer.append(byte) }
            state.input.removeFirst(count)
            if state.isDone, state.input.isEmpty { isTransparent.store(true, ordering: .releasing) }
            return count
        }
    }

    /// Whether the exchange has left bytes, or the transport below has some.
    public var hasBufferedInput: Bool {
        if !isTransparent.load(ordering: .acquiring), state.withLock({ $0.isDone && !$0.input.isEmpty }) { return true }
        return lower.hasBufferedInput
    }

    // MARK: Sending

    /// Sends, once the exchange is done.
    public func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        if !isTransparent.load(ordering: .acquiring), bytes.byteCount > 0, let need = try needBefore() {
            return .wouldBlock(need)
        }
        return try lower.trySend(bytes)
    }

    /// Sends, once the exchange is done.
    public func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        if !isTransparent.load(ordering: .acquiring), let need = try needBefore() { return .wouldBlock(need) }
        return try lower.trySend(gathering: segments)
    }

    /// Sends in the way of the transport below, once the exchange is done.
    public func send(_ bytes: RawSpan, until deadline: Deadline) throws(TransportError) -> SendStep {
        if isTransparent.load(ordering: .acquiring) { return try lower.send(bytes, until: deadline) }
        return try drive(until: deadline) { () throws(TransportError) in try trySend(bytes) }
    }

    /// Ends the sending direction, once the exchange is done.
    public func tryShutdownWrite() throws(TransportError) -> ProgressStep {
        if !isTransparent.load(ordering: .acquiring), let need = try needBefore() { return .wouldBlock(need) }
        return try lower.tryShutdownWrite()
    }

    // MARK: Waiting

    /// Waits below, during the exchange no longer than that may take.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        switch beginWait(for: need) {
        case .below: return try lower.wait(for: need, until: deadline)
        case .over: return true
        case .exchange(let limit):
            defer { state.withLock { $0.waiterCount -= 1 } }
            do throws(TransportError) {
                return try lower.wait(for: need, until: min(limit, deadline)) || limit < deadline
            } catch {
                throw state.withLock { $0.translated(error) }
            }
        }
    }

    /// Waits below, during the exchange no longer than that may take.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        switch beginWait(for: need) {
        case .below: return try await lower.ready(for: need, until: deadline)
        case .over: return true
        case .exchange(let limit):
            defer { state.withLock { $0.waiterCount -= 1 } }
            do throws(TransportError) {
                return try await lower.ready(for: need, until: min(limit, deadline)) || limit < deadline
            } catch {
                throw state.withLock { $0.translated(error) }
            }
        }
    }

    private enum WaitPlace {
        case below, over
        case exchange(limit: Deadline)
    }

    private func beginWait(for need: Need) -> WaitPlace {
        if isTransparent.load(ordering: .acquiring) || need.interest.isEmpty { return .below }
        return state.withLock { state in
            switch state.phase {
            case .done: return need.interest.contains(.readable) && !state.input.isEmpty ? .over : .below
            case .failed: return .over
            case .closed: return .below
            default:
                state.waiterCount += 1
                return .exchange(limit: state.limit)
            }
        }
    }

    /// What the transport below knows, once the exchange is done.
    public func isKnownUnready(for interest: Need.Interest) -> Bool {
        isTransparent.load(ordering: .acquiring) && lower.isKnownUnready(for: interest)
    }

    // MARK: Ending

    /// Closes the transport below.
    public func close() {
        forgetLeft()
        lower.close()
    }

    /// Cuts the transport below.
    public func abort() {
        forgetLeft()
        lower.abort()
    }

    /// After closing, nothing is given any more that was left.
    private func forgetLeft() {
        if isTransparent.load(ordering: .acquiring) { return }
        state.withLock { state in
            if !state.isDone { state.phase = .closed }
            state.input = []
        }
    }

    // MARK: Knowledge

    /// The facts of the transport below, and ``/TransportCore/TransportFacts/buffersInput`` while something is left of
    /// the exchange.
    public var facts: TransportFacts {
        if isTransparent.load(ordering: .acquiring) { return lower.facts }
        return state.withLock { $0.isDone && !$0.input.isEmpty } ? lower.facts.union(.buffersInput) : lower.facts
    }

    /// The address of this end: what the exchange found out, or that of the transport below.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidState`` when the exchange decides it and is not done; why
    ///   it failed.
    public var localAddress: Lower.Family.SocketAddress {
        get throws(TransportError) {
            if let found = try found({ $0.localAddress }) { return found }
            return try lower.localAddress
        }
    }

    /// The address of the peer: what the exchange found out, or that of the transport below.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidState`` when the exchange decides it and is not done; why
    ///   it failed.
    public var remoteAddress: Lower.Family.SocketAddress {
        get throws(TransportError) {
            if let found = try found({ $0.remoteAddress }) { return found }
            return try lower.remoteAddress
        }
    }

    private func found<Value>(_ value: (Exchange) -> Value?) throws(TransportError) -> Value? {
        // Read without the lock's being held while stepping: the exchange is not replaced once it is done.
        let (exchange, isOver) = state.withLock { ($0.exchange, $0.isDone) }
        guard let exchange, exchange.decidesAddresses else { return nil }
        if isOver { return value(exchange) }
        guard case .done = try tryEstablish() else {
            throw TransportError(.invalidState, operation: .getAddress).with(
                message: "the addresses are not known before the stream has begun: call establish() first"
            )
        }
        return state.withLock { $0.exchange.flatMap(value) }
    }

    /// What the exchange is.
    public static var kind: String { Exchange.kind }

    /// What the exchange is, once it is done with the target of a proxy or the peer that it found out; and what is below.
    public var stack: [String] {
        let exchange = state.withLock { $0.isDone ? $0.exchange : nil }
        let target = exchange?.query(ProxiedTarget.self).map { " to \($0)" }
        return [Self.kind + (target ?? exchange?.remoteAddress.map { " for \($0)" } ?? "")] + lower.stack
    }

    /// Answers what the exchange can answer, and passes on everything else.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? {
        if key == EstablishingTimeout.self, !isTransparent.load(ordering: .acquiring) {
            let below = lower.query(EstablishingTimeout.self) ?? TransportError(.timedOut, operation: .connect)
            return state.withLock { $0.translated(below) } as? Key.Value
        }
        return state.withLock { $0.isDone ? $0.exchange?.query(key) : nil } ?? lower.query(key)
    }
}
