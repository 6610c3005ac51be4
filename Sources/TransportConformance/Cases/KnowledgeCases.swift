internal import TransportCore

/// Addresses and other knowledge.
let knowledgeCases: [ConformanceCase] = [
    ConformanceCase("ADR-01", "The local address of an end is the remote address of the other.", drivers: [.stepping]) {
        scene in
        let (a, b) = try (scene.a, scene.b)
        try scene.equal("A's local address", try a.localAddress(), try b.remoteAddress())
        try scene.equal("B's local address", try b.localAddress(), try a.remoteAddress())
    },

    ConformanceCase("ADR-02", "Addresses stay what they are when the peer has gone.", drivers: [.stepping]) { scene in
        let a = try scene.a
        let before = try [a.localAddress(), a.remoteAddress()]
        try scene.run(b: [.close])
        try scene.run(a: [.end])
        try scene.equal("A's addresses", try [a.localAddress(), a.remoteAddress()], before)
        let cut = try scene.makePair()
        let known = try [cut.a.localAddress(), cut.a.remoteAddress()]
        cut.b.abort()
        _ = try? cut.a.receive(atMost: 1, .within(.seconds(1)))
        try scene.equal("A's addresses after a reset", try [cut.a.localAddress(), cut.a.remoteAddress()], known)
    },

    ConformanceCase(
        "ADR-03", "A question that nobody can answer has no answer, and does no harm.", drivers: [.stepping]
    ) {
        scene in
        let a = try scene.a
        try scene.check(a.query(NobodysKey.self) == nil, "no answer", "there is one")
        for name in ["", "an option that nobody has"] {
            try scene.failure(.unsupported, of: "A", "read the option \u{201C}\(name)\u{201D}") {
                () throws(TransportError) in
                try a.optionValue(named: name)
            }
            try scene.failure(.unsupported, of: "A", "set the option \u{201C}\(name)\u{201D}") {
                () throws(TransportError) in
                try a.apply(.set(TransportOption<Bool>(name: name), true))
            }
        }
        try scene.run(a: [.send("x")], b: [.receive("x")])
    },

    ConformanceCase(
        "ADR-05", "What an end is made of is said in lines that can stand in a log, also once it is closed.",
        drivers: [.stepping]
    ) { scene in
        let a = try scene.a
        for state in ["open", "closed"] {
            let stack = a.stack
            let areLines = stack.allSatisfy { !$0.isEmpty && !$0.contains(where: \.isNewline) }
            try scene.check(
                !stack.isEmpty && areLines, "lines of the stack of an end that is \(state)", stack.debugDescription)
            a.close()
        }
    },
]

/// A question that no transport knows.
enum NobodysKey: MetadataKey {
    typealias Value = Int
}
