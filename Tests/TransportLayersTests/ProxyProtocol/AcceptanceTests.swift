import LoopbackMockBackend
import Testing
import TestSupport
import TransportCore
import TransportLayers

@Suite("Listeners that read PROXY headers")
struct AcceptanceTests {
    private let network = LoopbackNetwork(profile: .hostile)
    private let header = ProxyProtocolHeader(
        source: .ip(.v4(IPv4.SocketAddress(IPv4.Address(192, 0, 2, 1), port: 4000))),
        destination: .ip(.v4(IPv4.SocketAddress(IPv4.Address(198, 51, 100, 7), port: 443))))

    /// What a client sent first, to a listener with a rule; in a connection of the listener's.
    private func accepted(
        _ bytes: [UInt8], _ acceptance: ProxyProtocolAcceptance<IP>, end: Bool = false
    ) throws -> (Connection<LoopbackStream<IP>>, Connection<ProxyProtocolStream<LoopbackStream<IP>>>) {
        let listener = try network.backend().acceptingProxyHeaders(acceptance).listen(on: .v4(.loopback(port: 0)))
        defer { listener.close() }
        let client = try network.backend().connect(to: listener.localAddress)
        try client.sendAll(bytes)
        if end { try client.shutdownWrite() }
        return (client, try listener.accept())
    }

    @Test("The addresses of a connection are those of the header, and the bytes behind it are the application's")
    func addresses() throws {
        for version in [ProxyProtocolHeader.Version.v1, .v2] {
            var header = header
            header.version = version
            let (_, server) = try accepted(try header.bytes() + [UInt8]("hello".utf8), .fromEveryone(.required))
            #expect("\(server)".hasPrefix("PROXY protocol over in-memory stream 127.0.0.1:"))
            try server.establish(timeout: .seconds(1))
            #expect("\(server)".hasPrefix("PROXY protocol for 192.0.2.1:4000 over in-memory stream 127.0.0.1:"))
            #expect(try server.remoteAddress.description == "192.0.2.1:4000")
            #expect(try server.localAddress.description == "198.51.100.7:443")
            #expect(server.query(ReceivedProxyHeader.self) == header)
            #expect(try server.receiveText(5) == "hello")
            #expect(try server.transport.lower.remoteAddress.address.isLoopback)
        }
    }

    @Test("A listener that is there already gets the layer, keeps its modes, and is closed in its former shape only")
    func overListener() throws {
        let backend = network.backend().acceptingProxyHeaders(.fromEveryone(.required))
        let plain = try network.backend().listen(on: .v4(.loopback(port: 0)), mode: .nonblocking)
        let listener = try backend.listen(over: plain)
        #expect(listener.mode == .nonblocking)
        #expect(plain.isClosed)
        #expect(caught { try plain.accept() }?.kind == .closed)
        #expect(caught { try backend.listen(over: plain) }?.kind == .closed)
        let client = try network.backend().connect(to: listener.localAddress)
        try client.sendAll(header.bytes() + [UInt8]("hello".utf8))
        let server = try listener.accept(timeout: .seconds(1))
        #expect(try server.receiveText(5) == "hello")
        #expect(try server.remoteAddress.description == "192.0.2.1:4000")
        for close in [client.close, server.close, listener.close] { close() }
    }

    @Test("A listener with which somebody is accepting gets no layer, and stays as it is")
    func overBusyListener() throws {
        let backend = network.backend().acceptingProxyHeaders(.fromEveryone(.required))
        let plain = try network.backend().listen(on: .v4(.loopback(port: 0)))
        let waiting = try network.spawn { _ = try plain.waitForConnection(timeout: .seconds(100)) }
        let accepting = try network.spawn { try plain.accept().close() }
        try network.sleep(for: .seconds(1))
        let error = caught { try backend.listen(over: plain) }
        #expect(error?.kind == .busy)
        #expect(error?.explanation.contains("before anybody accepts") == true)
        #expect(!plain.isClosed)
        let client = try network.backend().connect(to: plain.localAddress)
        try waiting.join()
        try accepting.join()
        #expect(caught { try plain.accept(timeout: .zero) }?.kind == .wouldBlock)
        let listener = try backend.listen(over: plain)
        for close in [client.close, listener.close] { close() }
    }

    @Test("A policy for listening is asked about a listener that is there already, and leaves it as it is")
    func overForbiddenListener() throws {
        let plain = try network.backend().listen(on: .v4(.loopback(port: 0)))
        let policy = AddressPolicy<IP>("nothing", coversListening: true) { _ in false }
        let refused = caught { try network.backend().with(policy: policy).listen(over: plain) }
        #expect(refused?.kind == .deniedByPolicy)
        #expect(!plain.isClosed)
        plain.close()
    }

    @Test("Without establish, the first receive and the addresses do it")
    func implicit() throws {
        let (_, server) = try accepted(try header.bytes() + [7], .fromEveryone(.required))
        #expect(try server.receiveExactly(1) == [7])
        let (client, other) = try accepted([], .fromEveryone(.required))
        #expect(caught { try other.remoteAddress }?.kind == .invalidState)
        try client.sendAll(header.bytes())
        try other.establish(timeout: .seconds(1))
        #expect(try other.remoteAddress.description == "192.0.2.1:4000")
    }

    @Test("A required header that is missing, late, cut or not taken ends the connection")
    func failures() throws {
        let (_, missing) = try accepted([UInt8]("GET / HTTP/1.1\r\n".utf8), .fromEveryone(.required))
        #expect(caught { try missing.receiveExactly(1) }?.kind == .proxyHeaderInvalid)
        #expect(caught { try missing.sendAll("x") }?.kind == .proxyHeaderInvalid, "it stays so")

        let (slow, late) = try accepted([UInt8]("PROXY ".utf8), .fromEveryone(.required, timeout: .seconds(3)))
        let start = network.now
        #expect(caught { try late.receiveExactly(1) }?.kind == .proxyHeaderInvalid)
        #expect(start.duration(to: network.now) == .seconds(3), "the time of the network")

        slow.close()
        let (_, cut) = try accepted([UInt8]("PROXY TCP4".utf8), .fromEveryone(.required), end: true)
        #expect(caught { try cut.establish(timeout: .seconds(1)) }?.kind == .unexpectedEnd)

        let (_, refused) = try accepted(try header.bytes(), .fromEveryone(.refused))
        #expect(caught { try refused.establish(timeout: .seconds(1)) }?.kind == .proxyHeaderRefused)

        let strangers = try ProxyProtocolAcceptance<IP>.from([IP.Network(parsing: "10.0.0.0/8")])
        let (_, denied) = try accepted(try header.bytes(), strangers)
        #expect(caught { try denied.establish(timeout: .seconds(1)) }?.kind == .proxyHeaderRefused)
        #expect(
            caught { try denied.remoteAddress }?.kind == .proxyHeaderRefused,
            "nobody is taken for the one he claims to be")
    }

    @Test("Where a header is optional or must not be there, other bytes are all given to the application")
    func optional() throws {
        for rule in [ProxyProtocolAcceptance<IP>.Rule.optional, .refused, .unread] {
            let (_, server) = try accepted([UInt8]("PROXX and more".utf8), .fromEveryone(rule))
            #expect(try server.receiveText(14) == "PROXX and more")
            #expect(try server.remoteAddress.address.isLoopback)
        }
        let (listening, silent) = try accepted([], .fromEveryone(.optional, timeout: .seconds(2)))
        try silent.sendAll("who are you?")
        #expect(network.now.nanoseconds == 2_000_000_000, "a peer that says nothing has none")
        listening.close()
        let (_, short) = try accepted([UInt8]("PROX".utf8), .fromEveryone(.optional), end: true)
        #expect(try short.receiveAll() == [UInt8]("PROX".utf8), "an end is the application's, too")
        let trusted = try ProxyProtocolAcceptance<IP>.from([IP.Network(parsing: "127.0.0.0/8")])
        let (_, proxied) = try accepted(try header.bytes(), trusted)
        try proxied.establish(timeout: .seconds(1))
        #expect(try proxied.remoteAddress.description == "192.0.2.1:4000")
    }

    @Test("A sender that does not wait for the receiver to read the header is served")
    func bothAtOnce() async throws {
        try await network.run { [network, header] in
            let listener = try network.backend().acceptingProxyHeaders(.fromEveryone(.required))
                .listen(on: .v4(.loopback(port: 0)))
            let client = try await network.backend().connect(to: listener.localAddress)
            let server = try await listener.accept()
            async let received = server.receiveExactly(3)
            async let sent: Void = server.sendAll("hello")
            try await network.sleep(for: .milliseconds(20))
            try await client.sendAll(header.bytes() + [UInt8]("abc".utf8))
            #expect(try await client.receiveExactly(5) == [UInt8]("hello".utf8))
            #expect(try await received == [UInt8]("abc".utf8))
            try await sent
        }
    }

    @Test(
        "When the peer is mute and nobody has a deadline, a sender and a receiver are a deadlock, and no endless wait")
    func muteWithoutDeadline() throws {
        let listener = try network.backend().listen(on: .v4(.loopback(port: 0)))
        let client = try network.backend().connect(to: listener.localAddress)
        let accepted = try listener.accept()
        let server = Connection(OpeningLayer(over: accepted.transport, exchange: FakeProxyExchange.socks))
        let reader = try network.spawn { caught { try server.receive(atMost: 1) }?.kind }
        let writer = try network.spawn { caught { try server.sendAll("x") }?.kind }
        #expect(caught { _ = try reader.join() }?.kind == .deadlock, "the test waits, too")
        #expect(try reader.join() == .deadlock)
        #expect(try writer.join() == .deadlock)
        for close in [client.close, server.close, accepted.close, listener.close] { close() }
    }

    @Test("A sender beside a receiver learns of the end of the exchange soon, and of its deadline exactly")
    func followers() throws {
        let listener = try network.backend().acceptingProxyHeaders(.fromEveryone(.required, timeout: .seconds(3600)))
            .listen(on: .v4(.loopback(port: 0)))
        let client = try network.backend().connect(to: listener.localAddress)
        let server = try listener.accept()
        let start = network.now
        let reader = try network.spawn { try server.receiveExactly(3) }
        let hasty = try network.spawn { caught { try server.sendAll("x", timeout: .seconds(60)) }?.kind }
        #expect(try hasty.join() == .timedOut)
        #expect(start.duration(to: network.now) == .seconds(60))
        let writer = try network.spawn { try server.sendAll("y") }
        try network.sleep(for: .seconds(40))
        try client.sendAll(header.bytes() + [UInt8]("abc".utf8))
        #expect(try client.receiveExactly(1) == [UInt8]("y".utf8))
        #expect(start.duration(to: network.now) < .seconds(102))
        #expect(try reader.join() == [UInt8]("abc".utf8))
        try writer.join()
        for close in [client.close, server.close, listener.close] { close() }
    }
}
