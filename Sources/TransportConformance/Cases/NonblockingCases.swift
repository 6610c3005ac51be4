internal import TransportCore

/// The steps that never wait, and readiness. They are the primitive of every driver, so one thread tries them directly.
let nonblockingCases: [ConformanceCase] = [
    ConformanceCase(
        "NBK-01", "Receiving where nothing is would block, and says what to wait for.", drivers: [.stepping]
    ) { scene in
        let a = try scene.a
        let result = try scene.value("A", "step: receive") { () throws(TransportError) in try a.tryReceive(atMost: 16) }
        guard case .wouldBlock(let need) = result.step else {
            throw Mismatch(expected: "that the step would block", found: "\(result.step)")
        }
        try scene.check(
            !need.interest.isEmpty || need.notBefore != nil, "a need that can be waited for", "nothing to wait for"
        )
        a.mode = .nonblocking
        try scene.failure(.wouldBlock, of: "A", "receive in nonblocking mode") { () throws(TransportError) in
            try a.receive(atMost: 16, .none)
        }
        a.mode = .blocking
        try scene.run(a: [.receive("x")], b: [.send("x")])
    },

    ConformanceCase(
        "NBK-02", "A stream takes only so much that nobody receives, and delivers what it took.", drivers: [.stepping]
    ) { scene in
        let taken = try scene.clog(scene.a)
        try scene.check(!taken.isEmpty, "the stream to take something", "nothing")
        try scene.run(a: [.flush], b: [.receive(taken)])
        try expectNothing(at: scene.b, scene)
    },

    ConformanceCase(
        "NBK-03", "A wait ends when the peer has done something about the need, and the step goes on.",
        drivers: [.stepping]
    ) { scene in
        let (a, b) = try (scene.a, scene.b)
        let receive = try scene.value("B", "step: receive") { () throws(TransportError) in try b.tryReceive(atMost: 16)
        }
        guard case .wouldBlock(let need) = receive.step else {
            throw Mismatch(expected: "that the step would block", found: "\(receive.step)")
        }
        try scene.run(a: [.send("x")])
        try expectProgress(at: b, after: need, scene) { () throws(TransportError) in
            try b.tryReceive(atMost: 16).step == .received(1)
        }
        let taken = try scene.clog(a)
        var (room, more) = (Need.writable, 0)
        while case .sent(let count) = try a.trySend([1]) { more += count }
        if case .wouldBlock(let named) = try a.trySend([1]) { room = named } else { more += 1 }
        try scene.run(a: [.flush], b: [.receive(taken), .receive([UInt8](repeating: 1, count: more))])
        try expectProgress(at: a, after: room, scene) { () throws(TransportError) in try a.trySend([1]) == .sent(1) }
        try scene.run(a: [.flush], b: [.receive([1])])
    },

    ConformanceCase(
        "NBK-04", "A wait whose deadline has passed ends at once and changes nothing.", drivers: [.stepping]
    ) { scene in
        let (a, b) = try (scene.a, scene.b)
        for _ in 0..<3 {
            let isReady = try scene.value("B", "wait until a time that has passed") { () throws(TransportError) in
                try b.waitStep(for: .readable, until: .passed)
            }
            try scene.equal("whether there is something to receive", isReady, false)
        }
        _ = try scene.clog(a, Payload(70))
        let isWritable = try scene.value("A", "wait until a time that has passed") { () throws(TransportError) in
            try a.waitStep(for: .writable, until: .passed)
        }
        try scene.equal("whether there is room to send", isWritable, false)
        try scene.run(a: [.receive("x")], b: [.send("x")])
    },

    ConformanceCase(
        "NBK-05", "A send that takes a part says how much: with the rest sent after it, nothing is lost or doubled.",
        drivers: [.stepping]
    ) { scene in
        let (a, b) = try (scene.a, scene.b)
        let clog = try scene.clog(a, Payload(71))
        // A stream that is full makes room in pieces that are smaller than what is offered.
        let bytes = clog + Payload(72).bytes(min(clog.count, 1 << 20) + 1000)
        var received: [UInt8] = []
        // The first part is what the clogged stream has taken already.
        var sent = clog.count
        var idle = 0
        while received.count < bytes.count, idle < 1000 {
            idle += 1
            if sent < bytes.count, case .sent(let count) = try a.trySend([UInt8](bytes[sent...].prefix(256 << 10))) {
                try scene.check(count > 0 && sent + count <= bytes.count, "a count of the offered bytes", "\(count)")
                sent += count
                idle = 0
            }
            _ = try a.tryFlush()
            let result = try b.tryReceive(atMost: 20_000)
            if case .wouldBlock(let need) = result.step {
                _ = try b.waitStep(for: need, until: b.deadline(after: .milliseconds(1)))
            } else {
                idle = 0
            }
            received += result.bytes
        }
        try scene.equalBytes("what B received", received, bytes)
        try expectNothing(at: b, scene)
    },

    ConformanceCase(
        "NBK-06",
        "While there is something to receive, waiting for it ends at once, or the transport says that it holds it.",
        drivers: [.stepping]
    ) { scene in
        let b = try scene.b
        let bytes = Payload(73).bytes(min(10, scene.bulk))
        let join = try scene.background { [a = try scene.a] in try a.sendAll(bytes, .none) }
        for byte in bytes {
            // What the end of the wait announces is there; what the transport holds is there, too.
            let isAnnounced =
                try b.hasBufferedInput || b.waitStep(for: .readable, until: b.deadline(after: .seconds(5)))
            try scene.check(isAnnounced, "what there is to receive to be announced", "neither by waiting nor as held")
            try scene.equalBytes("the next byte", try b.receive(atMost: 1, .within(.seconds(5))) ?? [], [byte])
        }
        try join()
        try scene.equal("whether the transport holds something when all was received", b.hasBufferedInput, false)
    },

    ConformanceCase(
        "NBK-07", "What was sent and flushed arrives without anything being sent after it.", drivers: [.stepping]
    ) { scene in
        let a = try scene.a
        for number in 0..<5 {
            let bytes = Payload(UInt64(80 + number)).bytes(1 + number * 7)
            var sent = 0
            for _ in 0..<10_000 where sent < bytes.count {
                if case .sent(let count) = try a.trySend([UInt8](bytes[sent...])) {
                    try finishStep(.flush, at: a, scene)
                    try scene.run(b: [.receive([UInt8](bytes[sent..<sent + count]))])
                    sent += count
                }
            }
        }
    },

    ConformanceCase(
        "NBK-08", "After a send that would block, the next one may have other bytes, fewer or more.",
        drivers: [.stepping]
    ) { scene in
        let a = try scene.a
        let taken = try scene.clog(a)
        var more: [UInt8] = []
        for count in [100, 1, 1000] {
            // Meanwhile there may be room for a little.
            let bytes = Payload(74).bytes(count)
            if case .sent(let count) = try a.trySend(bytes) { more += bytes.prefix(count) }
        }
        let others = Payload(75).bytes(10)
        try scene.run(a: [.send(others)], b: [.receive(taken), .receive(more), .receive(others)])
        try expectNothing(at: scene.b, scene)
    },

    ConformanceCase(
        "NBK-10", "A wait does not end again and again for nothing: a hundred times in a row is spinning.",
        drivers: [.stepping]
    ) { scene in
        let (a, b) = try (scene.a, scene.b)
        try expectNoSpin(at: b, scene) { () throws(TransportError) in
            if case .wouldBlock(let need) = try b.tryReceive(atMost: 16).step { need } else { nil }
        }
        _ = try scene.clog(a)
        try expectNoSpin(at: a, scene) { () throws(TransportError) in
            if case .wouldBlock(let need) = try a.trySend([1]) { need } else { nil }
        }
    },

    // That a step waits shows as a hang: the watchdog says in which call.
    ConformanceCase(
        "NBK-11", "No step waits, neither with a full stream nor with a peer that is gone.", drivers: [.stepping]
    ) { scene in
        let (a, b) = try (scene.a, scene.b)
        _ = try scene.clog(a)
        for _ in 0..<3 {
            _ = scene.attempt("A", "step: send") { () throws(TransportError) in try a.trySend([1, 2, 3]) }
            _ = scene.attempt("A", "step: receive") { () throws(TransportError) in try a.tryReceive(atMost: 9).step }
        }
        try scene.run(b: [.close])
        for _ in 0..<3 {
            _ = scene.attempt("A", "step: receive") { () throws(TransportError) in try a.tryReceive(atMost: 9).step }
            _ = scene.attempt("A", "step: send") { () throws(TransportError) in try a.trySend([1, 2, 3]) }
            _ = scene.attempt("A", "step: flush") { () throws(TransportError) in try a.tryFlush() }
        }
        try scene.run(a: [.close, .close])
    },
]

/// Waits for a need that has been met, and tries until something happens.
private func expectProgress(
    at end: any StreamEnd, after need: Need, _ scene: Scene, _ step: () throws(TransportError) -> Bool
) throws {
    for _ in 0..<100 {
        let isReady = try scene.value(end.name, "wait for the need") { () throws(TransportError) in
            try end.waitStep(for: need, until: end.deadline(after: .seconds(2)))
        }
        try scene.check(isReady, "the wait of \(end.name) to end, since the peer has acted", "it does not within 2 s")
        if try step() { return }
    }
    throw Mismatch(expected: "a step of \(end.name) to go on within 100 waits", found: "it still would block")
}

/// Counts how often waiting for what a step names ends, when nothing happens.
private func expectNoSpin(
    at end: any StreamEnd, _ scene: Scene, _ step: () throws(TransportError) -> Need?
) throws {
    let deadline = end.deadline(after: .milliseconds(10))
    var count = 0
    while let need = try step(), try end.waitStep(for: need, until: deadline), !deadline.hasPassed(at: end.now) {
        count += 1
        try scene.check(count < 100, "\(end.name)'s wait to end fewer than 100 times for nothing", "\(count) times")
    }
}
