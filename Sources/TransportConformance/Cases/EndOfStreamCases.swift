internal import TransportCore

/// The end of a stream, and ending one direction.
let endOfStreamCases: [ConformanceCase] = [
    ConformanceCase("EOF-01", "What was sent before closing arrives, and then the end of the stream.") { scene in
        try scene.run(a: [.send("data"), .close], b: [.receive("data"), .end])
    },

    ConformanceCase("EOF-02", "The end of the stream is found as often as it is looked for.") { scene in
        try scene.run(a: [.send("x"), .close], b: [.receive("x"), .end, .end, .end, .end])
        try expectEndSteps(at: scene.b, scene)
    },

    ConformanceCase("EOF-03", "Closing without having sent anything is an end.") { scene in
        try scene.run(a: [.close], b: [.end])
    },

    ConformanceCase(
        "EOF-04", "Ending the sending direction is an end for the peer, and the other direction goes on.",
        needs: .fact(.halfClose)
    ) { scene in
        let answer = Payload(50).bytes(scene.bulk)
        try scene.run(
            a: [.send("question"), .shutdownWrite, .receive(answer), .end],
            b: [.receive("question"), .end, .send(answer), .close]
        )
    },

    ConformanceCase(
        "EOF-05", "After ending the sending direction a send fails with brokenPipe, and nothing of it arrives.",
        needs: .fact(.halfClose)
    ) { scene in
        try scene.run(a: [.shutdownWrite, .fails(.send([1, 2, 3]), .brokenPipe)])
        // Past the connection, which remembers: the transport knows it, too.
        let a = try scene.a
        try scene.failure(.brokenPipe, of: "A", "step: send") { () throws(TransportError) in try a.trySend([4]) }
        try scene.run(b: [.end, .end])
    },

    ConformanceCase(
        "EOF-06", "Ending the sending direction twice is no error.", needs: .fact(.halfClose)
    ) { scene in
        try scene.run(a: [.shutdownWrite, .shutdownWrite], b: [.end])
        try finishStep(.shutdownWrite, at: scene.a, scene)
        try scene.run(a: [.receive("still")], b: [.send("still")])
    },

    ConformanceCase(
        "EOF-07", "Ending the sending direction is no error when the peer has closed or cut the stream.",
        needs: .fact(.halfClose)
    ) { scene in
        try scene.run(b: [.close])
        try scene.run(a: [.end, .shutdownWrite])
        let cut = try scene.makePair()
        try scene.run([Part(cut.b, "B of another pair", [.abort])])
        try scene.run([
            Part(cut.a, "A of another pair", [.cut(scene.claims), .shutdownWrite])
        ])
    },

    ConformanceCase(
        "EOF-08", "Ending the sending direction delivers everything that was sent before.", needs: .fact(.halfClose)
    ) { scene in
        let bytes = Payload(51).bytes(scene.bulk)
        try scene.run(a: [.send(bytes), .shutdownWrite], b: [.receiveToEnd(bytes)])
    },

    // Stepping has no second thread that could be in the middle of a send.
    ConformanceCase(
        "EOF-09", "Ending the sending direction while another thread sends is busy, and that thread's send goes on.",
        drivers: [.blocking], needs: .fact(.halfClose)
    ) { scene in
        let (pair, watch) = try scene.makeWatchedPair()
        let (a, b) = (pair.a, pair.b)
        let clog = try scene.clog(a)
        let rest = scene.filler(after: clog)
        let pending = try scene.pend(a, .send(rest), watch: watch)
        try scene.failure(.busy, of: "A", "shut the sending direction down") { () throws(TransportError) in
            try a.shutdownWrite(.none)
        }
        try scene.run([Part(b, [.receive(clog), .receive(rest)])])
        try pending.finish()
        try scene.run([Part(a, [.shutdownWrite]), Part(b, [.end])])
    },

    ConformanceCase(
        "EOF-10", "When both ends have ended their sending direction, both find the end, and closing is no reset.",
        needs: .fact(.halfClose)
    ) { scene in
        try scene.run(a: [.send("a"), .shutdownWrite], b: [.send("b"), .shutdownWrite])
        try scene.run(a: [.receive("b"), .end], b: [.receive("a"), .end])
        try scene.run(a: [.close])
        try scene.run(b: [.end, .end, .close])
    },

    ConformanceCase("EOF-11", "Receiving exactly some bytes of a stream that ends before says how many there were.") {
        scene in
        try scene.run(a: [.send("abc"), .close], b: [Act(.receive(10), .bytesAndEnd([UInt8]("abc".utf8)))])
        let pair = try scene.makePair()
        let join = try scene.background {
            try pair.a.sendAll([UInt8]("abc".utf8), .none)
            pair.a.close()
        }
        let error = try scene.failure(.unexpectedEnd, of: "B of another pair", "receive exactly 10 bytes") {
            () throws(TransportError) in
            try pair.b.receiveExactly(10, .within(.seconds(5)))
        }
        try join()
        try scene.equal("the count in the error", error.bytesTransferred, 3)
        try scene.equalBytes("the bytes in the error", error.partialData, [UInt8]("abc".utf8))
    },

    ConformanceCase("EOF-12", "The end comes after all the bytes, however they are received, and not before.") {
        scene in
        let bytes = Payload(54).bytes(min(scene.bulk, 5000))
        try scene.run(a: [.send(bytes), .close], b: [.receiveToEnd(bytes), .end])
        let pair = try scene.makePair()
        let few = [UInt8](bytes.prefix(50))
        try scene.run([
            Part(pair.a, "A of another pair", [.send(few), .close]),
            Part(pair.b, "B of another pair", few.map { .receive([$0]) } + [.end]),
        ])
    },

    ConformanceCase(
        "EOF-13", "Without half-close, ending the sending direction is unsupported, and changes nothing.",
        needs: .without(.halfClose)
    ) { scene in
        try scene.run(
            a: [.fails(.shutdownWrite, .unsupported), .send("still"), .receive("here")],
            b: [.receive("still"), .send("here")])
    },

    ConformanceCase(
        "EOF-14", "A stream that is cut below a protocol with an end of its own is truncated, every time, and no end.",
        needs: .fact(.detectsTruncation).and(.offer(.sever))
    ) { scene in
        try scene.run(a: [.send("data")], b: [.receive("data")])
        try scene.pair.sever?()
        try scene.run(b: [.fails(.receiveToEnd, .truncated), .fails(.receiveToEnd, .truncated)])
    },
]

/// Looks at the transport's own steps at the end of the stream, past the connection.
private func expectEndSteps(at end: any StreamEnd, _ scene: Scene) throws {
    for _ in 0..<3 {
        let result = try scene.value(end.name, "step: receive at the end") { () throws(TransportError) in
            try end.tryReceive(atMost: 16)
        }
        try scene.equal("the step at the end", result.step, .endOfStream)
    }
}

/// Does a step of the transport, again until it is done.
func finishStep(_ operation: TransportError.Operation, at end: any StreamEnd, _ scene: Scene) throws {
    for _ in 0..<1000 {
        let step = try scene.value(end.name, "step: \(operation)") { () throws(TransportError) in
            operation == .flush ? try end.tryFlush() : try end.tryShutdownWrite()
        }
        guard case .wouldBlock(let need) = step else { return }
        _ = try end.waitStep(for: need, until: end.deadline(after: .milliseconds(5)))
    }
    throw Mismatch(
        expected: "the step \(operation) to be done at some time", found: "it still would block after 1000 tries")
}
