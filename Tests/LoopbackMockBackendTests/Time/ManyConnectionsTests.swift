import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Many connections in one network")
struct ManyConnectionsTests {
    private static let count = 1000

    /// One round trip of each of a thousand clients, by tasks.
    @Test("A thousand tasks talk to a thousand tasks")
    func tasks() async throws {
        let network = LoopbackNetwork()
        let listener = try network.backend(on: "server").listen(port: 1)
        let answers = Locked(Set<String>())
        try await network.run {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await withThrowingTaskGroup(of: Void.self) { servers in
                        for _ in 0..<Self.count {
                            let connection = try await listener.accept()
                            servers.addTask {
                                let bytes = try await connection.receiveExactly(8)
                                // All of them are open at the same time.
                                try await network.sleep(for: .seconds(1))
                                try await connection.sendAll(bytes)
                            }
                        }
                        try await servers.waitForAll()
                    }
                }
                for number in 0..<Self.count {
                    group.addTask {
                        let connection = try await network.backend().connect(host: "server", port: 1)
                        try await connection.sendAll("\(10_000_000 + number)")
                        let answer = String(try await connection.receiveExactly(8))
                        answers.withLock { _ = $0.insert(answer) }
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(answers.withLock(\.count) == Self.count)
        #expect(network.now == Instant(nanoseconds: 1_000_000_000))
    }

    @Test("Four threads hold a thousand connections")
    func threads() throws {
        let network = LoopbackNetwork()
        let listener = try network.backend(on: "server").listen(port: 1)
        let workers = try (0..<2).map { _ in
            try network.spawn {
                let connections = try (0..<Self.count / 2).map { _ in try listener.accept() }
                for connection in connections { try connection.sendAll(try connection.receiveExactly(8)) }
            }
        }
        let clients = try (0..<2).map { _ in
            try network.spawn {
                let connections = try (0..<Self.count / 2).map { _ in
                    try network.backend().connect(host: "server", port: 1)
                }
                for (number, connection) in connections.enumerated() {
                    try connection.sendAll("\(10_000_000 + number)")
                }
                return try connections.map { try $0.receiveText(8) }
            }
        }
        for client in clients {
            #expect(try client.join() == (0..<Self.count / 2).map { "\(10_000_000 + $0)" })
        }
        for worker in workers { try worker.join() }
    }

    @Test("Twenty thousand connections are open at the same time, from two machines")
    func twentyThousand() throws {
        let network = LoopbackNetwork()
        let listener = try network.backend(on: "server").listen(on: .v4(.any(port: 1)))
        let address = IP.SocketAddress.v4(IPv4.SocketAddress(network.host("server").ipv4, port: 1))
        let clients = ["first", "second"].map { network.backend(on: $0) }
        let pairs = try (0..<20_000).map { number in
            (client: try clients[number % 2].connect(to: address), server: try listener.accept())
        }
        let names = Set(try pairs.map { try $0.client.localAddress })
        #expect(names.count == pairs.count, "no two of them have an address")
        for (number, pair) in pairs.enumerated() where number % 100 == 0 {
            try pair.client.sendAll("\(10_000_000 + number)")
            #expect(try pair.server.receiveText(8) == "\(10_000_000 + number)")
        }
        for pair in pairs {
            pair.client.close()
            pair.server.close()
        }
        listener.close()
        #expect(network.hygiene.isEmpty)
    }
}
