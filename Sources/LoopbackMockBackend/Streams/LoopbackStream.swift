public import TransportCore

/// A stream in a ``LoopbackNetwork``.
public final class LoopbackStream<Family: LoopbackFamily>: Transport {
    private let network: NetworkEngine
    private let shared: Shared
    private let side: Int
    private let local: Family.SocketAddress
    private let remote: Family.SocketAddress
    private let options: OptionStore

    /// What both ends share.
    ///
    /// Sendable: the pair is touched only with the network's lock held.
    final class Shared: @unchecked Sendable {
        let pair: StreamPair
        /// Whether the listener has room for the connection; until then it is being established.
        var isEstablished: Bool
        /// Why it could not be established.
        var refusal: TransportError?

        init(profile: NetworkProfile, seed: UInt64, isEstablished: Bool) {
            pair = StreamPair(profile: profile, seed: seed)
            self.isEstablished = isEstablished
        }
    }

    init(
        network: NetworkEngine, shared: Shared, side: Int, local: Family.SocketAddress, remote: Family.SocketAddress,
        options: OptionStore = OptionStore(noDelay: true)
    ) {
        self.network = network
        self.shared = shared
        self.side = side
        self.local = local
        self.remote = remote
        self.options = options
    }

    deinit { close() }

    // MARK: Steps

    /// Finds out whether the listener has taken the connection into its queue.
    public func tryEstablish() throws(TransportError) -> ProgressStep {
        try network.perform { (_) throws(TransportError) in
            if let refusal = shared.refusal { throw refusal }
            if shared.pair[side].isClosed { throw .closed(.connect) }
            return shared.isEstablished ? .done : .wouldBlock(.writable)
        }
    }

    /// Receives what is there.
    public func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        guard buffer.freeCapacity > 0 else { return .received(0) }
        return try buffer.withUnsafeMutableBytes { (memory, count) throws(TransportError) -> ReceiveStep in
            let free = UnsafeMutableRawBufferPointer(rebasing: memory[count...])
            let step = try network.perform { (state) throws(TransportError) -> ReceiveStep in
                let step = try shared.pair.receive(side, into: free)
                network.changed(&state)
                return step
            }
            if case .received(let amount) = step { count += amount }
            return step
        }
    }

    /// Sends as much as there is room for.
    public func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        try bytes.withUnsafeBytes { (memory) throws(TransportError) -> SendStep in
            try network.perform { (state) throws(TransportError) -> SendStep in
                guard shared.isEstablished else { throw TransportError(.notConnected, operation: .send) }
                let step = try shared.pair.send(side, memory)
                network.changed(&state)
                return step
            }
        }
    }

    /// Ends the sending direction.
    public func tryShutdownWrite() throws(TransportError) -> ProgressStep {
        try network.perform { (state) throws(TransportError) -> ProgressStep in
            try shared.pair.finish(side)
            network.changed(&state)
            return .done
        }
    }

    // MARK: Waiting

    /// Blocks until a need may be met, in the network's time.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        let ready = try network.wait(
            until: need.interest.isEmpty ? min(deadline, need.notBefore.map(Deadline.at) ?? .never) : deadline
        ) { [shared, side] in
            shared.pair[side].isClosed || shared.refusal != nil
                || (shared.isEstablished && shared.pair.isReady(side, for: need.interest))
        } description: { [shared, side, local, remote] in
            let wish = need.interest.contains(.readable) ? "something to receive" : "room to send"
            return "\(wish) on \(local) ↔ \(remote) (\(shared.pair.summary(side)))"
        }
        if network.perform({ _ in shared.pair[side].isClosed }) { throw .closed(.wait) }
        if !ready, need.interest.isEmpty, let notBefore = need.notBefore { return Deadline.at(notBefore) < deadline }
        return ready
    }

    /// Suspends until a need may be met.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        let ready = try await network.ready(until: deadline) { [shared, side] in
            shared.pair[side].isClosed || shared.refusal != nil
                || (shared.isEstablished && shared.pair.isReady(side, for: need.interest))
        } description: {
            "a task"
        }
        if network.perform({ _ in shared.pair[side].isClosed }) { throw .closed(.wait) }
        return ready
    }

    // MARK: Ending

    /// Ends the stream.
    public func close() { end(abort: false) }

    /// Cuts the stream.
    public func abort() { end(abort: true) }

    private func end(abort: Bool) {
        network.perform { state in
            shared.pair.close(side, abort: abort)
            network.changed(&state)
        }
    }

    // MARK: Knowledge

    /// The address of this end, also after closing.
    public var localAddress: Family.SocketAddress {
        get throws(TransportError) { local }
    }

    /// The address of the peer, also after closing.
    public var remoteAddress: Family.SocketAddress {
        get throws(TransportError) {
            if network.perform({ _ in !shared.isEstablished }) {
                throw TransportError(.notConnected, operation: .getAddress)
            }
            return remote
        }
    }

    /// As the network's profile says.
    public var facts: TransportFacts {
        var facts: TransportFacts = [.halfClose, .addressesSurviveClose, .fullBacklogPends]
        let profile = shared.pair.profile
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
    public var now: Instant { network.now }
}
