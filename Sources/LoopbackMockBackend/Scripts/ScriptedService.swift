public import TransportCore

/// A peer that follows scripts: one for each connection, in order. Comes from
/// ``LoopbackNetwork/serve(on:port:repeating:_:)``.
public final class ScriptedService<Family: LoopbackFamily>: Sendable {
    /// Where it is reached.
    public let address: Family.SocketAddress

    private let network: LoopbackNetwork
    private let place: BoundPlace<Family.Space>

    /// Touched only with the network's lock held, which makes it safe to share.
    private nonisolated(unsafe) let player: ScriptPlayer

    init(network: LoopbackNetwork, player: ScriptPlayer, address: Family.SocketAddress, place: BoundPlace<Family.Space>)
    {
        self.network = network
        self.player = player
        self.address = address
        self.place = place
    }

    private var engine: NetworkEngine { network.engine }

    /// How many connections there have been.
    public var connectionCount: Int { engine.locked { player.connectionCount } }

    /// Refuses everyone from now on, and gives the address back. The scripts of those who are connected go on.
    public func stop() { engine.locked { place.unbind(player) } }

    /// Checks that every script came to its end and that nothing happened that was not in one.
    ///
    /// To be called when the client is done.
    ///
    /// - Throws: The first ``ScriptFailure``.
    public func verify() throws(ScriptFailure) {
        if let failure = engine.locked({ player.failure }) { throw failure }
    }
}

extension ScriptedService where Family == IP {
    /// The port at which it is reached.
    public var port: UInt16 { address.port }
}
