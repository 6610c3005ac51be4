internal import TransportCore

/// Timeouts and deadlines, in the calls that wait. Nonblocking calls have none.
///
/// A renewable idle timeout is no part of the contract: who wants one gives each call a timeout.
let deadlineCases: [ConformanceCase] = [
    ConformanceCase(
        "DLN-01", "With a deadline that has passed, an operation times out at once and moves nothing.",
        drivers: [.blocking]
    ) {
        scene in
        let a = try scene.a
        let receive = try scene.failure(.timedOut, of: "A", "receive") { () throws(TransportError) in
            try a.receive(atMost: 16, .until(.passed))
        }
        let send = try scene.failure(.timedOut, of: "A", "send all") { () throws(TransportError) in
            try a.sendAll([1, 2, 3], .until(.passed))
        }
        try scene.equal("the bytes that were received", receive.bytesTransferred, 0)
        try scene.equal("the bytes that were sent", send.bytesTransferred, 0)
        try expectNothing(at: scene.b, scene)
    },

    ConformanceCase(
        "DLN-02", "After a timeout the connection goes on as if nothing had happened.", drivers: [.blocking]
    ) {
        scene in
        for end in try [scene.a, scene.b] {
            for limit in [Limit.until(.passed), .within(.milliseconds(2))] {
                try scene.failure(.timedOut, of: end.name, "receive") { () throws(TransportError) in
                    try end.receive(atMost: 16, limit)
                }
            }
        }
        try scene.run(a: [.send("ping"), .receive("pong")], b: [.receive("ping"), .send("pong")])
    },

    ConformanceCase("DLN-03", "A deadline of one direction does not touch the other.", drivers: [.blocking]) { scene in
        let (a, b) = try (scene.a, scene.b)
        let join = try scene.background {
            try scene.failure(.timedOut, of: "A, receiving", "receive") { () throws(TransportError) in
                try a.receive(atMost: 16, .within(.milliseconds(10)))
            }
        }
        try scene.run(a: [.send("x")], b: [.receive("x")])
        try join()
        let clog = try scene.clog(a)
        let filler = scene.filler(after: clog)
        let error = try scene.failure(.timedOut, of: "A", "send") { () throws(TransportError) in
            try a.sendAll(filler, .within(.milliseconds(2)))
        }
        try scene.run(b: [.send("y")])
        try scene.run(a: [.receive("y")])
        try scene.run(a: [.flush], b: [.receive(clog), .receive([UInt8](filler.prefix(error.bytesTransferred)))])
        _ = b
    },

    // A deadline belongs to a call, and a change of the mode counts for calls that begin later: what is pending goes on.
    ConformanceCase("DLN-04", "Changing the mode does not end an operation that is pending.", drivers: [.blocking]) {
        scene in
        let pending = try scene.pend(scene.a, .receive("x"))
        try scene.a.mode = .nonblocking
        try scene.run(b: [.send("x")])
        try pending.finish()
        try scene.a.mode = .blocking
    },

    ConformanceCase("DLN-05", "A timeout ends the operation not before its time.", drivers: [.blocking]) { scene in
        let a = try scene.a
        let filler = scene.filler(after: try scene.clog(a))
        let timeout = Duration.milliseconds(10)
        try expectTimeout(of: a, timeout, scene, "receive") { () throws(TransportError) in
            try a.receive(atMost: 16, .within(timeout))
        }
        try expectTimeout(of: a, timeout, scene, "send") { () throws(TransportError) in
            try a.sendAll(filler, .within(timeout))
        }
        try expectTimeout(of: a, timeout, scene, "receive exactly") { () throws(TransportError) in
            try a.receiveExactly(4, .until(a.deadline(after: timeout)))
        }
        let start = a.now
        let isReady = try scene.value("A", "wait") { () throws(TransportError) in
            try a.wait(for: .readable, .within(timeout))
        }
        try scene.equal("whether the wait ended for something", isReady, false)
        try expectElapsed(since: start, at: a, timeout, scene)
    },

    ConformanceCase(
        "DLN-06", "The deadline of a pending operation is not changed by what others are given.", drivers: [.blocking]
    ) {
        scene in
        let a = try scene.a
        let join = try scene.background {
            try expectTimeout(of: a, .milliseconds(10), scene, "receive") { () throws(TransportError) in
                try a.receive(atMost: 16, .within(.milliseconds(10)))
            }
        }
        try scene.pause(.milliseconds(2))
        a.mode = .blocking
        try scene.value("A", "send with another deadline") { () throws(TransportError) in
            try a.sendAll([7], .within(.seconds(60)))
        }
        try join()
        try scene.run(b: [.receive([7])])
    },

    ConformanceCase(
        "DLN-07", "A send that times out says how many bytes it sent: those the peer receives.", drivers: [.blocking]
    ) {
        scene in
        let (a, b) = try (scene.a, scene.b)
        let clog = try scene.clog(a)
        // Makes room for a part, in a stream that gives room back in parts.
        try scene.run(a: [.flush], b: [.receive(clog)])
        let bytes = Payload(110).bytes(2 * clog.count + 4096)
        let payload = try sendUntilTimeout(a, bytes, scene)
        try scene.run(a: [.flush], b: [.receive(payload)])
        try expectNothing(at: b, scene)
    },

    ConformanceCase("DLN-08", "A deadline is for the whole call, and is not renewed by progress.", drivers: [.blocking])
    {
        scene in
        let (a, b) = try (scene.a, scene.b)
        let join = try scene.background {
            for byte in UInt8(0)..<8 {
                try b.sendAll([byte], .none)
                try scene.pause(.milliseconds(4))
            }
        }
        let error = try expectTimeout(of: a, .milliseconds(18), scene, "receive exactly") { () throws(TransportError) in
            try a.receiveExactly(100, .within(.milliseconds(18)))
        }
        try scene.equalBytes(
            "the bytes in the error", error.partialData, (0..<UInt8(error.bytesTransferred)).map { $0 })
        if scene.bench.isVirtual { try scene.equal("how many came in that time", error.bytesTransferred, 5) }
        let rest = (UInt8(error.bytesTransferred)..<8).map { $0 }
        try scene.run(a: [.receive(rest)])
        try join()
    },

    ConformanceCase(
        "DLN-09", "The timeout of a mode is for each call anew: who makes progress goes on, who makes none times out.",
        drivers: [.blocking], needs: .offer(.virtualTime)
    ) { scene in
        let (a, b) = try (scene.a, scene.b)
        let timeout = Duration.milliseconds(10)
        a.mode = try .timeout(timeout)
        let join = try scene.background {
            for byte in UInt8(0)..<5 {
                try scene.pause(.milliseconds(6))
                try b.sendAll([byte], .none)
            }
        }
        for byte in UInt8(0)..<5 {
            let bytes = try scene.value("A", "receive") { () throws(TransportError) in try a.receive(atMost: 1, .none) }
            try scene.equal("what was received", bytes, [byte])
        }
        try join()
        let start = a.now
        try scene.failure(.timedOut, of: "A", "receive") { () throws(TransportError) in try a.receive(atMost: 1, .none)
        }
        try scene.equal("the time that has passed without progress", start.duration(to: a.now), timeout)
    },

    ConformanceCase(
        "DLN-10", "A deadline that has passed comes before data that is there, and the data stays.",
        drivers: [.blocking]
    ) {
        scene in
        let (a, b) = try (scene.a, scene.b)
        try scene.run(a: [.send("x")])
        _ = try b.wait(for: .readable, .within(.seconds(5)))
        try scene.failure(.timedOut, of: "B", "receive") { () throws(TransportError) in
            try b.receive(atMost: 16, .until(.passed))
        }
        try scene.run(b: [.receive("x")])
        _ = a
    },

    ConformanceCase("DLN-11", "The deadline of a call leaves no trace on the next one.", drivers: [.blocking]) {
        scene in
        let a = try scene.a
        try scene.failure(.timedOut, of: "A", "receive") { () throws(TransportError) in
            try a.receive(atMost: 16, .within(.milliseconds(2)))
        }
        let pending = try scene.pend(a, .receive("x"))
        try scene.run(b: [.send("x")])
        try pending.finish()
    },

    ConformanceCase(
        "DLN-12", "Timeouts that make no sense are refused, and far deadlines are just far.", drivers: [.blocking]
    ) {
        scene in
        let a = try scene.a
        for timeout in [Duration.seconds(-1), .seconds(Int64.max), .nanoseconds(-1)] {
            try scene.failure(.invalidArgument, of: "A", "receive within \(timeout)") { () throws(TransportError) in
                try a.receive(atMost: 1, .within(timeout))
            }
        }
        let pending = try scene.pend(scene.b, .send("abcd"))
        let far: [Limit] = [
            .until(.never), .until(.at(Instant(nanoseconds: .max - 1))), .within(.nanoseconds(Int64.max)),
            .within(.seconds(9_000_000_000)),
        ]
        for (limit, byte) in zip(far, "abcd".utf8) {
            let bytes = try scene.value("A", "receive with a far deadline") { () throws(TransportError) in
                try a.receive(atMost: 1, limit)
            }
            try scene.equal("what was received", bytes, [byte])
        }
        try pending.finish()
    },

    ConformanceCase(
        "DLN-13", "Accepting and waiting for connections obey their deadlines.", drivers: [.blocking],
        needs: .offer(.backend)
    ) {
        scene in
        let listener = try scene.listen()
        let start = listener.now
        try scene.failure(.timedOut, of: "listener", "accept") { () throws(TransportError) in
            try listener.accept(.within(.milliseconds(10)))
        }
        let took = start.duration(to: listener.now)
        try scene.check(took >= .milliseconds(10), "at least 10 ms", "\(took)")
        try scene.failure(.timedOut, of: "listener", "accept") { () throws(TransportError) in
            try listener.accept(.until(.passed))
        }
        let isThere = try scene.value("listener", "wait") { () throws(TransportError) in
            try listener.waitForConnection(.within(.milliseconds(2)))
        }
        try scene.equal("whether a connection is there", isThere, false)
        try scene.failure(.timedOut, of: "client", "connect") { () throws(TransportError) in
            try listener.connect(.until(.passed))
        }
    },

    ConformanceCase(
        "DLN-14", "In a task, too, a timeout ends the operation not before its time, and nothing is lost.",
        drivers: [.async]
    ) { scene in
        let a = try scene.a
        let timeout = Duration.milliseconds(10)
        for isRelative in [true, false] {
            let start = a.now
            let limit = isRelative ? Limit.within(timeout) : .until(a.deadline(after: .milliseconds(40)))
            scene.trace.begin("A", "receive with a deadline")
            let task = try scene.start {
                await thrownError { () async throws(TransportError) in
                    _ = try await a.receive(atMost: 16, suspending: limit)
                }
            }
            let error = try scene.waitForEnd(of: task)
            scene.trace.end("A", "receive with a deadline", error?.kind.rawValue ?? "data")
            try scene.expect(.timedOut, toEnd: "the receive", error)
            let took = start.duration(to: a.now)
            try scene.check(took >= timeout, "the time to be up after \(timeout)", "it is up after \(took)")
        }
        try scene.run(a: [.receive("x"), .send("y")], b: [.send("x"), .receive("y")])
    },
]

/// Makes a call that must time out, and looks at how long that took.
@discardableResult
private func expectTimeout<Value>(
    of end: any StreamEnd, _ timeout: Duration, _ scene: Scene, _ what: String,
    _ body: () throws(TransportError) -> Value
) throws -> TransportError {
    let start = end.now
    let error = try scene.failure(.timedOut, of: end.name, "\(what) within \(timeout)", body)
    try expectElapsed(since: start, at: end, timeout, scene)
    return error
}

/// Checks that a timeout was not shorter than it was to be; in virtual time, also that it was not longer.
private func expectElapsed(
    since start: Instant, at end: any StreamEnd, _ timeout: Duration, _ scene: Scene
) throws {
    let took = start.duration(to: end.now)
    try scene.check(took >= timeout, "the time to be up after \(timeout)", "it is up after \(took)")
    if scene.bench.isVirtual { try scene.equal("the time that has passed", took, timeout) }
}

/// Sends until there is no room; gives the bytes that were sent as the errors say.
private func sendUntilTimeout(_ end: any StreamEnd, _ bytes: [UInt8], _ scene: Scene) throws -> [UInt8] {
    var sent = 0
    // A second try, for streams that find some room when they are looked at once more.
    for _ in 0..<2 where sent < bytes.count {
        let result = scene.attempt(end.name, "send all within 5 ms") { [sent] () throws(TransportError) in
            try end.sendAll([UInt8](bytes[sent...]), .within(.milliseconds(5)))
        }
        switch result {
        case .success: sent = bytes.count
        case .failure(let error):
            try scene.expect(.timedOut, toEnd: "the send", error)
            sent += error.bytesTransferred
        }
    }
    return [UInt8](bytes.prefix(sent))
}
