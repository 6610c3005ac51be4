import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("The log is the same for the same seed")
struct LogDeterminismTests {
    /// Three clients and their servers in threads, which also leave things to be closed by whoever drops them last.
    private func threads(seed: UInt64) throws -> String {
        let network = LoopbackNetwork(profile: .hostile, seed: seed)
        let listener = try network.backend(on: "server").listen(port: 1)
        let server = try network.spawn {
            let workers = try (0..<3).map { _ in
                let connection = try listener.accept()
                return try network.spawn {
                    while let bytes = try connection.receive(atMost: 9) { try connection.sendAll(bytes) }
                }
            }
            for worker in workers { try worker.join() }
        }
        let clients = try (0..<3).map { number in
            try network.spawn {
                let connection = try network.backend(on: "client").connect(host: "server", port: 1)
                for count in 1...3 {
                    try connection.sendAll(pattern(count * 5))
                    _ = try connection.receiveExactly(count * 5)
                    _ = try connection.wait(for: .readable, timeout: .milliseconds(number))
                }
            }
        }
        for client in clients { try client.join() }
        try server.join()
        return network.log.text
    }

    /// The same in tasks.
    private func tasks(seed: UInt64) async throws -> String {
        let network = LoopbackNetwork(profile: .hostile, seed: seed)
        try await network.run {
            let listener = try network.backend(on: "server").listen(port: 1)
            try await withThrowingTaskGroup { group in
                for number in 0..<3 {
                    group.addTask {
                        let connection = try await listener.accept()
                        while let bytes = try await connection.receive(atMost: 9) {
                            try await connection.sendAll(bytes)
                        }
                    }
                    group.addTask {
                        let backend = network.backend(on: "client")
                        let connection = try await backend.connect(host: "server", port: 1)
                        for count in 1...3 {
                            try await connection.sendAll(pattern(count * 5))
                            _ = try await connection.receiveExactly(count * 5)
                            try await network.sleep(for: .milliseconds(number))
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        return network.log.text
    }

    @Test("SIM-01: byte for byte, a hundred times, with threads; another seed gives another log")
    func threads() throws {
        let first = try threads(seed: 5)
        #expect(first.split(separator: "\n").count > 60)
        for _ in 0..<99 { #expect(try threads(seed: 5) == first) }
        #expect(try threads(seed: 6).split(separator: "\n").dropFirst() != first.split(separator: "\n").dropFirst())
    }

    @Test("SIM-01: byte for byte, a hundred times, with tasks; another seed gives another log")
    func tasks() async throws {
        let first = try await tasks(seed: 5)
        #expect(first.split(separator: "\n").count > 60)
        for _ in 0..<99 { #expect(try await tasks(seed: 5) == first) }
        let other = try await tasks(seed: 6)
        #expect(other.split(separator: "\n").dropFirst() != first.split(separator: "\n").dropFirst())
    }
}
