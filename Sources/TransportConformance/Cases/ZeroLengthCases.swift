internal import TransportCore

/// Moving no bytes.
let zeroLengthCases: [ConformanceCase] = [
    ConformanceCase("ZER-01", "Sending no bytes does nothing: nothing comes of it at the peer.", drivers: [.stepping]) {
        scene in
        let (a, b) = try (scene.a, scene.b)
        try scene.equal(
            "the step",
            try scene.value("A", "step: send 0 bytes") { () throws(TransportError) in
                try a.trySend([])
            }, .sent(0))
        try scene.equal(
            "the count",
            try scene.value("A", "send 0 bytes") { () throws(TransportError) in
                try a.send([], .within(.seconds(1)))
            }, 0)
        try scene.value("A", "send all of 0 bytes") { () throws(TransportError) in
            try a.sendAll([], .within(.seconds(1)))
        }
        try expectNothing(at: b, scene)
        try scene.run(a: [.send("x")], b: [.receive("x")])
    },

    ConformanceCase(
        "ZER-02", "Receiving into no room gives 0 at once: before data, with data there, and after the end.",
        drivers: [.stepping]
    ) { scene in
        let b = try scene.b
        func look(_ when: String) throws {
            let step = try scene.value("B", "step: receive at most 0 bytes \(when)") { () throws(TransportError) in
                try b.tryReceive(atMost: 0)
            }
            try scene.equal("the step \(when)", step.step, .received(0))
            let bytes = try scene.value("B", "receive at most 0 bytes \(when)") { () throws(TransportError) in
                try b.receive(atMost: 0, .within(.seconds(1)))
            }
            try scene.equal("what was received \(when)", bytes, [])
        }
        try look("before data")
        try scene.run(a: [.send("x")])
        try scene.check(
            b.waitStep(for: .readable, until: b.deadline(after: .seconds(5))) || b.hasBufferedInput,
            "B to become readable", "it does not"
        )
        try look("with data there")
        try scene.run(a: [.close], b: [.receive("x"), .end])
        try look("after the end")
    },

    ConformanceCase("ZER-03", "No bytes between others change nothing.") { scene in
        try scene.run(a: [.send(""), .send("ab"), .send(""), .send("cd"), .send("")], b: [.receive("abcd")])
        try scene.run(a: [.close], b: [.end])
    },

    ConformanceCase("ZER-04", "Sending no bytes after closing fails like any other send.") { scene in
        try scene.run(a: [.close, .fails(.send([]), .closed)])
    },

    ConformanceCase(
        "ZER-05", "A number of runs of no bytes is no bytes.", drivers: [.stepping]
    ) { scene in
        let a = try scene.a
        try scene.equal(
            "the step",
            try scene.value("A", "step: send runs of 0 bytes") { () throws(TransportError) in
                try a.trySend(gathering: [[], [], []])
            }, .sent(0))
        for segments in [[], [[]], [[], [], []]] as [[[UInt8]]] {
            let count = try scene.value("A", "send \(segments.count) runs of 0 bytes") { () throws(TransportError) in
                try a.send(gathering: segments, .within(.seconds(1)))
            }
            try scene.equal("the count", count, 0)
            try scene.value("A", "send all of \(segments.count) runs of 0 bytes") { () throws(TransportError) in
                try a.sendAll(gathering: segments, .within(.seconds(1)))
            }
        }
        try expectNothing(at: scene.b, scene)
        try scene.run(a: [.send("x")], b: [.receive("x")])
    },

    ConformanceCase(
        "ZER-06", "Sending no bytes after ending the sending direction fails like any other send.",
        needs: .fact(.halfClose)
    ) { scene in
        try scene.run(a: [.shutdownWrite, .fails(.send([]), .brokenPipe)], b: [.end])
    },
]

/// Checks that there is nothing to receive, not even an end.
func expectNothing(at end: any StreamEnd, _ scene: Scene) throws {
    let isReadable = try scene.value(end.name, "wait a moment for something to receive") { () throws(TransportError) in
        try end.waitStep(for: .readable, until: end.deadline(after: .milliseconds(2)))
    }
    // Readiness is a hint, so only the step counts.
    let result = try scene.value(end.name, "step: receive") { () throws(TransportError) in
        try end.tryReceive(atMost: 16)
    }
    guard case .wouldBlock = result.step else {
        throw Mismatch(
            expected: "nothing to receive at \(end.name)",
            found: "\(result.step)\(isReadable ? ", as was announced" : "")"
        )
    }
}
