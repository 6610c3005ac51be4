internal import TransportCore

/// Cancelling what a task waits for.
let cancellingCases: [ConformanceCase] = [
    ConformanceCase(
        "CAN-01", "A task that was cancelled already does not wait, and changes nothing.", drivers: [.async]
    ) {
        scene in
        let a = try scene.a
        let task = try scene.executor.start {
            withUnsafeCurrentTask { $0?.cancel() }
            return await thrownError { () async throws(TransportError) in try await a.ready(for: .readable) }
        }
        try scene.equal("what ends the wait", task.waitForEnd().flatMap { $0 }?.kind, .cancelled)
        try scene.run(a: [.receive("x"), .send("y")], b: [.send("x"), .receive("y")])
    },

    ConformanceCase(
        "CAN-02", "Cancelling ends a wait, and what comes later goes to the next receive.", drivers: [.async]
    ) {
        scene in
        for end in try [scene.a, scene.b] {
            let error = try cancelWait(end, .readable, scene)
            try scene.equal("what ends the wait of \(end.name)", error?.kind, .cancelled)
        }
        try scene.run(a: [.receive("later"), .send("still")], b: [.send("later"), .receive("still")])
    },

    ConformanceCase(
        "CAN-03", "Cancelling the wait of a send that has no room leaves what was sent before as it is.",
        drivers: [.async]
    ) { scene in
        let a = try scene.a
        let clog = try scene.clog(a)
        let error = try cancelWait(a, .writable, scene)
        try scene.equal("what ends the wait", error?.kind, .cancelled)
        try scene.run(a: [.send("next")], b: [.receive(clog), .receive("next")])
    },

    ConformanceCase(
        "CAN-04",
        "When data comes while the wait for it is cancelled, the wait ends in one of the two ways, and nothing is lost.",
        drivers: [.async]
    ) { scene in
        let (a, b) = try (scene.a, scene.b)
        for round in 0..<100 {
            let task = try scene.executor.start {
                await thrownError { () async throws(TransportError) in try await a.ready(for: .readable) }
            }
            let byte = UInt8(round)
            // Now the one comes first, now the other.
            if round % 2 == 0 { task.cancel() }
            try b.sendAll([byte], .none)
            if round % 2 == 1 { task.cancel() }
            let error = task.waitForEnd().flatMap { $0 }
            try scene.check(
                error == nil || error?.kind == .cancelled, "no error or cancelled", "\(error?.kind.rawValue ?? "")")
            try scene.equalBytes("the byte", try a.receive(atMost: 16, .within(.seconds(5))) ?? [], [byte])
        }
    },

    ConformanceCase("CAN-05", "A wait that was cancelled is not a connection that was closed.", drivers: [.async]) {
        scene in
        let a = try scene.a
        for _ in 0..<3 { _ = try cancelWait(a, .readable, scene) }
        try scene.equal("whether A is closed", a.isClosed, false)
        try scene.run(a: [.send("x"), .receive("y")], b: [.receive("x"), .send("y")])
        try scene.run(a: [.close], b: [.end])
    },
]

/// Has a task wait for what does not come, and cancels it.
private func cancelWait(_ end: any StreamEnd, _ need: Need, _ scene: Scene) throws -> TransportError? {
    let isRunning = Locked(false)
    scene.trace.begin("\(end.name), waiting", "be ready")
    let task = try scene.executor.start {
        isRunning.withLock { $0 = true }
        isRunning.wakeAll()
        return await thrownError { () async throws(TransportError) in try await end.ready(for: need) }
    }
    isRunning.wait { $0 ? () : nil }
    task.cancel()
    let error = task.waitForEnd().flatMap { $0 }
    scene.trace.end("\(end.name), waiting", "be ready", error?.kind.rawValue ?? "ready")
    return error
}
