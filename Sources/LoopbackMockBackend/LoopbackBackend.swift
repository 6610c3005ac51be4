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

    /// Blocks until an instant of the network's time. In virtual time, that comes as soon as everyone is blocked.
    ///
    /// - Throws: ``TransportCore/TransportError/Kind/invalidState`` when threads that the network does not know are
    ///   blocked in it.
    public func sleep(until instant: Instant) throws(TransportError) {
        _ = try network.engine.wait(of: nil, until: .at(instant))
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
        return try engine.locked { () throws(TransportError) -> LoopbackStream<Family> in
            guard let target = Family.host(at: address, seenFrom: host, in: hosts) else {
                throw Self.failure(.hostUnreachable, address, from: host, engine)
            }
            let local =
                options.localAddress.map { Family.listeningAddress(for: $0, port: host.nextPort) }
                ?? Family.address(connectingTo: address, from: host, port: host.nextPort)
            engine.streamCount += 1
            let names = ("\(local)", "\(address)")
            let pair = StreamPair(
                profile: network.profile(for: Family.self), seed: network.seed &+ engine.streamCount << 1,
                record: engine.log.connecting(from: (host.name, names.0), to: (target.name, names.1)),
                isEstablished: false
            )
            pair.names = names
            pair.route = Route(source: host.name, destination: target.name, port: Family.port(of: address))
            if let faults = engine.faults {
                // Not to keep the network, which may come to keep the closure.
                let connect = FaultyConnect(pair) { [host] (engine) throws(TransportError) in
                    try Self.reach(target, at: address, from: (host, local), pair, engine)
                }
                try connect.attempt(faults, engine)
                faults.exploration?.opened(pair, side: 0, seed: network.seed &+ engine.streamCount)
            } else {
                try Self.reach(target, at: address, from: (host, local), pair, engine)
            }
            return LoopbackStream(network: engine, pair: pair, side: 0, local: local, remote: address, options: store)
        }
    }

    /// Has a connection reach the listener; with the network's lock held.
    private static func reach(
        _ target: LoopbackHost, at address: Family.SocketAddress,
        from origin: (host: LoopbackHost, address: Family.SocketAddress), _ pair: StreamPair, _ engine: NetworkEngine
    ) throws(TransportError) {
        let bound = Family.listeners(reachedAt: address).lazy.compactMap { target.listeners[AnyHashable($0)] }
        switch bound.first {
        case let queue as LoopbackListener<Family>.Queue:
            let seen = { Family.address($0, seenAt: queue.address) }
            queue.entries.append(.init(pair: pair, local: seen(address), remote: seen(origin.address)))
            queue.establish(engine)
            engine.changed(queue)
        case let player as ScriptPlayer where player.accept(pair, side: 1):
            pair.isEstablished = true
            pair.changed(engine)
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
        return try network.engine.locked { () throws(TransportError) -> LoopbackListener<Family> in
            guard Family.host(at: address, seenFrom: host, in: hosts) === host else {
                throw TransportError(.addressNotAvailable, operation: .bind).with(address: address)
            }
            let (address, twin) = try freeAddress(for: address, dualStack: options.dualStack)
            let queue = LoopbackListener<Family>.Queue(address: address, capacity: options.backlog ?? 4096)
            queue.record = network.engine.log.listening(on: host.name, at: "\(address)")
            host.listeners[AnyHashable(address)] = queue
            if let twin { host.listeners[AnyHashable(twin)] = queue }
            return LoopbackListener(
                network: network.engine, host: host, address: address, queue: queue, options: store
            )
        }
    }

    /// The address to listen at, with a port that is free, and that of the other kind; with the network's lock held.
    private func freeAddress(
        for wish: Family.SocketAddress, dualStack: Bool
    ) throws(TransportError) -> (Family.SocketAddress, twin: Family.SocketAddress?) {
        // Those are the ports that systems choose from; an address that is no wish but a demand gets one try.
        for _ in 49152...65535 {
            let address = Family.listeningAddress(for: wish, port: host.nextPort)
            let twin = dualStack ? Family.dualStackTwin(of: address) : nil
            let isTaken = [address, twin].contains { $0.map { host.listeners[AnyHashable($0)] != nil } ?? false }
            if !isTaken { return (address, twin) }
            if address == wish { break }
        }
        throw TransportError(.addressInUse, operation: .bind).with(address: wish)
    }
}

extension LoopbackBackend: ResolvingBackend where Family == IP {
    /// The type of the resolver.
    public typealias Names = LoopbackResolver

    /// The names of the network.
    public var resolver: LoopbackResolver { LoopbackResolver(network: network, host: host) }
}
