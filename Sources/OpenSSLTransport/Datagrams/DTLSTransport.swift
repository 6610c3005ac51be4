internal import Synchronization
public import TransportCore

/// DTLS 1.2 (RFC 6347) over any endpoint for datagrams: one association for each peer, of which there is one where the
/// endpoint is connected, and as many as write to it where it is not.
///
/// Usually made by a ``DTLSBackend``, and used as a `DatagramSocket`: what is sent to a peer is encrypted for it, and what
/// is received says who sent it. With a client's configuration the first datagram to a peer makes the handshake, or
/// ``tryEstablish(with:)`` does; with a server's the handshakes of others are answered. A client must return a cookie before
/// anything is kept of it.
///
/// Everything is done by whoever receives or sends: handshakes of others are answered, and lost messages sent again, while
/// somebody receives. Receiving goes on after whatever a single peer does.
///
/// As with all datagrams, they may be lost and come in another order; DTLS drops those that come twice or were changed on
/// the way. OpenSSL makes no empty ones.
///
/// A peer that ends its association (`close_notify`), or breaks it, is forgotten; the next datagram to it begins a new
/// one. Receiving says so only where the endpoint is connected to that peer.
public final class DTLSTransport<Lower: DatagramTransport>: DatagramTransport {
    /// The family of the addresses.
    public typealias Family = Lower.Family
    @usableFromInline typealias State = DTLSState<Family.SocketAddress>

    /// The endpoint below. What is sent or received there directly is not protected.
    public let lower: Lower

    /// The state; held during steps, which never wait, and never while waiting.
    @usableFromInline let state: SteppedState<State>
    let isClosed = Atomic<Bool>(false)
    let client: DTLSConfiguration?
    let server: DTLSConfiguration?
    let serverName: TLSPeerName?
    let limits: DTLSLimits
    /// Memory for the time of a step, shared with other endpoints of the configuration: one that is idle has none.
    @usableFromInline let pool: BufferPool

    /// Makes an endpoint.
    ///
    /// - Parameters:
    ///   - lower: The endpoint below, connected or not; this one closes it.
    ///   - client: How associations are begun. The default, nil, is not at all.
    ///   - server: How those of others are answered. The default, nil, is not at all.
    ///   - serverName: The host that certificates of servers must be for, or its IP address. The default, nil, is only
    ///     taken where the configuration verifies no name.
    ///   - limits: How much is taken on.
    ///   - randomNumber: Gives random numbers of the backend, of which the secret of the cookies is made.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for a configuration in the wrong place, for a
    ///   name that is none, and for a missing one.
    public init(
        over lower: Lower, client: DTLSConfiguration? = nil, server: DTLSConfiguration? = nil,
        serverName: String? = nil, limits: DTLSLimits = DTLSLimits(),
        randomNumber: @escaping @Sendable () -> UInt64
    ) throws(TransportError) {
        try Self.check(client: client, server: server, serverName: serverName, limits: limits)
        self.lower = lower
        self.client = client
        self.server = server
        self.serverName = if let serverName { try TLSPeerName(serverName) } else { nil }
        self.limits = limits
        pool = (server ?? client)?.context.pool ?? BufferPool()
        let sizes = [client, server].compactMap { $0?.settings.maximumDatagramSize }
        let port = DatagramPort(largest: sizes.min() ?? 256, cookies: DTLSCookies(randomNumber: randomNumber))
        let mayAsk = [client, server].contains { $0?.settings.asksProgram ?? false }
        state = SteppedState(State(port: port), mayAsk: mayAsk)
        if let peer = try? lower.remoteAddress { state.withLock { $0.connected = peer } }
    }

    static func check(
        client: DTLSConfiguration?, server: DTLSConfiguration?, serverName: String?, limits: DTLSLimits
    ) throws(TransportError) {
        func refusal(_ text: String) -> TransportError { .invalidArgument(text, operation: .open) }
        guard client != nil || server != nil else {
            throw refusal("an endpoint of DTLS needs the configuration of a client, of a server, or both")
        }
        guard client?.role != .server, server?.role != .client else {
            throw refusal("the configurations of client and server are in each other's place")
        }
        if let serverName {
            _ = try TLSPeerName(serverName)
        } else if client?.settings.verification == .full {
            throw refusal("a client needs the name of the server, to verify that its certificate is for that host")
        }
        guard limits.peers > 0, limits.peersPerAddress > 0, limits.handshakeTime > .zero, limits.idleTime >= .zero
        else {
            throw refusal("limits of DTLS are at least one peer, also per address, and some time for its handshake")
        }
    }

    /// Does a step at the present time, unless the endpoint is closed.
    @inlinable @inline(__always)
    func step<Step: Attempt>(
        _ operation: TransportError.Operation, _ body: (inout State) throws(TransportError) -> Step
    ) throws(TransportError) -> Step {
        try requireOpen(operation)
        return try state.step { (state) throws(TransportError) in try atPresent(&state, body) }
    }

    /// Does something else with the state at the present time, unless the endpoint is closed.
    ///
    /// - Throws: ``TransportError/Kind/busy`` while a handshake asks the program something.
    func withState<Result>(
        _ operation: TransportError.Operation, _ body: (inout State) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        try requireOpen(operation)
        let result = try state.unlessBusy { (state) throws(TransportError) in try atPresent(&state, body) }
        guard let result else {
            throw TransportError(.busy, operation: operation)
                .with(message: "a handshake is asking the program something (TLSSettings)")
                .with(advice: "try again when the closure has returned")
        }
        return result
    }

    @inlinable @inline(__always)
    func atPresent<Result>(
        _ state: inout State, _ body: (inout State) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        state.port.now = lower.now
        defer {
            state.port.clear()
            if let memory = state.memory {
                memory.giveBack(to: pool)
                state.memory = nil
            }
        }
        return try body(&state)
    }

    @usableFromInline
    func requireOpen(_ operation: TransportError.Operation) throws(TransportError) {
        if isClosed.load(ordering: .acquiring) { throw .closed(operation) }
    }

    // MARK: Peers

    /// Chooses the peer; associations with others end. The handshake comes with the first datagram.
    public func connect(to address: Family.SocketAddress?) throws(TransportError) {
        let event = try withState(.connect) { (state) throws(TransportError) in
            try lower.connect(to: address)
            for other in state.addresses where address != nil && other != address { sayGoodbye(to: other, &state) }
            state.connected = address
            return state.turn.takeEvent()
        }
        event?.set()
    }

    /// Ends the association with a peer: says so to it (`close_notify`), and forgets it. Nothing when there is none.
    ///
    /// - Parameter address: The peer. The default, nil, is that of a connected endpoint.
    /// - Throws: ``/TransportCore/TransportError/Kind/notConnected`` without a peer,
    ///   ``/TransportCore/TransportError/Kind/busy`` while a handshake asks the program something,
    ///   ``/TransportCore/TransportError/Kind/closed``.
    public func endAssociation(with address: Family.SocketAddress? = nil) throws(TransportError) {
        let event = try withState(.close) { (state) throws(TransportError) in
            guard let peer = address ?? state.connected else { throw TransportError(.notConnected, operation: .close) }
            sayGoodbye(to: peer, &state)
            return state.turn.takeEvent()
        }
        // Somebody may wait for a handshake that is no more.
        event?.set()
    }

    func sayGoodbye(to address: Family.SocketAddress, _ state: inout State) {
        guard let peer = state.peers[address] else { return }
        if peer.failure == nil, peer.engine.failure == nil, (try? peer.engine.announceEnd()) != nil {
            sendOutput(of: peer.engine, to: address, &state)
        }
        state.remove(address)
    }

    /// Says goodbye to everybody, as far as that goes without waiting, and closes the endpoint below. Whoever waits there
    /// ends at once.
    ///
    /// A closure of the settings that is asked something at the moment is not waited for; then nobody is told goodbye.
    public func close() {
        if !isClosed.exchange(true, ordering: .acquiringAndReleasing) {
            state.unlessBusy { state in
                for address in state.addresses { sayGoodbye(to: address, &state) }
            }
        }
        lower.close()
    }

    // MARK: Knowledge

    /// The address of this end.
    public var localAddress: Family.SocketAddress { get throws(TransportError) { try lower.localAddress } }

    /// The address of the peer of a connected endpoint.
    public var remoteAddress: Family.SocketAddress { get throws(TransportError) { try lower.remoteAddress } }

    /// The facts of the endpoint below, and that datagrams may be held here.
    public var facts: TransportFacts { lower.facts.union(.buffersInput) }

    /// Changes an option of the endpoint below.
    public func apply(_ setting: OptionSetting) throws(TransportError) { try lower.apply(setting) }

    /// The present value of an option of the endpoint below.
    public func optionValue(named name: String) throws(TransportError) -> OptionValue {
        try lower.optionValue(named: name)
    }

    /// The clock of the endpoint below.
    @inlinable
    public var now: Instant { lower.now }

    /// Forwards to the endpoint below.
    public func take(_ note: OwnerNote) { lower.take(note) }

    /// Forwards to the endpoint below.
    public func letOthersGoOn() { lower.letOthersGoOn() }
}
