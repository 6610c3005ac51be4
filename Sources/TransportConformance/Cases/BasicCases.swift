internal import TransportCore

/// Moving bytes.
let basicCases: [ConformanceCase] = [
    ConformanceCase("BAS-01", "A byte that is sent at either end arrives at the other.") { scene in
        try scene.run(a: [.send("x"), .receive("y")], b: [.receive("x"), .send("y")])
    },

    ConformanceCase("BAS-02", "Two ends that answer each other go on for as long as they like.") { scene in
        let rounds = min(500, scene.bulk / 64)
        let (pings, pongs) = (Payload(1), Payload(2))
        var (a, b): ([Act], [Act]) = ([], [])
        for round in 0..<rounds {
            let (ping, pong) = (pings.bytes(round * 8..<round * 8 + 8), pongs.bytes(round * 8..<round * 8 + 8))
            a += [.send(ping), .receive(pong)]
            b += [.receive(ping), .send(pong)]
        }
        try scene.run(a: a, b: b)
    },

    ConformanceCase(
        "BAS-03", "Many bytes go both ways at the same time, in pieces of any size, and arrive as they are."
    ) {
        scene in
        let count = scene.bulk
        let limit = max(1, count / 16)
        try scene.run(
            oneWay(from: scene.a, to: scene.b, Payload(3), count, limit)
                + oneWay(from: scene.b, to: scene.a, Payload(4), count, limit)
        )
    },

    ConformanceCase("BAS-04", "What is sent arrives whole, whatever its size.") { scene in
        let sizes = [1, 42, 4095, 4096, 4097, 16384, 16385, 4 * scene.bulk].filter { $0 <= 4 * scene.bulk }
        for (index, size) in sizes.enumerated() {
            let bytes = Payload(UInt64(10 + index)).bytes(size)
            try scene.run(a: [.send(bytes)], b: [.receive(bytes)])
        }
    },

    ConformanceCase(
        "BAS-05", "Received bytes are put into the offered memory, from its start, and nowhere else.",
        drivers: [.blocking]
    ) { scene in
        try receiveInPieces(Payload(20).bytes(100), sizes: [1, 5, 2, 33, 64, 200], scene)
    },

    ConformanceCase(
        "BAS-06", "A receive gives at least one byte and at most as many as there is room for.", drivers: [.blocking]
    ) { scene in
        try receiveInPieces(Payload(21).bytes(min(600, scene.bulk)), sizes: [3, 1, 7, 2, 100], scene)
    },

    ConformanceCase("BAS-07", "Everything arrives also when it is received byte by byte.") { scene in
        let bytes = Payload(22).bytes(min(2048, scene.bulk))
        try scene.run(a: [.send(bytes)], b: bytes.map { .receive([$0]) })
    },

    ConformanceCase(
        "BAS-08", "The memory of what was sent may be overwritten as soon as the call has returned.",
        drivers: [.stepping]
    ) { scene in
        let bytes = Payload(23).bytes(min(200, scene.bulk))
        var kept: [UnsafeMutableRawBufferPointer] = []
        defer { for memory in kept { memory.deallocate() } }
        var sent = 0
        var received: [UInt8] = []
        while received.count < bytes.count {
            if sent < bytes.count {
                let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count - sent, alignment: 1)
                memory.copyBytes(from: bytes[sent...])
                // Kept to the end, so that a transport that holds it finds something.
                kept.append(memory)
                sent += try sendAndOverwrite(memory, scene.a, scene)
            }
            received += try scene.b.receiveWhatComes(atMost: bytes.count, scene)
        }
        try scene.equalBytes("what B received", received, bytes)
    },

    ConformanceCase(
        "BAS-09",
        "A stream has no messages: what was sent at once may come in pieces, and what was not may come at once.",
        needs: .without(.preservesBoundaries)
    ) { scene in
        let messages = (0..<20).map { Payload(UInt64(30 + $0)).bytes(1 + $0 * 3) }
        let all = [UInt8](messages.joined())
        // Cut elsewhere than the messages are.
        let cuts = Payload(31).sizes(total: all.count, limit: 40)
        var start = 0
        let receives = cuts.map { size -> Act in
            defer { start += size }
            return .receive([UInt8](all[start..<start + size]))
        }
        try scene.run(a: messages.map { .send($0) }, b: receives)
    },

    ConformanceCase("BAS-10", "Streams that are used at the same time do not mix.") { scene in
        let count = min(4096, scene.bulk / 16)
        var parts: [Part] = []
        for number in 0..<min(20, max(2, scene.bulk / 32)) {
            let pair = try scene.makePair()
            let (there, back) = (Payload(UInt64(40 + number)), Payload(UInt64(60 + number)))
            parts += [
                Part(pair.a, "A\(number)", [.send(there.bytes(count)), .receive(back.bytes(count))]),
                Part(pair.b, "B\(number)", [.receive(there.bytes(count)), .send(back.bytes(count))]),
            ]
        }
        try scene.run(parts)
    },
]

/// The two parts that move bytes from one end to the other, cut in different ways.
func oneWay(
    from sender: any StreamEnd, to receiver: any StreamEnd, _ payload: Payload, _ count: Int, _ limit: Int
) -> [Part] {
    func cut(_ sizes: [Int], _ act: ([UInt8]) -> Act) -> [Act] {
        var start = 0
        return sizes.map { size in
            defer { start += size }
            return act(payload.bytes(start..<start + size))
        }
    }
    return [
        Part(sender, "\(sender.name) out", cut(payload.sizes(total: count, limit: limit)) { .send($0) }),
        Part(
            receiver, "\(receiver.name) in",
            cut(Payload(payload.seed &+ 1).sizes(total: count, limit: limit)) { .receive($0) }
        ),
    ]
}

/// Has B receive bytes that A has sent, into pieces of memory that are watched.
private func receiveInPieces(_ bytes: [UInt8], sizes: [Int], _ scene: Scene) throws {
    let (a, b) = try (scene.a, scene.b)
    let join = try scene.background { try a.sendAll(bytes, .none) }
    var received: [UInt8] = []
    var round = 0
    while received.count < bytes.count {
        let size = sizes[round % sizes.count]
        round += 1
        received += try receiveGuarded(b, size, scene)
    }
    try join()
    try scene.equalBytes("what B received", received, bytes)
}

/// Receives into the middle of some memory, and looks at what is around it.
func receiveGuarded(_ end: any StreamEnd, _ size: Int, _ scene: Scene) throws -> [UInt8] {
    let margin = 64
    var memory = [UInt8](repeating: 0xA5, count: size + 2 * margin)
    let what = "receive at most \(size) bytes"
    let result = try memory.withUnsafeMutableBytes { memory in
        let offered = UnsafeMutableRawBufferPointer(rebasing: memory[margin..<margin + size])
        return try scene.value(end.name, what) { () throws(TransportError) in
            try end.receive(into: offered, .within(.seconds(5)))
        }
    }
    guard let count = result.count else { throw Mismatch(expected: "\(end.name) to \(what)", found: "the end") }
    try scene.check((1...size).contains(count), "a count from 1 to \(size)", "\(count)")
    try scene.equal("the count that was told and the bytes that were put into the memory", result.filled, count)
    let isUntouched = { (range: Range<Int>) in memory[range].allSatisfy { $0 == 0xA5 } }
    try scene.check(isUntouched(0..<margin), "the memory before the buffer to be left alone", "it was written to")
    try scene.check(
        isUntouched(margin + size..<memory.count), "the memory behind the buffer to be left alone", "it was written to"
    )
    return [UInt8](memory[margin..<margin + count])
}

/// Sends from memory that is overwritten as soon as the call has returned.
private func sendAndOverwrite(
    _ memory: UnsafeMutableRawBufferPointer, _ end: any StreamEnd, _ scene: Scene
) throws -> Int {
    let result = scene.attempt(end.name, "send, and overwrite") { () throws(TransportError) in
        try end.send(UnsafeRawBufferPointer(memory), .atOnce)
    }
    // What was not taken is sent from elsewhere.
    for index in memory.indices { memory[index] = 0xEE }
    switch result {
    case .success(let count):
        _ = try end.tryFlush()
        return count
    case .failure(let error) where error.kind == .wouldBlock: return 0
    case .failure(let error): throw error
    }
}

extension StreamEnd {
    /// What is there, or nothing when nothing comes for a while.
    func receiveWhatComes(atMost count: Int, _ scene: Scene) throws -> [UInt8] {
        let result = scene.attempt(name, "receive what comes") { () throws(TransportError) in
            try receive(atMost: count, .within(.seconds(2))) ?? []
        }
        return try result.get()
    }
}
