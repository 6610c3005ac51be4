import BSDSocketBackend
import LoopbackMockBackend
import OpenSSLTransport
import TestSupport
import Testing
import TransportCore

/// A closure of the program that is asked during the handshake, and takes its time, keeps nobody else.
@Suite("Closures that are slow to answer")
struct AskingTests {
    private let network = LoopbackNetwork()
    private let pki: TestPKI

    init() throws { pki = try .usual() }

    /// A client that looks at the server for five seconds, and a server that has its part done.
    private func slowClient() throws -> (
        client: Connection<MockTLS>, server: Connection<MockTLS>, serving: LoopbackThread<Void>
    ) {
        let clock = network.backend(for: IPv4.self)
        let configuration = try pki.client { settings in
            settings.refusePeer = { _ in
                try? clock.sleep(for: .seconds(5))
                return nil
            }
        }
        let (a, b) = try tlsPair(network.streams(), client: configuration, server: pki.serverConfiguration())
        let server = Connection(b)
        return (Connection(a), server, try network.spawn { _ = try? server.establish() })
    }

    @Test("closing does not wait for it", arguments: ["close", "abort", "close in time", "give up in time"])
    func closing(how: String) throws {
        let (client, server, serving) = try slowClient()
        let reader = try network.spawn {
            (caught { try client.receive(atMost: 1) }?.kind, network.milliseconds)
        }
        try network.sleep(for: .seconds(1))
        switch how {
        case "close": client.close()
        case "abort": client.abort()
        case "close in time": #expect(try !client.close(timeout: .zero))
        default: #expect(try !client.close(timeout: .seconds(1)))
        }
        #expect(network.milliseconds == (how == "give up in time" ? 2000 : 1000))
        // It cannot be taken out of the program's closure; what it has come to does not count.
        #expect(try reader.join() == (.closed, 5000))
        server.close()
        try serving.join()
    }

    @Test("the other direction waits for it until its deadline, or until the very moment at which it returns")
    func otherDirection() throws {
        let (client, server, serving) = try slowClient()
        let reader = try network.spawn { try client.receive(atMost: 9) }
        try network.sleep(for: .seconds(1))
        #expect(caught { try client.sendAll("x", timeout: .milliseconds(1500)) }?.kind == .timedOut)
        #expect(network.milliseconds == 2500)
        #expect(caught { try client.sendAll("x", timeout: .zero) }?.kind == .wouldBlock)
        let writer = try network.spawn {
            try client.sendAll("question")
            return network.milliseconds
        }
        try serving.join()
        #expect(try server.receive(atMost: 9) == Array("question".utf8))
        #expect(try writer.join() == 5000)
        #expect(network.milliseconds == 5000)
        try server.sendAll("answer")
        #expect(try reader.join() == Array("answer".utf8))
        client.close()
        server.close()
    }

    @Test("tasks wait for it like threads, and are cancelled at once")
    func tasks() async throws {
        let (client, server, serving) = try slowClient()
        let reader = try network.spawn { try client.receive(atMost: 9) }
        try await network.run { [network] in
            try await network.sleep(for: .seconds(1))
            #expect(await caught { try await client.sendAll("x", timeout: .seconds(1)) }?.kind == .timedOut)
            #expect(network.milliseconds == 2000)
            let cancelled = Task(executorPreference: network.executor) { try await client.sendAll("x") }
            try await network.sleep(for: .seconds(1))
            cancelled.cancel()
            #expect(await caught(in: cancelled)?.kind == .cancelled)
            #expect(network.milliseconds == 3000)
            try await client.sendAll("question")
            #expect(network.milliseconds == 5000)
        }
        try await server.sendAll("answer")
        #expect(try await reader.join() == Array("answer".utf8))
        client.close()
        server.close()
        try await serving.join()
    }

    @Test("questions about the connection do not wait for it")
    func questions() throws {
        let (client, server, serving) = try slowClient()
        let reader = try network.spawn { caught { try client.receive(atMost: 9) }?.kind }
        try network.sleep(for: .seconds(1))
        #expect(client.tls == nil)
        #expect(client.transport.details == nil)
        #expect(!client.transport.hasBufferedInput)
        #expect(!client.transport.isKnownUnready(for: .readable))
        #expect(client.transport.facts.contains(.detectsTruncation))
        #expect(
            caught { try client.transport.exportKeyingMaterial(label: "EXPORTER-test", count: 9) }?.kind
                == .invalidState)
        #expect(network.milliseconds == 1000)
        client.close()
        #expect(try reader.join() == .closed)
        server.close()
        try serving.join()
    }

    @Test("it may close the very connection that it is asked about")
    func closingItself() throws {
        let connection = Locked<Connection<MockTLS>?>(nil)
        let configuration = try pki.client { settings in
            settings.refusePeer = { _ in
                connection.withLock { $0 }?.close()
                return nil
            }
        }
        let (a, b) = try tlsPair(network.streams(), client: configuration, server: pki.serverConfiguration())
        let (client, server) = (Connection(a), Connection(b))
        connection.withLock { $0 = client }
        let serving = try network.spawn { caught { try server.establish() } }
        #expect(caught { try client.establish() }?.kind == .closed)
        #expect(try serving.join() != nil)
        server.close()
        connection.withLock { $0 = nil }
    }

    @Test("over sockets, closing does not wait for it either")
    func sockets() throws {
        let door = Door()
        let configuration = try pki.client { settings in
            settings.refusePeer = { _ in
                door.pass()
                return nil
            }
        }
        let (a, b) = try tlsPair(socketStreams(), client: configuration, server: pki.serverConfiguration())
        let (client, server) = (Connection(a), Connection(b))
        let serving = BackgroundCall { caught { try server.establish() } }
        let reader = BackgroundCall { caught { try client.receive(atMost: 1) }?.kind }
        #expect(door.untilReached())
        let writer = BackgroundCall { caught { try client.sendAll("x") }?.kind }
        let closing = BackgroundCall { client.close() }
        try closing.value()
        #expect(try writer.value() == .closed)
        #expect(!reader.hasEnded)
        door.open()
        #expect(try reader.value() == .closed)
        _ = try serving.value()
        server.close()
    }

    @Test("over datagrams, neither closing nor those who speak with others wait for it")
    func datagrams() throws {
        let clock = network.backend(for: IPv4.self)
        let configuration = try pki.datagramServer { settings in
            settings.chooseIdentity = { name in
                if name == "slow.localhost" { try? clock.sleep(for: .seconds(5)) }
                return .usual
            }
        }
        let pair = try MockDTLSPair(network, server: configuration)
        let server = pair.server
        let reader = try network.spawn {
            var count = 0
            while (try? server.receive(atMost: 9)) != nil { count += 1 }
            return (count, network.milliseconds)
        }
        try pair.client.send("here", timeout: .seconds(1))
        let peer = try #require(server.transport.peers.first)
        let slow = try DTLSBackend(
            over: network.backend(on: "slow"), client: pki.datagramClient(), serverName: "slow.localhost")
        let other = try slow.datagramSocket(connectedTo: pair.address)
        #expect(caught { try other.establish(timeout: .milliseconds(500)) }?.kind == .timedOut)
        #expect(caught { try server.send("x", to: peer, timeout: .milliseconds(500)) }?.kind == .timedOut)
        #expect(caught { try server.transport.endAssociation(with: peer) }?.kind == .busy)
        #expect(network.milliseconds == 1000)
        let sender = try network.spawn {
            try server.send("x", to: peer)
            return network.milliseconds
        }
        #expect(try sender.join() == 5000)
        // The slow one begins anew, and is asked about anew.
        other.close()
        let again = try slow.datagramSocket(connectedTo: pair.address)
        #expect(caught { try again.establish(timeout: .seconds(1)) }?.kind == .timedOut)
        #expect(network.milliseconds == 6000)
        pair.close()
        #expect(network.milliseconds == 6000)
        #expect(try reader.join() == (1, 10_000))
        again.close()
    }
}
