internal import TransportCore

/// Layers over other transports: what has to go through them.
let layerCases: [ConformanceCase] = [
    layerCase("WRP-01", "A layer that is to change nothing claims what the transport below claims.", invisible: true) {
        scene, layer, probe in
        try scene.equal("what the layer claims", layer.a.facts.names, probe.facts.names)
    },

    layerCase("WRP-03", "Closing the layer closes the transport below, and cutting it cuts that.") {
        scene, layer, probe in
        try scene.run([Part(layer.a, "A of the layer", [.close])])
        try scene.check(probe["close"] + probe["abort"] > 0, "the transport below to be closed", "it is not")
        guard let other = try scene.bench.layer?.makeProbed(nil) else { return }
        scene.keep(other.pair.a)
        scene.keep(other.pair.b)
        try scene.run([Part(other.pair.a, "A of another layer", [.abort])])
        try scene.check(other.probe["abort"] > 0, "the transport below to be cut", "it is not")
    },

    layerCase("WRP-04", "Every call of a layer that is to change nothing is the same call below.", invisible: true) {
        scene, layer, probe in
        let a = layer.a
        _ = try a.establish(.within(.seconds(5)))
        _ = try a.trySend([1])
        _ = try a.trySend(gathering: [[2], [3]])
        _ = try a.tryReceive(atMost: 4)
        var arrays: [[UInt8]] = [[0], [0]]
        _ = try a.tryReceive(scatteringInto: &arrays)
        _ = try a.tryFlush()
        _ = try a.waitStep(for: .readable, until: .passed)
        _ = try? a.optionValue(named: TransportOption<Bool>.noDelay.name)
        _ = try? a.apply(.set(.noDelay, true))
        if a.facts.contains(.halfClose) { _ = try a.tryShutdownWrite() }
        let missing = [
            "tryEstablish", "trySend", "trySend gathering", "tryReceive", "tryReceive scattering", "tryFlush", "wait",
            "optionValue", "apply",
        ].filter { probe[$0] == 0 }
        try scene.equal("the calls that did not reach the transport below", missing, [])
        if a.facts.contains(.halfClose) {
            try scene.equal("how often the sending direction was ended below", probe["tryShutdownWrite"], 1)
        }
        _ = try a.close(timeout: .milliseconds(5))
        try scene.check(probe["tryFinish"] > 0, "the ending to reach the transport below", "it does not")
    },

    layerCase("WRP-06", "A layer passes on the questions that it does not answer itself, and options, and addresses.") {
        scene, layer, probe in
        try scene.equal("the answer from below", layer.a.query(ProbeKey.self), ProbeKey.answer)
        _ = try? layer.a.optionValue(named: TransportOption<Bool>.noDelay.name)
        try scene.check(probe["optionValue"] > 0, "an option to be asked for below", "it is not")
        try scene.equal("A's local address", try layer.a.localAddress(), try layer.b.remoteAddress())
    },

    layerCase("WRP-07", "What a layer says that it is made of includes what is below.") { scene, layer, _ in
        let stack = layer.a.stack
        try scene.check(stack.contains(ProbeKey.kind), "the stack of the transport below", "\(stack)")
    },

    layerCase("ADR-04", "A layer does not claim what only the transport below could give it.") { scene, layer, probe in
        let inherited: TransportFacts = [.exposesDescriptor, .vectored, .addressesSurviveClose]
        let invented = layer.a.facts.intersection(inherited).subtracting(probe.facts)
        try scene.equal("what is claimed and not true below", invented.names, [])
    },
]

/// A case with a layer over a probe.
private func layerCase(
    _ id: String, _ rule: String, invisible: Bool = false,
    body: @escaping @Sendable (Scene, StreamPair, ProbeRecord) throws -> Void
) -> ConformanceCase {
    ConformanceCase(id, rule, drivers: [.stepping], needs: .offer(.layer)) { scene in
        guard let bench = scene.bench.layer else { return }
        guard !invisible || bench.isInvisible else { throw NotApplicable("the layer is not to be invisible") }
        let (pair, probe) = try bench.makeProbed(nil)
        scene.keep(pair.a)
        scene.keep(pair.b)
        try body(scene, pair, probe)
    }
}
