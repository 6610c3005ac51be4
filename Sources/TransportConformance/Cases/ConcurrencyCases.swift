internal import TransportCore

/// Several threads at one connection.
let concurrencyCases: [ConformanceCase] = [
    ConformanceCase(
        "CON-01", "A receive that waits does not keep the other direction from sending.", drivers: [.blocking, .async]
    ) {
        scene in
        let pending = try scene.pend(scene.a, .receive("answer"))
        try scene.run(a: [.send("question")], b: [.receive("question"), .send("answer")])
        try pending.finish()
    },

    ConformanceCase("CON-02", "Both directions of a stream go on independently, in many small pieces.") { scene in
        let count = scene.bulk / 2
        try scene.run(
            oneWay(from: scene.a, to: scene.b, Payload(120), count, max(1, count / 64))
                + oneWay(from: scene.b, to: scene.a, Payload(121), count, max(1, count / 64))
        )
    },

    ConformanceCase(
        "CON-03", "A second receive at the same time is busy, and the first one goes on.", drivers: [.blocking]
    ) {
        scene in
        let (pair, watch) = try scene.makeWatchedPair()
        let (a, b) = (pair.a, pair.b)
        let pending = try scene.pend(a, .receive("x"), watch: watch)
        try scene.failure(.busy, of: "A", "receive") { () throws(TransportError) in try a.receive(atMost: 1, .none) }
        try scene.run([Part(b, [.send("x")])])
        try pending.finish()
    },

    ConformanceCase(
        "CON-04", "A second send at the same time is busy, and the first one goes on.", drivers: [.blocking]
    ) {
        scene in
        let (pair, watch) = try scene.makeWatchedPair()
        let (a, b) = (pair.a, pair.b)
        let clog = try scene.clog(a)
        let filler = scene.filler(after: clog)
        let pending = try scene.pend(a, .send(filler), watch: watch)
        try scene.failure(.busy, of: "A", "send") { () throws(TransportError) in try a.send([1], .none) }
        try scene.run([Part(b, [.receive(clog), .receive(filler)])])
        try pending.finish()
    },

    ConformanceCase("CON-05", "Anything may be called from many threads at the same time.", drivers: [.blocking]) {
        scene in
        let (a, b) = try (scene.a, scene.b)
        let rounds = 50
        let calls: [@Sendable () -> Void] = [
            { _ = try? a.receive(atMost: 3, .atOnce) }, { _ = try? a.send([1, 2], .atOnce) },
            { _ = try? b.receive(atMost: 3, .atOnce) }, { _ = try? b.send([3], .atOnce) },
            { a.mode = .nonblocking }, { _ = (try? a.localAddress(), try? a.remoteAddress()) },
            { _ = (a.facts, a.hasBufferedInput, a.now, a.mode, a.query(DescriptorNumber.self)) },
            { _ = try? a.wait(for: .readable, .atOnce) },
        ]
        let joins = try calls.map { call in
            try scene.background { for _ in 0..<rounds { call() } }
        }
        for join in joins { try join() }
        let closers = try (0..<4).map { number in
            try scene.background { number % 2 == 0 ? a.close() : b.close() }
        }
        for join in closers { try join() }
        try scene.run(a: [.fails(.receive(1), .closed)], b: [.fails(.send([1]), .closed)])
    },

    ConformanceCase(
        "CON-06", "A direction is free again when the operation that had it has ended, also by a timeout.",
        drivers: [.blocking]
    ) {
        scene in
        let a = try scene.a
        let join = try scene.background {
            try scene.failure(.timedOut, of: "A, receiving", "receive") { () throws(TransportError) in
                try a.receive(atMost: 1, .within(.milliseconds(5)))
            }
        }
        try join()
        try scene.run(a: [.receive("x")], b: [.send("x")])
        try scene.run(a: [.receive("y")], b: [.send("y")])
    },

    // Two programs that both send first and receive later wait for each other. Deadlines are the way out of it.
    ConformanceCase(
        "CON-07",
        "When both ends send more than the stream takes, both time out, and nothing of what was sent is lost.",
        drivers: [.blocking]
    ) { scene in
        let (a, b) = try (scene.a, scene.b)
        let sizes = try [scene.clog(a, Payload(130)), scene.clog(b, Payload(131))]
        let results = Locked<[String: Int]>([:])
        let joins = try [(a, Payload(132)), (b, Payload(133))].map { end, payload in
            try scene.background {
                let error = try scene.failure(.timedOut, of: end.name, "send all") { () throws(TransportError) in
                    try end.sendAll(payload.bytes(4 << 20), .within(.milliseconds(10)))
                }
                results.withLock { $0[end.name] = error.bytesTransferred }
            }
        }
        for join in joins { try join() }
        let sent = results.withLock { $0 }
        try scene.run([
            Part(a, "A, flushing", [.flush]), Part(b, "B, flushing", [.flush]),
            Part(b, [.receive(sizes[0]), .receive(Payload(132).bytes(sent["A"] ?? 0))]),
            Part(a, [.receive(sizes[1]), .receive(Payload(133).bytes(sent["B"] ?? 0))]),
        ])
        try expectNothing(at: a, scene)
        try expectNothing(at: b, scene)
    },
]
