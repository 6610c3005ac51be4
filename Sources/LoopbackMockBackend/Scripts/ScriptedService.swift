internal import TransportCore

/// A peer that follows scripts: one for each connection, in order. Comes from
/// ``LoopbackNetwork/serve(on:port:_:)``.
public final class ScriptedService: Sendable {
    private let engine: NetworkEngine

    /// Touched only with the network's lock held, which makes it safe to share.
    private nonisolated(unsafe) let player: ScriptPlayer

    init(engine: NetworkEngine, player: ScriptPlayer) {
        self.engine = engine
        self.player = player
    }

    /// How many connections there have been.
    public var connectionCount: Int { engine.locked { player.connectionCount } }

    /// Checks that every script came to its end and that nothing happened that was not in one.
    ///
    /// To be called when the client is done.
    ///
    /// - Throws: The first ``ScriptFailure``.
    public func verify() throws(ScriptFailure) {
        if let failure = engine.locked({ player.failure }) { throw failure }
    }
}
