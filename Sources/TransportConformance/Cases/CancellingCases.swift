internal import TransportCore

/// Cancelling what a task waits for.
let cancellingCases: [ConformanceCase] = [
    ConformanceCase(
        "CAN-01", "A task that was cancelled already does not wait, and changes nothing.", drivers: [.async]
    ) {
        scene in
        let a = try scene.a
        let task = try scene.start {
            withUnsafeCurrentTask { $0?.cancel() }
            return await thrownError { () async throws(TransportError) in try await a.ready(for: .readable) }
        }
        try scene.expect(.cancelled, toEnd: "the wait", try scene.waitForEnd(of: task))
        try scene.run(a: [.receive("x"), .send("y")], b: [.send("x"), .receive("y")])
    },

    ConformanceCase(
        "CAN-02", "Cancelling ends a wait, and what comes later goes to the next receive.", drivers: [.async]
    ) {
        scene in
        for end in try [scene.a, scene.b] {
            let error = try cancelled(end.name, "receive", scene) { () async throws(TransportError) in
                _ = try await end.receive(atMost: 16, suspending: .none)
            }
            try scene.expect(.cancelled, toEnd: "the receive of \(end.name)", error)
        }
        try scene.run(a: [.receive("later"), .send("still")], b: [.send("later"), .receive("still")])
    },

    ConformanceCase(
        "CAN-03", "Cancelling a send says how many bytes were sent, and the next send goes on after them.",
        drivers: [.async]
    ) { scene in
        let a = try scene.a
        let clog = try scene.clog(a)
        let filler = scene.filler(after: clog)
        let error = try cancelled(a.name, "send", scene) { () async throws(TransportError) in
            try await a.sendAll(filler, suspending: .none)
        }
        try scene.expect(.cancelled, toEnd: "the send", error)
        let sent = [UInt8](filler.prefix(error?.bytesTransferred ?? 0))
        try scene.run(a: [.send("next")], b: [.receive(clog), .receive(sent), .receive("next")])
    },

    ConformanceCase(
        "CAN-04",
        "When data comes while the wait for it is cancelled, the wait ends in one of the two ways, and nothing is lost.",
        drivers: [.async]
    ) { scene in
        let (a, b) = try (scene.a, scene.b)
        for round in 0..<100 {
            let task = try scene.start {
                await thrownError { () async throws(TransportError) in try await a.ready(for: .readable) }
            }
            let byte = UInt8(round)
            // Now the one comes first, now the other.
            if round % 2 == 0 { task.cancel() }
            try b.sendAll([byte], .none)
            if round % 2 == 1 { task.cancel() }
            let error = try scene.waitForEnd(of: task)
            try scene.check(
                error == nil || error?.kind == .cancelled, "no error or cancelled", "\(error?.kind.rawValue ?? "")")
            try scene.equalBytes("the byte", try a.receive(atMost: 16, .within(.seconds(5))) ?? [], [byte])
        }
    },

    ConformanceCase("CAN-05", "A wait that was cancelled is not a connection that was closed.", drivers: [.async]) {
        scene in
        let a = try scene.a
        for _ in 0..<3 {
            let error = try cancelled(a.name, "wait", scene) { () async throws(TransportError) in
                try await a.ready(for: .readable)
            }
            try scene.expect(.cancelled, toEnd: "the wait", error)
        }
        try scene.equal("whether A is closed", a.isClosed, false)
        try scene.run(a: [.send("x"), .receive("y")], b: [.receive("x"), .send("y")])
        try scene.run(a: [.close], b: [.end])
    },

    ConformanceCase(
        "CAN-06", "Cancelling a connect ends it, and leaves no connection behind that nobody holds.", drivers: [.async],
        needs: .fact(.fullBacklogPends).and(.offer(.backend))
    ) { scene in
        let listener = try scene.listen(ListenerOptions(backlog: 0))
        let clients = try scene.fillQueue(of: listener)
        let error = try cancelled("client", "connect", scene) { () async throws(TransportError) in
            // Who gets one here keeps it, so that it is seen.
            scene.keep(try await listener.connect(suspending: .none))
        }
        try scene.expect(.cancelled, toEnd: "the connect", error)
        for client in clients { try client.sendAll([1], .within(.seconds(5))) }
        while case .success(let server) = scene.attempt(
            "listener", "accept", { () throws(TransportError) in try listener.accept(.within(.milliseconds(20))) })
        {
            scene.keep(server)
            // One of those that are held, or at its end already.
            let result = scene.attempt("server", "receive") { () throws(TransportError) in
                try server.receive(atMost: 1, .within(.seconds(5)))
            }
            guard case .failure(let error) = result, error.kind != .connectionReset else { continue }
            throw Mismatch(expected: "the end of a connection that nobody holds", found: "\(error)")
        }
    },
]

/// Has a task do something that does not come to an end by itself, and cancels it.
private func cancelled(
    _ name: String, _ what: String, _ scene: Scene,
    _ body: @escaping @Sendable () async throws(TransportError) -> Void
) throws -> TransportError? {
    let part = "\(name), in a task"
    scene.trace.begin(part, what)
    let task = try scene.start { await thrownError(body) }
    try scene.letGoOn(task)
    task.cancel()
    let error = try scene.waitForEnd(of: task)
    scene.trace.end(part, what, error?.kind.rawValue ?? "done")
    return error
}
