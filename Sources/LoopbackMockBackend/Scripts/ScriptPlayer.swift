internal import TransportCore

/// Plays the scripts of a ``ScriptedService``: what is still to be played and what has been.
///
/// Used with the network's lock held. It belongs to the network, and therefore does not keep it.
final class ScriptPlayer {
    private var scripts: ArraySlice<PeerScript>
    private var runners: [ScriptRunner] = []
    private var refusals: [ScriptFailure] = []
    private let scriptCount: Int
    /// What is played on every connection after those of `scripts`.
    private let repeated: PeerScript?

    init(scripts: [PeerScript], repeating repeated: PeerScript? = nil) {
        self.scripts = scripts[...]
        self.scriptCount = scripts.count
        self.repeated = repeated
    }

    /// How many connections there have been.
    var connectionCount: Int { runners.count }

    /// The first thing that went wrong or is missing.
    var failure: ScriptFailure? {
        if let failure = runners.lazy.compactMap(\.failure).first ?? refusals.first { return failure }
        if let failure = runners.lazy.compactMap(\.leftOver).first { return failure }
        guard !scripts.isEmpty else { return nil }
        return ScriptFailure(
            connection: runners.count + 1, step: 0,
            description: "connection \(runners.count + 1) of \(scriptCount) was never made"
        )
    }

    /// The first thing that was sent and was in no script; nil also when the client just stopped.
    var mismatch: ScriptFailure? { runners.lazy.compactMap(\.mismatch).first }

    /// Begins the next script on a new connection.
    ///
    /// - Returns: Whether there was a script; without one the connection is refused.
    func accept(_ pair: StreamPair, side: Int) -> Bool {
        guard let script = scripts.popFirst() ?? repeated else {
            let available = scriptCount == 1 ? "is 1 script" : "are \(scriptCount) scripts"
            refusals.append(
                ScriptFailure(
                    connection: runners.count + 1, step: 0,
                    description: "the client connected once more; there \(available)"
                )
            )
            return false
        }
        let runner = ScriptRunner(pair: pair, side: side, connection: runners.count + 1, script: script)
        pair.runner = runner
        runners.append(runner)
        return true
    }
}
