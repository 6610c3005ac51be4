public import TransportCore

/// A stream in a ``LoopbackNetwork``.
public final class LoopbackStream<Family: LoopbackFamily>: Transport {
    // Those of a fixed size come first: they are found without looking up the family's layout.
    private let engine: NetworkEngine
    // Touched only with the network's lock held, which makes it safe to share.
    private nonisolated(unsafe) let pair: StreamPair
    private let side: Int
    private let options: OptionStore
    private let local: Family.SocketAddress
    private let remote: Family.SocketAddress
    /// The network, which must not go away before; nil for a stream of a server in it, which does not keep it.
    private let network: LoopbackNetwork?

    init(
        engine: NetworkEngine, network: LoopbackNetwork?, pair: StreamPair, side: Int, local: Family.SocketAddress,
        remote: Family.SocketAddress,
        options: OptionStore = OptionStore(noDelay: true)
    ) {
        self.engine = engine
        self.network = network
        self.pair = pair
        self.side = side
        self.local = local
        self.remote = remote
        self.options = options
    }

    deinit { close() }

    // MARK: Steps

    /// Finds out whether the listener has taken the connection into its queue.
    public func tryEstablish() throws(TransportError) -> ProgressStep {
        try engine.locked { () throws(TransportError) in
            if let refusal = pair.refusal { throw refusal }
            if pair[side].isClosed { throw .closed(.connect) }
            return pair.isEstablished ? .done : .wouldBlock(.writable)
        }
    }

    /// Receives what is there.
    public func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        guard buffer.freeCapacity > 0 else { return .received(0) }
        return try buffer.withUnsafeMutableBytes { (memory, count) throws(TransportError) -> ReceiveStep in
            let free = UnsafeMutableRawBufferPointer(rebasing: memory[count...])
            let step = try engine.locked { () throws(TransportError) -> ReceiveStep in
                let step = try pair.receiveAndLog(side, into: free, engine)
                if case .received = step { pair.changed(engine) }
                return step
            }
            if case .received(let amount) = step { count += amount }
            return step
        }
    }

    /// Sends as much as there is room for.
    public func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        try bytes.withUnsafeBytes { (memory) throws(TransportError) -> SendStep in
            try engine.locked { () throws(TransportError) -> SendStep in
                guard pair.isEstablished else { throw TransportError(.notConnected, operation: .send) }
                let step = try pair.sendAndLog(side, memory, engine)
                if case .sent = step { pair.changed(engine) }
                return step
            }
        }
    }

    /// Ends the sending direction.
    public func tryShutdownWrite() throws(TransportError) -> ProgressStep {
        try engine.locked { () throws(TransportError) -> ProgressStep in
            try pair.finish(side, engine)
            pair.changed(engine)
            return .done
        }
    }

    // MARK: Waiting

    /// Blocks until a need may be met, in the network's time.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try engine.wait(for: need, side: side, of: pair, until: deadline)
    }

    /// Blocks until a need of any of several streams of one network may be met, in the network's time.
    public static func wait(
        forAny waits: [(source: LoopbackStream, need: Need)], until deadline: Deadline
    ) throws(TransportError) -> Bool {
        guard let engine = waits.first?.source.engine, waits.allSatisfy({ $0.source.engine === engine }) else {
            throw .invalidArgument("wait for one stream at least, and for streams of one network", operation: .wait)
        }
        let times = waits.filter { $0.need.interest.isEmpty }.compactMap { $0.need.notBefore.map(Deadline.at) }
        let end = times.min() ?? .never
        let wishes = waits.filter { !$0.need.interest.isEmpty }.map { (source, need) in
            (subject: source.pair as any Waitable, wish: Wish(side: source.side, interest: need.interest))
        }
        let wish = wishes.first?.wish ?? Wish()
        let isReady = try engine.wait(
            for: wish, of: wishes.first?.subject, orAnyOf: Array(wishes.dropFirst()), until: min(end, deadline)
        )
        return isReady || end < deadline
    }

    /// Suspends until a need may be met, in the network's time.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await engine.ready(for: need, side: side, of: pair, until: deadline)
    }

    /// Blocks until an event has happened, in the network's time.
    public func wait(for event: WakeEvent, until deadline: Deadline) throws(TransportError) -> Bool {
        try engine.wait(for: event, side: side, of: pair, until: deadline)
    }

    /// Suspends until an event has happened, in the network's time.
    public func ready(for event: WakeEvent, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await engine.ready(for: event, side: side, of: pair, until: deadline)
    }

    /// Whether there is nothing to receive, where no fault has to see that somebody asks.
    ///
    /// What is looked at may change at once: whoever waits then looks again, with the lock.
    public func isKnownUnready(for interest: Need.Interest) -> Bool {
        interest == .readable && pair.seemsEmpty(side) && !engine.mayHaveFaults
    }

    // MARK: Ending

    /// Ends the stream.
    public func close() { end(abort: false) }

    /// Cuts the stream.
    public func abort() { end(abort: true) }

    private func end(abort: Bool) {
        engine.locked {
            pair.close(side, abort: abort, engine)
            pair.changed(engine)
        }
    }

    /// Remembers it for the network's reports.
    public func take(_ note: OwnerNote) { engine.locked { pair.record.take(note, side) } }

    // MARK: Knowledge

    /// The address of this end, also after closing.
    public var localAddress: Family.SocketAddress {
        get throws(TransportError) { local }
    }

    /// The address of the peer, also after closing.
    public var remoteAddress: Family.SocketAddress {
        get throws(TransportError) {
            if engine.locked({ !pair.isEstablished }) {
                throw TransportError(.notConnected, operation: .getAddress)
            }
            return remote
        }
    }

    /// `in-memory stream`.
    public static var kind: String { "in-memory stream" }

    /// As the network's profile says.
    public var facts: TransportFacts {
        var facts: TransportFacts = [.halfClose, .addressesSurviveClose, .fullBacklogPends]
        let profile = pair.profile
        if profile.abortIsReset, profile.resetsAreVisible { facts.insert(.abortIsVisible) }
        if profile.firstSendAfterPeerCloseFails { facts.insert(.firstSendAfterPeerCloseFails) }
        return facts
    }

    /// Keeps the value; an in-memory stream behaves the same with every one.
    public func apply(_ setting: OptionSetting) throws(TransportError) { try options.apply(setting) }

    /// The value that was set last.
    public func optionValue(named name: String) throws(TransportError) -> OptionValue {
        try options.value(named: name)
    }

    /// The network's time.
    public var now: Instant { engine.now }

    /// Gives the turn to those who can go on, when this thread has it.
    public func letOthersGoOn() { engine.pollInVain() }
}
