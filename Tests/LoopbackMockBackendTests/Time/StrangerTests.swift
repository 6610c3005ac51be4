import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

/// Threads and tasks that the network does not know, beside the test: whatever they do, nobody hangs without a report.
@Suite("Strangers")
struct StrangerTests {
    /// Expects the error that says how threads and tasks are made known.
    private func expectTold(_ error: TransportError?, _ location: SourceLocation = #_sourceLocation) {
        #expect(error?.kind == .invalidState, sourceLocation: location)
        let message = error?.message ?? ""
        for remedy in ["network.spawn { … }", "network.run { … }", "Task(executorPreference: network.executor) { … }"] {
            #expect(message.contains(remedy), "\(message)", sourceLocation: location)
        }
    }

    /// A thread that the network does not know and that is blocked in it when this returns.
    private func blocked<Value: Sendable>(
        in network: LoopbackNetwork, _ body: @escaping @Sendable () throws -> Value
    ) throws -> BackgroundCall<Value> {
        let isBlocked = Door()
        // It has its turn when the stranger has given that of the test's up.
        try network.spawn { isBlocked.open() }
        let call = BackgroundCall(body)
        isBlocked.pass()
        return call
    }

    /// A task that the network does not know and that is blocked in it when this returns.
    private func suspended<Value: Sendable>(
        in network: LoopbackNetwork, _ body: @escaping @concurrent @Sendable () async throws -> Value
    ) async throws -> BackgroundTask<Value> {
        let (isBlocked, signal) = AsyncStream<Never>.makeStream()
        try network.spawn { signal.finish() }
        let task = BackgroundTask(body)
        for await _ in isBlocked {}
        return task
    }

    // MARK: While tasks run

    @Test("While tasks run, a detached task that waits is told so")
    func detached() async throws {
        let network = LoopbackNetwork()
        let error = try await BackgroundTask {
            await network.run {
                await Task.detached { await caught { try await network.backend().sleep(for: .seconds(1)) } }.value
            }
        }.value()
        expectTold(error)
        #expect(error?.message.contains("waits for a time") == true)
        #expect(network.now == Instant(nanoseconds: 0))
    }

    @Test("While tasks run, a thread that waits is told so, also when one of them works")
    func thread() async throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        let error = try await BackgroundTask {
            try await network.run { try BackgroundCall { caught { try client.receive(atMost: 1) } }.value() }
        }.value()
        expectTold(error)
        #expect(error?.message.contains("something to receive on") == true)
        #expect(!server.isClosed)
    }

    @MainActor private static func receiveOnMainActor(_ connection: MockConnection) async -> TransportError? {
        await caught { try await connection.receive(atMost: 1) }
    }

    @Test("While tasks run, a function of the main actor that waits is told so, and the tasks go on")
    func mainActor() async throws {
        let network = LoopbackNetwork()
        let error = try await BackgroundTask {
            try await network.run {
                let (client, server) = try network.pair()
                let error = await Self.receiveOnMainActor(client)
                async let late: Void = {
                    try await network.sleep(for: .seconds(1))
                    try await server.sendAll("x")
                }()
                #expect(String(try await client.receive(atMost: 1)) == "x")
                try await late
                return error
            }
        }.value()
        expectTold(error)
    }

    /// A client with a loop of its own, as clients often have.
    private actor Client {
        let connection: MockConnection
        var count = 0
        var error: TransportError?

        init(_ connection: MockConnection) { self.connection = connection }

        func start(on executor: (any TaskExecutor)?) -> Task<Void, Never> {
            if let executor { return Task(executorPreference: executor) { await self.loop() } }
            return Task { await loop() }
        }

        private func loop() async {
            error = await caught {
                while let bytes = try await connection.receive(atMost: 1) { count += bytes.count }
            }
        }
    }

    @Test("While tasks run, a task that an actor starts is told so, wherever it happens to begin", arguments: 0..<20)
    func actor(attempt: Int) async throws {
        let network = LoopbackNetwork()
        let error = try await BackgroundTask {
            try await network.run {
                let (connection, server) = try network.pair()
                let client = Client(connection)
                let task = await client.start(on: nil)
                try await network.sleep(for: .seconds(9))
                try await server.sendAll("x")
                await task.value
                #expect(await client.count == 0)
                return await client.error
            }
        }.value()
        expectTold(error)
    }

    @Test("A task of an actor's that prefers the network is known to it")
    func preferring() async throws {
        try await LoopbackNetwork.test { network in
            let (connection, server) = try network.pair()
            let client = Client(connection)
            let task = await client.start(on: network.executor)
            for _ in 0..<2 {
                try await network.sleep(for: .seconds(9))
                try await server.sendAll("x")
            }
            server.close()
            await task.value
            #expect(await (client.count, client.error?.kind) == (2, nil))
            connection.close()
        }
    }

    @Test("A test finds out that somebody was told so and ignored it")
    func ignored() async throws {
        let failure = await #expect(throws: NetworkFailure.self) {
            try await LoopbackNetwork.test { network in
                for _ in 0..<2 { await Task.detached { try? await network.sleep(for: .seconds(1)) }.value }
            }
        }
        let findings = (failure?.underlying as? HygieneFailure)?.findings
        #expect(findings?.map(\.kind) == [.unknownTask])
        #expect(
            findings?.first?.description.contains("wanted to wait for a time, the first of 2 times, and was told")
                == true)
    }

    @Test("While tasks run, a detached task is known to the network when it runs there too")
    func remedy() async throws {
        let network = LoopbackNetwork()
        let seconds = try await BackgroundTask {
            try await network.run {
                try await Task.detached {
                    try await network.run {
                        try await network.sleep(for: .seconds(1))
                        return network.now.nanoseconds / 1_000_000_000
                    }
                }.value
            }
        }.value()
        #expect(seconds == 1)
    }

    @Test("A test that waits itself beside tasks that run is told so, and they come to an end")
    func besideRun() async throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        let (runs, signal) = AsyncStream<Never>.makeStream()
        let isTold = Door()
        let run = BackgroundTask {
            await network.run {
                signal.finish()
                // Has the turn meanwhile.
                isTold.pass()
                _ = await caught { try await server.sendAll("x") }
                _ = await caught { try await server.receive(atMost: 1) }
            }
        }
        for await _ in runs {}
        expectTold(await caught { try await client.receive(atMost: 1) })
        client.close()
        isTold.open()
        try await run.value()
    }

    @Test(
        "A task that waited before tasks run in the network goes on when it can, and does not keep them from going on")
    func before() async throws {
        let network = LoopbackNetwork(clock: .manual)
        let (client, server) = try network.pair()
        let task = try await suspended(in: network) { String(try await client.receive(atMost: 1)) }
        try await BackgroundTask {
            try await network.run {
                try await server.sendAll("x")
                await Task.yield()
            }
            #expect(try await task.value() == "x")
            // The test has its turn again.
            try network.spawn { network.advance(by: .seconds(1)) }
            try await network.sleep(for: .seconds(1))
        }.value()
    }

    @Test("All of several runs that end together go on")
    func runs() async throws {
        for _ in 0..<20 {
            let network = LoopbackNetwork()
            let ended = try await BackgroundTask {
                async let first: Void = network.run {}
                async let second: Void = network.run {}
                async let third: Void = network.run {
                    // Has its turn before the test; all three want theirs meanwhile.
                    try network.spawn {
                        let clock = ContinuousClock()
                        let end = clock.now.advanced(by: .milliseconds(2))
                        while clock.now < end {}
                    }
                }
                _ = try await (first, second, third)
                return true
            }.value()
            try #require(ended)
        }
    }

    @Test("An exploration of a client with a detached task reports it")
    func exploration() async throws {
        let error = await #expect(throws: ExplorationFailure.self) {
            try await BackgroundTask {
                _ = try await exploreFaults { network in
                    try await Task.detached { try await network.sleep(for: .seconds(1)) }.value
                    return network.now
                }
            }.value()
        }
        #expect(error?.report.description.contains("network.run { … }") == true, "\(error?.report.description ?? "")")
    }

    // MARK: Beside the test

    /// What ends the wait of a stranger.
    enum End: CaseIterable {
        case time, data, thread, shutDown
    }

    @Test(
        "In manual time a thread goes on when the test, which has moved the time, ends its wait",
        arguments: End.allCases)
    func manual(_ end: End) throws {
        let network = LoopbackNetwork(clock: .manual)
        let (client, server) = try network.pair()
        let call = try blocked(in: network) {
            caught { _ = try client.receive(atMost: 1, timeout: .seconds(5)) }?.kind
        }
        if end == .thread {
            try network.spawn {
                try network.sleep(for: .seconds(1))
                try server.sendAll("x")
            }
        }
        network.advance(by: .seconds(1))
        switch end {
        case .time: network.advance(by: .seconds(4))
        case .data: try server.sendAll("x")
        case .thread: break
        case .shutDown: network.shutDown()
        }
        #expect(try call.value() == [.time: .timedOut, .shutDown: .closed][end])
        #expect(network.now == Instant(nanoseconds: end == .time ? 5_000_000_000 : 1_000_000_000))
    }

    @Test("In manual time a task goes on when the test, which moves the time, ends its wait", arguments: End.allCases)
    func manualTask(_ end: End) async throws {
        let network = LoopbackNetwork(clock: .manual)
        let (client, server) = try network.pair()
        let task = try await suspended(in: network) {
            await caught { _ = try await client.receive(atMost: 1, timeout: .seconds(5)) }?.kind
        }
        try await BackgroundTask {
            if end == .thread {
                try network.spawn {
                    try network.sleep(for: .seconds(1))
                    try server.sendAll("x")
                }
            }
            await network.advance(by: .seconds(1))
            switch end {
            case .time: await network.advance(by: .seconds(4))
            case .data: try await server.sendAll("x")
            case .thread: break
            case .shutDown: network.shutDown()
            }
            #expect(try await task.value() == [.time: .timedOut, .shutDown: .closed][end])
        }.value()
        #expect(network.now == Instant(nanoseconds: end == .time ? 5_000_000_000 : 1_000_000_000))
    }

    @Test("A task that is cancelled goes on, whoever has the turn", arguments: [false, true])
    func cancelled(_ movesTime: Bool) async throws {
        let network = LoopbackNetwork(clock: .manual)
        let (client, server) = try network.pair()
        let task = try await suspended(in: network) { await caught { try await client.receive(atMost: 1) }?.kind }
        if movesTime { await network.advance(by: .seconds(1)) }
        task.cancel()
        #expect(try await task.value() == .cancelled)
        #expect(!server.isClosed)
    }

    @Test("A test that waits while a thread that the network does not know waits is told so")
    func both() throws {
        let network = LoopbackNetwork(clock: .manual)
        let (client, server) = try network.pair()
        let call = try blocked(in: network) { try client.receiveText(1) }
        expectTold(caught { try server.receive(atMost: 1) })
        network.advance(by: .seconds(1))
        expectTold(caught { try server.receive(atMost: 1) })
        try server.sendAll("x")
        #expect(try call.value() == "x")
    }
}
