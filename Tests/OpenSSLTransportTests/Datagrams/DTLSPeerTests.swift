import LoopbackMockBackend
import OpenSSLTransport
import TestSupport
import Testing
import TransportCore

/// A server with many peers at one socket.
@Suite("DTLS servers")
struct DTLSPeerTests {
    private let network = LoopbackNetwork()

    private func client(
        on host: String, to pair: MockDTLSPair, port: UInt16? = nil
    ) throws -> DatagramSocket<MockDTLS> {
        let backend = try DTLSBackend(
            over: network.backend(on: host), client: TestPKI.usual().datagramClient(), serverName: "localhost")
        let local = port.map { IP.SocketAddress.v4(IPv4.SocketAddress(network.host(host).ipv4, port: $0)) }
        return try backend.datagramSocket(boundTo: local, connectedTo: pair.address)
    }

    @Test("one socket serves many peers, each with keys of its own")
    func manyPeers() throws {
        let pair = try MockDTLSPair(network)
        let echo = try pair.echo()
        let clients = try (0..<20).map { try client(on: "client \($0)", to: pair) }
        for (number, client) in clients.enumerated() { try client.send([UInt8(number)], timeout: .seconds(5)) }
        for (number, client) in clients.enumerated() {
            #expect(try client.receive(atMost: 9, timeout: .seconds(5)).bytes == [UInt8(number)])
        }
        #expect(pair.server.transport.peers.count == 20)
        #expect("\(pair.server)" == "DTLS over in-memory datagrams \(pair.address)")
        let secrets = try clients.map {
            try $0.transport.exportKeyingMaterial(label: "EXPORTER-test", count: 16)
        }
        #expect(Set(secrets).count == 20)
        let there = try pair.server.transport.peers.map {
            try pair.server.transport.exportKeyingMaterial(label: "EXPORTER-test", count: 16, with: $0)
        }
        #expect(Set(there) == Set(secrets))
        for client in clients { client.close() }
        pair.close()
        _ = try echo.join()
        #expect(pair.server.transport.peers.isEmpty)
    }

    @Test("nothing is kept of a client before its cookie has come back")
    func stateless() throws {
        let pair = try MockDTLSPair(network)
        let echo = try pair.echo()
        // The server's answers are lost: this client never gets a cookie.
        let loss = network.fault(.loss, on: .datagrams.from("server"))
        #expect(caught { try pair.client.establish(timeout: .seconds(10)) }?.kind == .timedOut)
        #expect(pair.server.transport.associationCount == 0)
        loss.remove()
        try pair.client.establish(timeout: .seconds(20))
        #expect(pair.server.transport.associationCount == 1)
        pair.close()
        _ = try echo.join()
    }

    @Test("a cookie of the last minute is good, an older one is answered with a new one")
    func cookies() throws {
        let pair = try MockDTLSPair(network)
        let echo = try pair.echo()
        // The second message of the client has the cookie; it comes late.
        let delay = network.fault(.delay(.seconds(59)), on: .datagrams.from("client").nth(2))
        try pair.client.establish(timeout: .seconds(600))
        delay.remove()
        let other = try client(on: "other", to: pair)
        network.fault(.delay(.seconds(130)), on: .datagrams.from("other").nth(2...6))
        try other.establish(timeout: .seconds(900))
        other.close()
        pair.close()
        _ = try echo.join()
    }

    @Test("noise from anywhere is dropped")
    func noise() throws {
        let pair = try MockDTLSPair(network)
        let echo = try pair.echo()
        let stranger = try network.backend(on: "stranger").datagramSocket(connectedTo: pair.address)
        for count in [0, 1, 12, 13, 14, 60, 1400] {
            try stranger.send([UInt8](repeating: 22, count: count))
            try stranger.send([22, 0xfe, 0xfd, 0, 0] + [UInt8](repeating: 1, count: count))
            try stranger.send([22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1] + [UInt8](repeating: 0, count: count))
        }
        try pair.client.send("ping", timeout: .seconds(5))
        #expect(try pair.client.receive(atMost: 9, timeout: .seconds(5)).bytes.count == 4)
        #expect(pair.server.transport.associationCount == 1)
        pair.close()
        #expect(try echo.join() == 1)
    }

    @Test("records that cannot be the peer's do not end an association, whoever makes them")
    func forgeries() throws {
        let pair = try MockDTLSPair(network)
        let echo = try pair.echo()
        let phone = try client(on: "phone", to: pair, port: 777)
        try phone.establish(timeout: .seconds(5))
        // What anybody could send who writes the phone's address onto it; here the phone's own endpoint sends it.
        for type in 20...25 as ClosedRange<UInt8> {
            for epoch in 0...2 as ClosedRange<UInt8> {
                for length in [0, 1, 7, 15, 16, 23, 24, 25, 40] as [UInt8] {
                    let record =
                        [type, 0xfe, 0xfd, 0, epoch, 0, 0, 0, 1, type, length, 0, length]
                        + [UInt8](repeating: 1, count: Int(length))
                    _ = try record.withRawSpan { (span) throws(TransportError) in
                        try phone.transport.lower.trySend(span, to: nil)
                    }
                }
            }
        }
        try phone.send("ping", timeout: .seconds(5))
        #expect(try phone.receive(atMost: 9, timeout: .seconds(5)).bytes == Array("ping".utf8))
        phone.close()
        pair.close()
        #expect(try echo.join() == 1)
    }

    @Test("a client that begins anew from the same address takes the place of the one before")
    func restart() throws {
        let pair = try MockDTLSPair(network)
        let echo = try pair.echo()
        let first = try client(on: "phone", to: pair, port: 777)
        try first.send("one", timeout: .seconds(5))
        #expect(try first.receive(atMost: 9).bytes.count == 3)
        // It goes without a word.
        let silence = network.fault(.loss, on: .datagrams.from("phone"))
        first.close()
        silence.remove()
        #expect(pair.server.transport.peers.count == 1)
        let second = try client(on: "phone", to: pair, port: 777)
        try second.send("two", timeout: .seconds(5))
        #expect(try second.receive(atMost: 9, timeout: .seconds(5)).bytes == Array("two".utf8))
        #expect(pair.server.transport.peers.count == 1)
        second.close()
        pair.close()
        _ = try echo.join()
    }

    @Test("somebody who only begins in the name of another does not disturb the association")
    func impostor() throws {
        let pair = try MockDTLSPair(network)
        let echo = try pair.echo()
        let first = try client(on: "phone", to: pair, port: 777)
        try first.send("one", timeout: .seconds(5))
        #expect(try first.receive(atMost: 9).bytes.count == 3)
        let keeps = try client(on: "other", to: pair)
        try keeps.establish(timeout: .seconds(5))
        // A beginning without the rest: everything that the second one gets is lost.
        first.close(silently: network, from: "phone")
        let loss = network.fault(.loss, on: .datagrams.from("server").to("phone"))
        let second = try client(on: "phone", to: pair, port: 777)
        #expect(caught { try second.establish(timeout: .seconds(100)) }?.kind == .timedOut)
        #expect(pair.server.transport.peers.count == 2)
        loss.remove()
        second.close()
        keeps.close()
        pair.close()
        _ = try echo.join()
    }

    @Test("an end that is announced is told once to a client, and what it sends begins anew")
    func closeNotify() throws {
        let pair = try MockDTLSPair(network)
        try network.spawn {
            for _ in 0..<2 {
                let (_, info) = try pair.server.receive(atMost: 9)
                try pair.server.transport.endAssociation(with: info.sender)
            }
        }
        for _ in 0..<2 {
            try pair.client.send("ping", timeout: .seconds(5))
            let error = try #require(caught { try pair.client.receive(atMost: 9, timeout: .seconds(5)) })
            #expect(error.kind == .connectionReset && error.aftermath == .usable)
            #expect(pair.client.tls == nil)
        }
        pair.close()
    }

    @Test("a client that closes is forgotten by the server")
    func clientCloses() throws {
        let pair = try MockDTLSPair(network)
        let echo = try pair.echo()
        try pair.client.establish(timeout: .seconds(5))
        #expect(pair.server.transport.associationCount == 1)
        pair.client.close()
        try network.sleep(for: .milliseconds(1))
        #expect(pair.server.transport.associationCount == 0)
        pair.close()
        _ = try echo.join()
    }

    @Test("a client whose handshake takes too long is forgotten")
    func slowClients() throws {
        let pair = try MockDTLSPair(network, limits: DTLSLimits(handshakeTime: .seconds(10)))
        let echo = try pair.echo()
        // The cookie comes back, and nothing more.
        network.fault(.loss, on: .datagrams.from("client").nth(3...))
        #expect(caught { try pair.client.establish(timeout: .seconds(1)) }?.kind == .timedOut)
        #expect(pair.server.transport.associationCount == 1)
        try network.sleep(for: .seconds(9))
        try network.sleep(for: .seconds(1))
        #expect(pair.server.transport.associationCount == 0)
        pair.close()
        _ = try echo.join()
    }

    @Test("when all places are taken, one that is idle is given away, and no other")
    func limits() throws {
        let pair = try MockDTLSPair(network, limits: DTLSLimits(peers: 2, idleTime: .seconds(30)))
        let echo = try pair.echo()
        let clients = try (0..<3).map { try client(on: "client \($0)", to: pair) }
        for client in clients[..<2] { try client.establish(timeout: .seconds(5)) }
        #expect(caught { try clients[2].establish(timeout: .seconds(5)) }?.kind == .timedOut)
        try network.sleep(for: .seconds(20))
        try clients[1].send("here", timeout: .seconds(1))
        try network.sleep(for: .seconds(10))
        try clients[2].establish(timeout: .seconds(100))
        #expect(caught { try clients[0].receive(atMost: 9, timeout: .seconds(1)) }?.kind == .connectionReset)
        #expect(pair.server.transport.peers.count == 2)
        for client in clients { client.close() }
        pair.close()
        _ = try echo.join()
    }

    @Test(
        "when all places are taken by those who are done, the one that has been silent for longest makes room at once")
    func longestSilent() throws {
        let pair = try MockDTLSPair(network, limits: DTLSLimits(peers: 3))
        let echo = try pair.echo()
        let clients = try (0..<5).map { try client(on: "client \($0)", to: pair) }
        for client in clients[..<3] {
            try client.establish(timeout: .seconds(5))
            try network.sleep(for: .seconds(1))
        }
        try clients[0].send("here", timeout: .seconds(1))
        #expect(try clients[0].receive(atMost: 9, timeout: .seconds(1)).bytes.count == 4)
        // Who has no cookie moves nobody.
        let loss = network.fault(.loss, on: .datagrams.from("server").to("client 4"))
        #expect(caught { try clients[4].establish(timeout: .seconds(10)) }?.kind == .timedOut)
        #expect(pair.server.transport.peers.count == 3)
        loss.remove()
        let began = network.now
        try clients[3].establish(timeout: .milliseconds(10))
        #expect(began.duration(to: network.now) < .milliseconds(10))
        #expect(caught { try clients[1].receive(atMost: 9, timeout: .seconds(1)) }?.kind == .connectionReset)
        #expect(pair.server.transport.associationCount == 3)
        for index in [0, 2, 3] {
            try clients[index].send("still", timeout: .seconds(1))
            #expect(try clients[index].receive(atMost: 9, timeout: .seconds(1)).bytes.count == 5)
        }
        // The one that had to go begins anew with its next word, in the place of the next one.
        try clients[1].send("again", timeout: .milliseconds(10))
        #expect(try clients[1].receive(atMost: 9, timeout: .seconds(1)).bytes.count == 5)
        #expect(caught { try clients[0].receive(atMost: 9, timeout: .seconds(1)) }?.kind == .connectionReset)
        for client in clients { client.close() }
        pair.close()
        _ = try echo.join()
    }

    @Test("one address has no more places than it may have, and takes none of others")
    func oneAddress() throws {
        let pair = try MockDTLSPair(network, limits: DTLSLimits(peers: 4, peersPerAddress: 2))
        let echo = try pair.echo()
        let others = try (0..<2).map { try client(on: "other \($0)", to: pair) }
        for other in others { try other.establish(timeout: .seconds(5)) }
        let crowd = try (0..<10).map { try client(on: "crowd", to: pair, port: 5000 + UInt16($0)) }
        for client in crowd {
            try client.establish(timeout: .milliseconds(10))
            try network.sleep(for: .milliseconds(1))
        }
        #expect(pair.server.transport.associationCount == 4)
        for client in crowd[..<8] {
            #expect(caught { try client.receive(atMost: 9, timeout: .seconds(1)) }?.kind == .connectionReset)
        }
        for client in others + crowd[8...] {
            try client.send("still", timeout: .seconds(1))
            #expect(try client.receive(atMost: 9, timeout: .seconds(1)).bytes.count == 5)
        }
        // Who ends gives the place back.
        crowd[9].close()
        try network.sleep(for: .milliseconds(1))
        try crowd[0].establish(timeout: .milliseconds(10))
        try crowd[8].send("still", timeout: .seconds(1))
        #expect(try crowd[8].receive(atMost: 9, timeout: .seconds(1)).bytes.count == 5)
        for client in crowd + others { client.close() }
        pair.close()
        _ = try echo.join()
    }

    @Test(
        "a handshake of the same address that goes on is not cut short, one that does not makes room after two seconds")
    func unfinishedAtOneAddress() throws {
        let pair = try MockDTLSPair(network, limits: DTLSLimits(peersPerAddress: 1))
        let echo = try pair.echo()
        let clients = try (0..<2).map { try client(on: "crowd", to: pair, port: 5000 + UInt16($0)) }
        // The cookie comes back, and nothing more.
        let loss = network.fault(.loss, on: .datagrams.from("crowd").nth(3...))
        #expect(caught { try clients[0].establish(timeout: .milliseconds(500)) }?.kind == .timedOut)
        loss.remove()
        #expect(caught { try clients[1].establish(timeout: .milliseconds(900)) }?.kind == .timedOut)
        #expect(pair.server.transport.peers.isEmpty)
        try clients[1].establish(timeout: .seconds(20))
        #expect(pair.server.transport.associationCount == 1)
        #expect(caught { try MockDTLSPair(network, limits: DTLSLimits(peersPerAddress: 0)) }?.kind == .invalidArgument)
        for client in clients { client.close() }
        pair.close()
        _ = try echo.join()
    }

    @Test("clients that do not go on with their handshakes make room for others, before their time is over")
    func halfOpen() throws {
        let pair = try MockDTLSPair(network, limits: DTLSLimits(peers: 2))
        let echo = try pair.echo()
        let clients = try (0..<3).map { try client(on: "client \($0)", to: pair) }
        for index in 0..<2 {
            // The cookie comes back, and nothing more.
            network.fault(.loss, on: .datagrams.from("client \(index)").nth(3...))
            #expect(caught { try clients[index].establish(timeout: .seconds(1)) }?.kind == .timedOut)
        }
        #expect(pair.server.transport.associationCount == 2)
        try clients[2].establish(timeout: .seconds(5))
        #expect(pair.server.transport.peers.count == 1)
        #expect(pair.server.transport.associationCount == 2)
        for client in clients { client.close() }
        pair.close()
        _ = try echo.join()
    }

    @Test("a server does not begin, and an endpoint without a peer has nobody to send to")
    func refusals() throws {
        let pair = try MockDTLSPair(network)
        #expect(caught { try pair.server.send("hello", to: .v4(.loopback(port: 9))) }?.kind == .notConnected)
        #expect(caught { try pair.server.send("hello") }?.kind == .notConnected)
        #expect(caught { try pair.client.send([UInt8]()) }?.kind == .unsupported)
        #expect(caught { try pair.client.send([UInt8](repeating: 0, count: 9000)) }?.kind == .messageTooLarge)
        let pki = try TestPKI.usual()
        let backend = network.backend()
        #expect(
            caught { try DTLSBackend(over: backend, client: pki.datagramClient()) }?.kind == .invalidArgument)
        #expect(
            caught { try DTLSBackend(over: backend, client: pki.datagramServer(), serverName: "a") }?.kind
                == .invalidArgument)
        #expect(caught { try pki.datagramClient { $0.versions = .tls13 ... .tls13 } }?.kind == .invalidArgument)
        #expect(caught { try pki.datagramClient { $0.maximumDatagramSize = 100 } }?.kind == .invalidArgument)
        pair.close()
        #expect(caught { try pair.client.send("late") }?.kind == .closed)
        #expect(caught { try pair.client.establish() }?.kind == .closed)
    }

    @Test("nobody at the address is said, where the network says it, and the socket goes on")
    func nobody() throws {
        let backend = try DTLSBackend(
            over: network.backend(on: "client"), client: TestPKI.usual().datagramClient(), serverName: "localhost")
        let address = IP.SocketAddress.v4(IPv4.SocketAddress(network.host("server").ipv4, port: serverPort))
        let socket = try backend.datagramSocket(connectedTo: address)
        let refusal = caught { try socket.establish(timeout: .seconds(5)) }
        #expect(refusal?.kind == .connectionRefused)
        #expect(refusal?.operation == .handshake)
        #expect(refusal?.address == "\(address)")
        let serving = try DTLSBackend(over: network.backend(on: "server"), server: TestPKI.usual().datagramServer())
        let server = try serving.datagramSocket(boundTo: address)
        let echo = try echoing(server, in: network)
        try socket.establish(timeout: .seconds(5))
        socket.close()
        server.close()
        _ = try echo.join()
    }
}

extension DatagramSocket {
    /// Closes while nothing gets away.
    fileprivate func close(silently network: LoopbackNetwork, from host: String) {
        let silence = network.fault(.loss, on: .datagrams.from(host))
        close()
        silence.remove()
    }
}
