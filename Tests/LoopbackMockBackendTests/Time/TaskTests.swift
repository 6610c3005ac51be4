import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Tasks take turns")
struct TaskTests {
    /// Waits for bytes, which must come, and receives them.
    @Sendable private static func next(_ end: MockConnection) async throws -> String {
        String(try await end.receive(atMost: 100))
    }

    @Test("Two tasks talk to each other, in turn")
    func pingPong() async throws {
        let network = LoopbackNetwork()
        try await network.run {
            let (client, server) = try network.pair()
            async let echo: Void = {
                for _ in 0..<1000 { try await server.sendAll(try await Self.next(server)) }
            }()
            for number in 0..<1000 {
                try await client.sendAll("\(number)")
                #expect(try await Self.next(client) == "\(number)")
            }
            try await echo
            #expect(network.now == Instant(nanoseconds: 0))
        }
    }

    @Test("Virtual time jumps when every task waits, and only then")
    func time() async throws {
        let network = LoopbackNetwork()
        let times = try await network.run {
            try await withThrowingTaskGroup(of: Int64.self) { group in
                for seconds in [30, 10, 20] {
                    group.addTask {
                        try await network.sleep(for: .seconds(seconds))
                        return network.now.nanoseconds / 1_000_000_000
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(times == [10, 20, 30])
        #expect(network.now == Instant(nanoseconds: 30_000_000_000))
    }

    @Test("A test that waits itself, without run, gives up its turn")
    func withoutRun() async throws {
        let network = LoopbackNetwork()
        try await network.sleep(for: .seconds(30))
        #expect(network.now == Instant(nanoseconds: 30_000_000_000))
        let (client, server) = try network.pair()
        let thread = try network.spawn {
            try network.sleep(for: .seconds(1))
            try server.sendAll("x")
        }
        #expect(try await Self.next(client) == "x")
        try await thread.join()
        #expect(network.now == Instant(nanoseconds: 31_000_000_000))
    }

    @Test("SIM-03: tasks that wait for each other learn that they will for ever")
    func deadlock() async throws {
        let network = LoopbackNetwork()
        try await network.run {
            let (client, server) = try network.pair()
            async let other = caught { try await server.transport.ready(for: .readable) }
            let error = await caught { try await client.transport.ready(for: .readable) }
            #expect(error?.kind == .deadlock)
            #expect(error?.message.contains("a task waits for something to receive on") == true)
            #expect(await other?.kind == .deadlock)
        }
        #expect(caught { try network.backend().listen(on: .v4(.any(port: 1))).accept() }?.kind == .deadlock)
    }

    @Test("Threads and tasks together")
    func mixed() async throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        let echo = try network.spawn {
            while let bytes = try server.receive(atMost: 100) { try server.sendAll(bytes) }
        }
        let heard = try await network.run {
            try await client.sendAll("one")
            let first = try await Self.next(client)
            try await network.sleep(for: .seconds(5))
            try await client.sendAll("two")
            // Blocks the tasks' thread, which is not nice but works.
            return [first, try client.receiveText(3)]
        }
        #expect(heard == ["one", "two"])
        client.close()
        try await echo.join()
    }

    @Test("A run gives its result or its error, and may run in a run or beside one")
    func results() async throws {
        struct Mine: Error {}
        let network = LoopbackNetwork()
        #expect(await network.run { 1 } == 1)
        await #expect(throws: Mine.self) { try await network.run { throw Mine() } }
        #expect(await network.run { await network.run { 2 } } == 2)
        async let first: Void = network.run { try await network.sleep(for: .seconds(1)) }
        async let second: Void = network.run { try await network.sleep(for: .seconds(2)) }
        _ = try await (first, second)
        #expect(network.now >= Instant(nanoseconds: 2_000_000_000))
    }

    @Test("In manual time tasks go on as far as they can at each timer")
    func manual() async throws {
        let network = LoopbackNetwork(clock: .manual)
        try await network.run {
            let woken = Locked<[Int64]>([])
            let task = Task(executorPreference: network.executor) {
                for _ in 0..<3 {
                    try await network.sleep(for: .seconds(10))
                    woken.withLock { $0.append(network.now.nanoseconds / 1_000_000_000) }
                }
            }
            await network.advance(by: .seconds(9))
            #expect(woken.withLock { $0 } == [])
            await network.advance(by: .seconds(15))
            #expect(woken.withLock { $0 } == [10, 20])
            await network.advance(by: .seconds(6))
            #expect(woken.withLock { $0 } == [10, 20, 30])
            try await task.value
        }
    }

    @Test("In real time tasks wait for the machine's clock")
    func real() async throws {
        let network = LoopbackNetwork(clock: .real)
        try await network.run {
            let (client, server) = try network.pair()
            async let late: Void = {
                try await network.sleep(for: .milliseconds(2))
                try await server.sendAll("x")
            }()
            #expect(try await Self.next(client) == "x")
            try await late
        }
        #expect(network.now >= Instant(nanoseconds: 2_000_000))
    }

    @Test("SIM-01: the same seed gives the same trace with tasks, a hundred times")
    func deterministic() async throws {
        let first = try await trace(seed: 5)
        #expect(first.count > 18)
        for _ in 0..<99 { #expect(try await trace(seed: 5) == first) }
        #expect(try await trace(seed: 6) != first)
    }

    private func trace(seed: UInt64) async throws -> [String] {
        let network = LoopbackNetwork(profile: .hostile, seed: seed)
        let lines = Locked<[String]>([])
        @Sendable func note(_ line: String) { lines.withLock { $0.append("\(network.now.nanoseconds) \(line)") } }
        try await network.run {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<5 {
                    let (client, server) = try network.pair()
                    group.addTask {
                        while true {
                            guard let bytes = try await server.receive(atMost: 9) else { return }
                            note("server \(number) received \(bytes.count)")
                            try await server.sendAll(bytes)
                        }
                    }
                    group.addTask {
                        for count in 1...3 {
                            try await client.sendAll(pattern(count * 5))
                            var rest = count * 5
                            while rest > 0 {
                                rest -= try await client.receive(atMost: rest)?.count ?? 0
                                note("client \(number) lacks \(rest)")
                            }
                            try await network.sleep(for: .milliseconds(number))
                        }
                        client.close()
                    }
                }
                try await group.waitForAll()
            }
        }
        return lines.withLock { $0 }
    }
}
