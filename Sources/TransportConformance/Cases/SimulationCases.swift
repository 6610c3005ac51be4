internal import TransportCore

/// Networks in virtual time, and the order in which an operation looks at what could end it.
let simulationCases: [ConformanceCase] = [
    ConformanceCase(
        "SIM-01", "What happens in virtual time happens in the same way every time, to the size of each step.",
        drivers: [.stepping], needs: .offer(.virtualTime)
    ) { scene in
        let first = try stepSizes(scene)
        try scene.equal("the sizes of the steps of a second run", try stepSizes(scene), first)
    },

    ConformanceCase(
        "SIM-02", "In virtual time an hour is over at once when everyone waits, and is exactly an hour.",
        drivers: [.blocking], needs: .offer(.virtualTime)
    ) { scene in
        let a = try scene.a
        let start = a.now
        try scene.failure(.timedOut, of: "A", "receive within an hour") { () throws(TransportError) in
            try a.receive(atMost: 1, .within(.seconds(3600)))
        }
        try scene.equal("the time that has passed", start.duration(to: a.now), .seconds(3600))
    },

    ConformanceCase(
        "SIM-03", "In virtual time, waiting for what will never happen fails, and the error says who waits.",
        drivers: [.blocking], needs: .offer(.virtualTime)
    ) { scene in
        let (a, b) = try (scene.a, scene.b)
        let join = try scene.background {
            try scene.failure(deadlock, of: "B, receiving", "receive") { () throws(TransportError) in
                try b.receive(atMost: 1, .none)
            }
        }
        let error = try scene.failure(deadlock, of: "A", "receive") { () throws(TransportError) in
            try a.receive(atMost: 1, .none)
        }
        try join()
        try scene.check(error.message.split(separator: "\n").count > 2, "a line for each who waits", error.message)
    },

    ConformanceCase(
        "SIM-11", "Being closed comes before the deadline, the deadline before data, data before the end.",
        drivers: [.blocking]
    ) { scene in
        let (a, b) = try (scene.a, scene.b)
        try scene.run(a: [.send("x")])
        try scene.run(a: [.close])
        _ = try b.wait(for: .readable, .within(.seconds(5)))
        func receive() throws(TransportError) -> [UInt8]? { try b.receive(atMost: 4, .until(.passed)) }
        try scene.failure(.timedOut, of: "B", "receive data with a deadline that has passed", receive)
        try scene.run(b: [.receive("x")])
        try scene.failure(.timedOut, of: "B", "receive the end with a deadline that has passed", receive)
        try scene.run(b: [.end, .close])
        try scene.failure(.closed, of: "B", "receive with a deadline that has passed, after closing", receive)
        try scene.failure(.closed, of: "A", "send with a bad timeout, after closing") { () throws(TransportError) in
            try a.send([1], .within(.seconds(-1)))
        }
    },
]

/// What a network in virtual time calls it when everyone waits for ever.
private let deadlock = TransportError.Kind(rawValue: "deadlock")

/// The sizes of the steps of a transfer, on a bench of its own.
private func stepSizes(_ scene: Scene) throws -> [Int] {
    let bench = try scene.subject.prepare()
    let pair = try bench.makePair(nil)
    defer {
        pair.a.close()
        pair.b.close()
    }
    let bytes = Payload(150).bytes(min(scene.bulk, 4096))
    var sizes: [Int] = []
    var (sent, received) = (0, 0)
    for _ in 0..<100_000 where received < bytes.count {
        if sent < bytes.count, case .sent(let count) = try pair.a.trySend([UInt8](bytes[sent...])) {
            sizes.append(count)
            sent += count
        }
        _ = try pair.a.tryFlush()
        if case .received(let count) = try pair.b.tryReceive(atMost: 1000).step {
            sizes.append(-count)
            received += count
        }
    }
    return sizes
}
