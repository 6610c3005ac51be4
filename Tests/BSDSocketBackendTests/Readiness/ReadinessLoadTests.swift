import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// Many waits, many rounds and all endings at once; each test has a process of its own.
@Suite("Readiness under load")
struct ReadinessLoadTests {
    @Test("complaint 16: in a group, the first to be ready wins and the losers are cancelled, round after round")
    func race() async {
        await #expect(processExitsWith: .success) { try await raceInItsOwnProcess() }
    }

    @Test("cancelling against closing against arriving: each wait ends exactly once")
    func storm() async {
        await #expect(processExitsWith: .success) { try await stormInItsOwnProcess() }
    }

    @Test("97, complaint 24: no wake-up is lost in a long exchange of single bytes, and none takes a polling pause")
    func pingPong() async {
        await #expect(processExitsWith: .success) { try await pingPongInItsOwnProcess() }
    }

    @Test("complaint 20, 23: more waits than the limit of open files neither hang nor burn the processor")
    func manyWaits() async {
        await #expect(processExitsWith: .success) { try await manyWaitsInItsOwnProcess() }
    }
}

private func raceInItsOwnProcess() async throws {
    let first = try TCPv4().pair()
    let second = try UnixStreams().pair()
    for round in 0..<200 {
        let winner = try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                _ = try await first.server.receive(atMost: 9)
                return 0
            }
            group.addTask {
                _ = try await second.server.receive(atMost: 9)
                return 1
            }
            if round % 2 == 0 { try await first.client.sendAll([1]) } else { try await second.client.sendAll([1]) }
            let winner = try await group.next()
            group.cancelAll()
            while let loser = await group.nextResult() {
                if case .failure(let error) = loser { #expect((error as? TransportError)?.kind == .cancelled) }
            }
            return winner
        }
        #expect(winner == round % 2)
    }
}

private func stormInItsOwnProcess() async throws {
    for round in 0..<200 {
        let pair = try UnixStreams().pair()
        let waits = (0..<3).map { _ in Task { try await pair.server.transport.ready(for: .readable) } }
        if round % 3 != 0 { try await pair.client.sendAll([1]) }
        if round % 3 != 1 { for wait in waits { wait.cancel() } }
        if round % 3 != 2 || round % 2 == 0 { pair.server.close() }
        for wait in waits {
            if case .failure(let error) = await wait.result {
                let kind = (error as? TransportError)?.kind
                #expect(kind == .cancelled || kind == .closed)
            }
        }
    }
}

private func pingPongInItsOwnProcess() async throws {
    let pair = try UnixStreams().pair()
    let rounds = 5000
    let echo = Task {
        for _ in 0..<rounds {
            guard let bytes = try await pair.server.receive(atMost: 1) else { return }
            try await pair.server.sendAll(bytes)
        }
    }
    let start = SystemClock.now
    for round in 0..<rounds {
        try await pair.client.sendAll([UInt8(truncatingIfNeeded: round)])
        #expect(try await pair.client.receive(atMost: 1) == [UInt8(truncatingIfNeeded: round)])
    }
    try await echo.value
    #expect(SystemClock.now - start < 60_000_000_000, "12 ms a round would be a timer, not a wake-up")
}

private func manyWaitsInItsOwnProcess() async throws {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = 100
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let pairs = try (0..<30).map { _ in try UnixStreams().pair() }
    let ready = Counter()
    let waits = pairs.flatMap { pair in
        (0..<4).map { _ in
            Task {
                try await pair.server.transport.ready(for: .readable)
                ready.increment()
            }
        }
    }
    for _ in 0..<1000 { await Task.yield() }
    let start = SystemClock.processorTime
    for pair in pairs { try await pair.client.sendAll("x") }
    try await eventuallyAsync("everybody is woken") { ready.value == waits.count }
    #expect(SystemClock.processorTime - start < .seconds(5))
}
