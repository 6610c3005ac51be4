import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Servers made of a closure")
struct ServerTests {
    private let network = LoopbackNetwork()

    @Test("Each connection is served, in the network's time, and closed in the end")
    func threads() throws {
        let server = try network.serveConnections(on: "echo", port: 7) { connection in
            while let bytes = try connection.receive(atMost: 99) {
                try network.sleep(for: .seconds(1))
                try connection.sendAll(bytes)
            }
        }
        #expect(server.port == 7)
        let clients = try (0..<3).map { _ in try network.backend().connect(host: "echo", port: 7) }
        for (number, client) in clients.enumerated() { try client.sendAll("\(number)") }
        for (number, client) in clients.enumerated() {
            #expect(try client.receiveText(1) == "\(number)")
            try client.shutdownWrite()
            #expect(try client.receive(atMost: 1) == nil)
        }
        #expect(server.connectionCount == 3)
        try server.verify()
        #expect(network.now == Instant(nanoseconds: 1_000_000_000), "they were served at the same time")
    }

    @Test("Each connection is served in a task")
    func tasks() async throws {
        try await network.run {
            let server = try network.serveConnections { connection in
                let bytes = try await connection.receiveExactly(2)
                try await network.sleep(for: .seconds(1))
                try await connection.sendAll(bytes)
            }
            #expect(server.port >= 49152)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 10..<20 {
                    group.addTask {
                        let client = try await network.backend().connect(to: server.address)
                        try await client.sendAll("\(number)")
                        #expect(String(try await client.receiveExactly(2)) == "\(number)")
                    }
                }
                try await group.waitForAll()
            }
            try await server.verify()
            #expect(server.connectionCount == 10)
        }
        #expect(network.now == Instant(nanoseconds: 1_000_000_000))
    }

    @Test("A test without tasks may have a server with tasks")
    func mixed() throws {
        let server = try network.serveConnections(on: "echo") { connection in
            try await connection.sendAll(try await connection.receiveExactly(3))
        }
        let client = try network.backend().connect(to: server.address)
        try client.sendAll("abc")
        #expect(try client.receiveText(3) == "abc")
        try server.verify()
    }

    @Test("verify throws the first error of a closure, again and again")
    func errors() throws {
        struct Mine: Error, Equatable { let number: Int }
        let server = try network.serveConnections { connection in
            let bytes = try connection.receiveExactly(1)
            throw Mine(number: Int(bytes[0]))
        }
        for number in 1...2 {
            let client = try network.backend().connect(to: server.address)
            try client.sendAll([UInt8(number)])
            #expect(try client.receive(atMost: 1) == nil, "it was closed")
        }
        #expect(throws: Mine(number: 1)) { try server.verify() }
        #expect(throws: Mine(number: 1)) { try server.verify() }
    }

    @Test("verify waits, and a client that leaves its connection open is a deadlock that says so")
    func neverEnds() throws {
        let server = try network.serveConnections { connection in
            while try connection.receive(atMost: 1) != nil {}
        }
        let client = try network.backend().connect(to: server.address)
        let error = caught { try server.verify() }
        #expect(error?.kind == .deadlock)
        #expect(error?.message.contains("the test waits for the end of 1 of 1 connections of a server") == true)
        #expect(try client.receive(atMost: 1) == nil)
        #expect(caught { try server.verify() }?.kind == .deadlock, "the closure has thrown it")
    }

    @Test("After stop nobody comes in, whoever is in goes on, and the address is free")
    func stop() throws {
        let server = try network.serveConnections(on: "echo", port: 7) { connection in
            while let bytes = try connection.receive(atMost: 99) { try connection.sendAll(bytes) }
        }
        #expect(caught { try network.serveConnections(on: "echo", port: 7) { _ in } }?.kind == .addressInUse)
        let client = try network.backend().connect(host: "echo", port: 7)
        server.stop()
        #expect(caught { try network.backend().connect(host: "echo", port: 7) }?.kind == .connectionRefused)
        try client.sendAll("x")
        #expect(try client.receiveText(1) == "x")
        let other = try network.serve(on: "echo", port: 7) { $0.send("other") }
        #expect(try network.backend().connect(host: "echo", port: 7).receiveText(5) == "other")
        client.close()
        try server.verify()
        try other.verify()
    }

    @Test("Any family")
    func families() throws {
        let path = try Unix.SocketAddress(path: "/run/echo")
        let server = try network.serveConnections(for: Unix.self, at: path) { connection in
            try connection.sendAll("\(try connection.localAddress)")
        }
        let client = try network.backend(for: Unix.self).connect(to: server.address)
        #expect(String(try client.receiveAll()) == "/run/echo")
        try server.verify()
        let error = caught {
            try network.serveConnections(for: IPv4.self, at: .init(IPv4.Address(192, 0, 2, 1), port: 1)) { _ in }
        }
        #expect(error?.kind == .addressNotAvailable)
    }

    @Test("A network goes away with its servers, whatever they do")
    func noLeak() throws {
        weak var leaked: LoopbackNetwork?
        weak var host: LoopbackHost?
        do {
            let network = LoopbackNetwork()
            let server = try network.serveConnections(on: "echo") { connection in
                while let bytes = try connection.receive(atMost: 99) { try connection.sendAll(bytes) }
            }
            let client = try network.backend().connect(to: server.address)
            try client.sendAll("x")
            _ = try client.receiveText(1)
            leaked = network
            host = network.host("echo")
        }
        #expect(leaked == nil)
        #expect(host == nil)
    }
}
