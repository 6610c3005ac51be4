import BSDSocketBackend
import TestSupport
import Testing
import TransportCore

@Suite("Turns of a reactor")
struct ReactorFairnessTests {
    @Test("Sockets have their turn beside a task that always has something to do", .unlessHung)
    func busyTask() async throws {
        let received = Locked(0)
        let yields = try await SocketReactor().run { () async throws -> Int in
            let pairs = try (0..<100).map { _ in try SocketBackend<Unix>().connectedPair() }
            defer { for pair in pairs { for connection in [pair.0, pair.1] { connection.close() } } }
            return try await withThrowingTaskGroup(of: Void.self) { group in
                for pair in pairs {
                    let reader = pair.0
                    group.addTask {
                        for _ in 0..<2 {
                            _ = try await reader.receiveExactly(1)
                            received.withLock { $0 += 1 }
                        }
                    }
                }
                func yieldsUntil(_ count: Int) async -> Int {
                    var yields = 0
                    while received.withLock({ $0 }) < count {
                        await Task.yield()
                        yields += 1
                    }
                    return yields
                }
                for pair in pairs { try await pair.1.sendAll("x") }
                _ = await yieldsUntil(100)
                // Now each waits: a hundred events are there at once.
                for pair in pairs { try await pair.1.sendAll("x") }
                let yields = await yieldsUntil(200)
                try await group.waitForAll()
                return yields
            }
        }
        #expect(yields < 64, "the task ran \(yields) times before the last of 100 sockets was looked at")
    }
}
