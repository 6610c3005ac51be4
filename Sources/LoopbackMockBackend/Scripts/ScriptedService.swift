internal import TransportCore

/// A peer that follows scripts: one for each connection, in order. Comes from
/// ``LoopbackNetwork/serve(on:port:scripts:)``.
public final class ScriptedService: Sendable {
    private let engine: NetworkEngine

    /// What is still to be played and what has been.
    ///
    /// Touched only with the network's lock held, which makes it safe to share.
    private nonisolated(unsafe) var scripts: ArraySlice<PeerScript>
    private nonisolated(unsafe) var runners: [ScriptRunner] = []
    private nonisolated(unsafe) var failures: [ScriptFailure] = []
    private let scriptCount: Int

    init(engine: NetworkEngine, scripts: [PeerScript]) {
        self.engine = engine
        self.scripts = scripts[...]
        self.scriptCount = scripts.count
    }

    /// How many connections there have been.
    public var connectionCount: Int { engine.perform { _ in runners.count } }

    /// Checks that every script came to its end and that nothing happened that was not in one.
    ///
    /// To be called when the client is done.
    ///
    /// - Throws: The first ``ScriptFailure``.
    public func verify() throws(ScriptFailure) {
        let failure = engine.perform { _ -> ScriptFailure? in
            if let failure = failures.first { return failure }
            if let failure = runners.lazy.compactMap(\.leftOver).first { return failure }
            guard !scripts.isEmpty else { return nil }
            return ScriptFailure(
                connection: runners.count + 1, step: 0,
                description: "connection \(runners.count + 1) of \(scriptCount) was never made"
            )
        }
        if let failure { throw failure }
    }

    /// Begins the next script on a new connection; with the network's lock held.
    ///
    /// - Returns: Whether there was a script; without one the connection is refused.
    func accept(_ pair: StreamPair, side: Int) -> Bool {
        guard let script = scripts.popFirst() else {
            failures.append(
                ScriptFailure(
                    connection: runners.count + 1, step: 0,
                    description:
                        "the client connected once more; there \(scriptCount == 1 ? "is 1 script" : "are \(scriptCount) scripts")"
                )
            )
            return false
        }
        runners.append(ScriptRunner(pair: pair, side: side, connection: runners.count + 1, script: script))
        return true
    }

    /// Goes on with every script; with the network's lock held.
    ///
    /// - Returns: Whether anything was done.
    func advance(_ state: inout NetworkEngine.State) -> Bool {
        var didAnything = false
        for runner in runners {
            let advanced = runner.advance { nanoseconds in
                let (time, overflow) = state.now.addingReportingOverflow(nanoseconds)
                engine.schedule(at: overflow ? .max : time, &state) { [engine] state in
                    runner.endPause()
                    engine.changed(&state)
                }
            }
            didAnything = advanced || didAnything
        }
        return didAnything
    }
}
