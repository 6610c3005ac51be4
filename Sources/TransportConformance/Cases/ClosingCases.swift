internal import TransportCore

/// Closing and cutting. What ends a pending operation needs a second thread or a task.
let closingCases: [ConformanceCase] = [
    ConformanceCase("CLO-01", "Closing may be repeated, at both ends and in any order.") { scene in
        for order in ["AABB", "ABAB", "ABBA", "BAAB", "BABA", "BBAA"] {
            let pair = try scene.makePair()
            for (index, name) in order.enumerated() {
                let end = name == "A" ? pair.a : pair.b
                try scene.run([Part(end, "\(name), \(index + 1) of \(order)", [.close])])
            }
            pair.a.closeTransport()
            try scene.failure(.closed, of: "A", "step: receive after closing again") { () throws(TransportError) in
                try pair.a.tryReceive(atMost: 1).step
            }
            try scene.check(pair.a.isClosed && pair.b.isClosed, "both ends to be closed", "one is not")
        }
    },

    ConformanceCase("CLO-02", "After closing, every operation says so, and asking for anything does no harm.") {
        scene in
        let a = try scene.a
        try scene.run(
            a: [
                .close, .fails(.receive(1), .closed), .fails(.send([1]), .closed), .fails(.shutdownWrite, .closed),
                .fails(.receiveToEnd, .closed),
            ]
        )
        try scene.failure(.closed, of: "A", "wait") { () throws(TransportError) in try a.wait(for: .readable, .none) }
        try scene.failure(.closed, of: "A", "establish") { () throws(TransportError) in try a.establish(.none) }
        try scene.failure(.closed, of: "A", "step: receive") { () throws(TransportError) in
            try a.tryReceive(atMost: 4).step
        }
        try scene.failure(.closed, of: "A", "step: send") { () throws(TransportError) in try a.trySend([1]) }
        try scene.failure(.closed, of: "A", "step: wait") { () throws(TransportError) in
            try a.waitStep(for: .readable, until: .never)
        }
        _ = try? a.localAddress()
        _ = try? a.remoteAddress()
        _ = a.query(DescriptorNumber.self)
        _ = try? a.optionValue(named: TransportOption<Bool>.noDelay.name)
        _ = (a.facts, a.hasBufferedInput, a.now)
    },

    ConformanceCase("CLO-03", "Closing ends a pending receive of the same end.", drivers: [.blocking, .async]) {
        scene in
        let pending = try scene.pend(scene.a, .fails(.receive(1), .closed))
        try scene.run(a: [.close])
        try pending.finish()
        try scene.run(b: [.end])
    },

    ConformanceCase(
        "CLO-04", "Closing ends a pending send of the same end.", drivers: [.blocking, .async], isDetermined: false
    ) { scene in
        let clog = try scene.clog(scene.a)
        let pending = try scene.pend(scene.a, .fails(.send(scene.filler(after: clog)), .closed))
        try scene.run(a: [.close])
        try pending.finish()
    },

    ConformanceCase(
        "CLO-05", "Closing ends a wait of the same end.", drivers: [.blocking, .async], isDetermined: false
    ) { scene in
        let a = try scene.a
        if scene.driver == .async {
            let task = try scene.start {
                await thrownError { () async throws(TransportError) in try await a.ready(for: .readable) }
            }
            try scene.letGoOn(task)
            try scene.run(a: [.close])
            try scene.expect(.closed, toEnd: "the task's wait", try scene.waitForEnd(of: task))
        } else {
            let join = try scene.background {
                try scene.failure(.closed, of: "A, waiting", "wait") { () throws(TransportError) in
                    try a.waitStep(for: .readable, until: .never)
                }
            }
            try scene.pause()
            try scene.run(a: [.close])
            try join()
        }
    },

    ConformanceCase(
        "CLO-06", "When the peer closes, a pending receive finds the end and a pending send fails.",
        drivers: [.blocking, .async], isDetermined: false
    ) { scene in
        let receiving = try scene.pend(scene.a, .end)
        try scene.run(b: [.close])
        try receiving.finish()
        let pair = try scene.makePair()
        let filler = scene.filler(after: try scene.clog(pair.a))
        let sending = try scene.pend(pair.a, .fails(.send(filler), .brokenPipe, .connectionReset))
        try scene.run([Part(pair.b, "B of another pair", [.close])])
        try sending.finish()
    },

    ConformanceCase("CLO-07", "When the peer has closed, sending fails sooner or later, and then every time.") {
        scene in
        try scene.run(b: [.close])
        let broken: [TransportError.Kind] = [.brokenPipe, .connectionReset]
        try scene.run(
            a: [Act(.sendUntilFailure(atMost: 64 << 20), .failure(broken))]
                + [Act](repeating: Act(.send([1]), .failure(broken)), count: 3)
        )
    },

    ConformanceCase(
        "CLO-09", "Cutting the stream ends it for the peer, as a reset or as an end, and with nothing else."
    ) {
        scene in
        try scene.run(a: [.abort])
        try scene.run(b: [.cut(scene.claims)])
        try scene.run(a: [.fails(.send([1]), .closed), .fails(.receive(1), .closed)])
    },

    ConformanceCase(
        "CLO-10", "Cutting the stream is a reset for the peer.", needs: .fact(.abortIsVisible)
    ) { scene in
        try scene.run(a: [.abort])
        try scene.run(b: [.fails(.receive(1), .connectionReset)])
    },

    ConformanceCase(
        "CLO-11", "What had arrived before a reset is received before it.", needs: .fact(.abortIsVisible)
    ) { scene in
        let b = try scene.b
        let bytes = Payload(90).bytes(1)
        try scene.run(a: [.send(bytes)])
        // A reset may overtake what is on its way, but not what has arrived.
        try scene.check(
            b.waitStep(for: .readable, until: b.deadline(after: .seconds(5))) || b.hasBufferedInput,
            "B to become readable", "it does not"
        )
        try scene.run(a: [.abort])
        try scene.run(b: [.receive(bytes), .fails(.receive(1), .connectionReset)])
    },

    ConformanceCase(
        "CLO-12", "A reset is remembered: whatever is done afterwards finds it again, and never an end.",
        needs: .fact(.abortIsVisible)
    ) { scene in
        try scene.run(a: [.abort])
        try scene.run(
            b: [Act](repeating: .fails(.receive(1), .connectionReset), count: 4)
                + [Act](repeating: .fails(.send([1]), .connectionReset), count: 3)
                + [.fails(.receiveToEnd, .connectionReset)]
        )
    },

    ConformanceCase(
        "CLO-13", "Closing with bytes left unread: the peer receives what was sent to it, then a reset or an end.",
        isDetermined: false
    ) { scene in
        let a = try scene.a
        try scene.run(b: [.send("u")])
        try scene.check(
            a.waitStep(for: .readable, until: a.deadline(after: .seconds(5))) || a.hasBufferedInput,
            "A to become readable", "it does not"
        )
        let b = try scene.b
        try scene.run(a: [.send("x")])
        _ = try b.waitStep(for: .readable, until: b.deadline(after: .seconds(5)))
        try scene.run(a: [.close])
        try scene.run(b: [.receiveToEnd([UInt8]("x".utf8), or: .connectionReset)])
    },

    ConformanceCase(
        "CLO-14", "Closing with a time limit comes back though the peer takes nothing, and the connection is closed.",
        drivers: [.blocking]
    ) { scene in
        let a = try scene.a
        _ = try scene.clog(a)
        let start = a.now
        _ = try scene.value("A", "close within 10 ms") { () throws(TransportError) in
            try a.close(timeout: .milliseconds(10))
        }
        try scene.check(a.isClosed, "A to be closed", "it is open")
        if scene.bench.isVirtual {
            let took = start.duration(to: a.now)
            try scene.check(took <= .milliseconds(10), "at most 10 ms of the transport's time", "\(took)")
        }
        try scene.run(a: [.fails(.send([1]), .closed)])
    },

    ConformanceCase(
        "CLO-15", "Closing in a task that was cancelled closes all the same.", drivers: [.async]
    ) { scene in
        let a = try scene.a
        let task = try scene.start {
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try? await a.close(suspendingFor: .seconds(5))
        }
        try scene.waitForEnd(of: task)
        try scene.check(a.isClosed, "A to be closed", "it is open")
        try scene.run(a: [.fails(.send([1]), .closed)], b: [.end])
    },

    ConformanceCase(
        "CLO-16", "Closing with a time limit delivers everything that was sent to a peer that receives it.",
        drivers: [.blocking]
    ) { scene in
        let bytes = Payload(91).bytes(scene.bulk)
        let a = try scene.a
        let join = try scene.background {
            try a.sendAll(bytes, .none)
            let isComplete = try a.close(timeout: .seconds(5))
            try scene.check(isComplete, "the ending to be complete", "it is not")
        }
        // The ending of a protocol may await the peer's.
        try scene.run(b: [.receiveToEnd(bytes), .close])
        try join()
    },

    ConformanceCase(
        "CLO-17", "Opening and closing again and again uses up no descriptors.", drivers: [.blocking],
        needs: .fact(.exposesDescriptor)
    ) { scene in
        let rounds = 200
        func highest() throws -> Int32 {
            let pair = try scene.bench.makePair(nil)
            defer {
                pair.a.close()
                pair.b.close()
            }
            return max(pair.a.query(DescriptorNumber.self) ?? -1, pair.b.query(DescriptorNumber.self) ?? -1)
        }
        let first = try highest()
        var last = first
        for _ in 0..<rounds { last = try highest() }
        // Systems give the lowest number that is free. Others in this process may have opened some meanwhile.
        try scene.check(
            last < first + Int32(rounds), "descriptor numbers to be used again",
            "numbers from \(first) to \(last) in \(rounds) rounds"
        )
    },

    ConformanceCase(
        "CLO-18",
        "A thread that was receiving when its end was closed does not touch the next stream with its descriptor.",
        drivers: [.blocking], needs: .fact(.exposesDescriptor)
    ) { scene in
        for round in 0..<20 {
            let old = try scene.bench.makePair(nil)
            let join = try scene.background {
                try scene.failure(.closed, of: "A of an old pair", "receive") { () throws(TransportError) in
                    try old.a.receive(atMost: 64, .none)
                }
            }
            if round % 2 == 0 { try scene.pause(.microseconds(500)) }
            old.a.close()
            let next = try scene.makePair()
            let bytes = Payload(UInt64(100 + round)).bytes(32)
            try scene.run([Part(next.b, "B of a new pair", [.send(bytes)])])
            try scene.run([Part(next.a, "A of a new pair", [.receive(bytes)])])
            try join()
            for end in [old.b, next.a, next.b] { end.close() }
        }
    },

    ConformanceCase(
        "CLO-19", "A connection that is dropped without being closed is closed then, and its observer is told.",
        drivers: [.stepping]
    ) { scene in
        let observer = DropObserver()
        let pair = try scene.makePair(observer: observer)
        try scene.run([Part(pair.a, "A of an observed pair", [.send("x")])])
        pair.a.drop()
        try scene.run([Part(pair.b, "B of an observed pair", [.receive("x"), .end])])
        try scene.equal("how many connections were reported", observer.dropped, 1)
    },
]

/// The error that something throws, if any.
func thrownError(_ body: () async throws(TransportError) -> Void) async -> TransportError? {
    do throws(TransportError) {
        try await body()
        return nil
    } catch {
        return error
    }
}

/// Counts connections that were dropped.
private final class DropObserver: OperationObserver {
    private let count = Locked(0)

    var dropped: Int { count.withLock { $0 } }

    func operationWillBegin(_ operation: TransportError.Operation, on subject: ObservedSubject) {}

    func operationDidEnd(
        _ operation: TransportError.Operation, on subject: ObservedSubject, outcome: OperationOutcome
    ) {}

    func droppedWithoutClosing(_ subject: ObservedSubject) { count.withLock { $0 += 1 } }
}
