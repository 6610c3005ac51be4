public import TransportCore

/// A backend whose streams and listeners are in a ``LoopbackNetwork``, for programs on one of its machines.
public struct LoopbackBackend<Family: LoopbackFamily>: Backend {
    /// The type of the streams.
    public typealias Stream = LoopbackStream<Family>
    /// The type of the listeners.
    public typealias StreamListener = LoopbackListener<Family>

    /// The network.
    public let network: LoopbackNetwork
    /// The machine that the programs are on.
    public let host: LoopbackHost
    /// The settings of what this backend makes.
    public var defaults = BackendDefaults()

    init(network: LoopbackNetwork, host: LoopbackHost) {
        self.network = network
        self.host = host
        if let observer = network.observer, observer.host == host.name { defaults.observer = observer.1 }
    }

    /// The network's time.
    public var now: Instant { network.now }

    /// Gives the turn to those who can go on, when this thread has it.
    public func letOthersGoOn() { network.engine.pollInVain() }

    /// Blocks until an instant of the network's time. In virtual time, that comes as soon as everyone is blocked.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidState`` when the network does not know the thread, and it is not
    ///   the test's turn: another one that it does not know waits, or tasks run. Every wait in the network does.
    public func sleep(until instant: Instant) throws(TransportError) {
        _ = try network.engine.wait(of: nil, until: .at(instant))
    }

    /// Suspends the task until an instant of the network's time. Otherwise like the form that blocks.
    public func sleep(until instant: Instant) async throws(TransportError) {
        _ = try await network.engine.ready(of: nil, until: .at(instant))
    }

    /// A number that follows from the network's seed.
    public func randomNumber() -> UInt64 { network.randomNumber() }

    /// Begins to connect; the stream is established when the listener has room for it.
    public func beginOpen(
        to address: Family.SocketAddress, options: StreamOptions<Family>
    ) throws(TransportError) -> LoopbackStream<Family> {
        let store = try OptionStore([.set(.noDelay, options.noDelay)] + options.settings)
        let hosts = network.allHosts
        let engine = network.engine
        let target = Family.Space.destination(of: Family.spaceAddress(of: address))
        let own = options.localAddress.map(Family.spaceAddress)
        return try engine.locked { () throws(TransportError) -> LoopbackStream<Family> in
            guard let machine = Family.Space.host(at: target, seenFrom: host, in: hosts) else {
                throw Self.failure(.hostUnreachable, address, from: host, engine)
            }
            let local = try host.address(
                connectingTo: target, from: own, in: Family.Space.self, allHosts: hosts
            )
            engine.streamCount += 1
            let names = ("\(local)", "\(target)")
            let pair = StreamPair(
                profile: network.profile(for: Family.self), seed: network.seed &+ engine.streamCount << 1,
                record: engine.log.connecting(from: (host.name, names.0), to: (machine.name, names.1)),
                isEstablished: false
            )
            pair.names = names
            pair.route = Route(
                source: host.name, destination: machine.name, port: Family.Space.port(of: target),
                stream: Int(pair.record.number)
            )
            pair.outgoing = OutgoingAddress(local, to: target, in: Family.Space.self, on: host)
            var isBegun = false
            defer { if !isBegun { pair.giveBackAddress() } }
            if let faults = engine.faults {
                // Not to keep the network, which may come to keep the closure.
                let connect = FaultyConnect(pair) { [host] (engine) throws(TransportError) in
                    try Self.reach(machine, at: target, named: address, from: (host, local), pair, engine)
                }
                try connect.attempt(faults, engine)
                faults.exploration?.opened(pair, side: 0, seed: network.seed &+ engine.streamCount)
            } else {
                try Self.reach(machine, at: target, named: address, from: (host, local), pair, engine)
            }
            isBegun = true
            return LoopbackStream(
                engine: engine, network: network, pair: pair, side: 0, local: Family.address(local, seenAt: address),
                remote: Family.address(target, seenAt: address), options: store
            )
        }
    }

    /// Has a connection reach whoever is bound to an address; with the network's lock held.
    private static func reach(
        _ machine: LoopbackHost, at target: Family.Space.SocketAddress, named address: Family.SocketAddress,
        from origin: (host: LoopbackHost, address: Family.Space.SocketAddress), _ pair: StreamPair,
        _ engine: NetworkEngine
    ) throws(TransportError) {
        switch machine.listeners.next(reachedAt: target, in: Family.Space.self) {
        case let queue as ListenerQueue<Family.Space>:
            queue.append(.init(pair: pair, local: target, remote: origin.address), engine)
        case let player as ScriptPlayer where player.accept(pair, side: 1):
            pair.isEstablished = true
            pair.changed(engine)
        case let server as ConnectionTaker<Family.Space>:
            server.take(pair, target, origin.address)
            pair.isEstablished = true
            pair.changed(engine)
        case nil:
            let kind = machine.absence(at: target, in: Family.Space.self, table: \.listeners)
            throw failure(kind, address, from: origin.host, engine)
        default: throw failure(.connectionRefused, address, from: origin.host, engine)
        }
    }

    private static func failure(
        _ kind: TransportError.Kind, _ address: Family.SocketAddress, from host: LoopbackHost, _ engine: NetworkEngine
    ) -> TransportError {
        engine.log.record(.refuse, note: "\(host.name) cannot connect to \(address): \(kind.rawValue)")
        return TransportError(kind, operation: .connect).with(address: address).with(aftermath: .dead)
    }

    /// Begins to listen.
    public func beginListening(
        on address: Family.SocketAddress, options: ListenerOptions
    ) throws(TransportError) -> LoopbackListener<Family> {
        let store = try OptionStore(
            [.set(.reuseAddress, options.reuseAddress), .set(.reusePort, options.reusePort)] + options.settings
        )
        let hosts = network.allHosts
        let wish = Family.spaceAddress(of: address)
        // Listeners do not share an address because it may be used again.
        let sharing: BindingTable.Sharing = options.reusePort ? .port : []
        return try network.engine.locked { () throws(TransportError) -> LoopbackListener<Family> in
            let queue = ListenerQueue<Family.Space>(backlog: options.backlog)
            let (bound, twin) = try host.bind(
                queue, at: wish, in: Family.Space.self, dualStack: options.dualStack, sharing: sharing,
                table: \.listeners, allHosts: hosts
            )
            queue.name = "\(bound)"
            queue.record = network.engine.log.listening(on: host.name, at: "\(bound)")
            return LoopbackListener(
                network: network, host: host, address: Family.address(bound, seenAt: address),
                bound: [bound, twin].compactMap(\.self), queue: queue, options: store
            )
        }
    }
}

extension LoopbackBackend: ResolvingBackend where Family == IP {
    /// The type of the resolver.
    public typealias Names = LoopbackResolver

    /// The names of the network.
    public var resolver: LoopbackResolver { LoopbackResolver(network: network, host: host) }
}
