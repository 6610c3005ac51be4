import BSDSocketBackend
import LoopbackMockBackend
import OpenSSLTransport
import TestSupport
import Testing
import TransportCore

@Suite("TLS without waiting")
struct SteppingTests {
    typealias Plain = Connection<LoopbackStream<IPv4>>

    let pki: TestPKI

    init() throws { pki = try .usual() }

    /// A client's end without its handshake, on a connect that was begun.
    private func begin(_ network: LoopbackNetwork, to address: IPv4.SocketAddress) throws -> Connection<MockTLS> {
        let lower = try network.backend(for: IPv4.self).beginOpen(to: address, options: StreamOptions())
        let client = try TLSTransport(client: lower, configuration: pki.client(), serverName: "localhost")
        return Connection(client, mode: .nonblocking)
    }

    @Test("L-19 a handshake says each time that it would block until it is done, also behind a connect under way")
    func handshake() throws {
        let network = LoopbackNetwork()
        let listener = try network.backend(for: IPv4.self).beginListening(
            on: .loopback(port: 0), options: ListenerOptions())
        let hold = network.fault(.hold, on: .connects)
        let client = try begin(network, to: listener.localAddress)
        for _ in 0..<3 { #expect(caught { try client.establish() }?.kind == .wouldBlock) }
        guard case .wouldBlock = try listener.tryAccept() else { throw Unexpected("the connect was not held") }
        hold.remove()
        // Connected, and the server has said nothing yet.
        #expect(try interest(client.transport.tryEstablish()) == .readable)
        #expect(caught { try client.receive(atMost: 1) }?.kind == .wouldBlock)
        guard case .accepted(let lower) = try listener.tryAccept() else { throw Unexpected("nobody has connected") }
        let server = try TLSTransport(server: lower, configuration: pki.serverConfiguration())
        #expect(try interest(server.tryEstablish()) == .readable)
        #expect(client.tls == nil)
        try client.establish()
        #expect(client.tls?.version == .tls13)
        #expect(try server.tryEstablish() == .done)
    }

    /// What a step waits for; nil when it is done.
    private func interest(_ step: ProgressStep) -> Need.Interest? {
        guard case .wouldBlock(let need) = step else { return nil }
        return need.interest
    }

    @Test("L-32 where nobody has connected there is no handshake, and nothing about the peer")
    func unconnected() throws {
        let network = LoopbackNetwork()
        let hold = network.fault(.hold, on: .connects)
        let client = try begin(network, to: .loopback(port: 9))
        #expect(client.tls == nil)
        #expect(
            caught { try client.transport.exportKeyingMaterial(label: "EXPORTER-x", count: 1) }?.kind == .invalidState)
        hold.remove()
        for _ in 0..<2 { #expect(caught { try client.establish() }?.kind == .connectionRefused) }
        #expect(client.tls == nil)
    }

    @Test("L-29 sending until nothing more is taken, and going on when there is room")
    func full() throws {
        var profile = NetworkProfile.tcp
        profile.capacity = 4000
        let (a, b) = try mockPair(profile: profile)
        try shakeHands(a, b)
        let (client, server) = (Connection(a, mode: .nonblocking), Connection(b, mode: .nonblocking))
        let bytes = [UInt8](repeating: 7, count: 10_000)
        var sent = 0
        while sent < 1 << 20 {
            let count = try client.sendIfPossible(bytes)
            guard count > 0 else { break }
            sent += count
        }
        #expect((1..<(1 << 20)).contains(sent))
        let step = try bytes.withRawSpan { (span) throws(TransportError) in try a.trySend(span) }
        guard case .wouldBlock(let need) = step else { throw Unexpected("\(step)") }
        #expect(need.interest.contains(.writable))
        var received = 0
        for _ in 0..<10_000 where received < sent {
            received += try server.receiveIfThere(bytes.count)?.count ?? 0
            _ = try a.tryFlush()
        }
        #expect(received == sent)
        #expect(try client.send(bytes) > 0)
    }

    @Test(
        "L-24, L-48 handshake, bytes and the end through memory, also byte by byte: who ends TLS first waits for the other",
        arguments: [NetworkProfile.tcp, oneByte])
    func unwrapping(_ profile: NetworkProfile) throws {
        let (a, b) = try mockPair(profile: profile)
        try shakeHands(a, b)
        let (client, server) = (Connection(a, mode: .nonblocking), Connection(b, mode: .nonblocking))
        let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        for (from, to) in [(client, server), (server, client)] {
            var (sent, received) = (0, [UInt8]())
            for _ in 0..<100_000 where received.count < bytes.count {
                if sent < bytes.count { sent += try from.sendIfPossible(Array(bytes[sent...])) }
                _ = try from.transport.tryFlush()
                received += try to.receiveIfThere(5000) ?? []
            }
            #expect(received == bytes)
        }
        for _ in 0..<3 { #expect(try plain(client) == nil) }
        var ends: (near: Plain?, far: Plain?)
        for _ in 0..<1000 where ends.near == nil || ends.far == nil {
            if ends.far == nil { ends.far = try plain(server) }
            if ends.near == nil { ends.near = try plain(client) }
        }
        let (near, far) = (try #require(ends.near), try #require(ends.far))
        try near.sendAll("a")
        #expect(try far.receive(atMost: 10) == Array("a".utf8))
    }

    /// The connection below, once both have ended TLS.
    private func plain(_ secure: Connection<MockTLS>) throws(TransportError) -> Plain? {
        do throws(TransportError) {
            return try secure.stopTLS()
        } catch {
            guard error.kind == .wouldBlock else { throw error }
            return nil
        }
    }

    @Test("L-34 TLS has the mode of the connection that it begins on, and gives it back")
    func modes() throws {
        let (client, server) = (try pki.client(), try pki.serverConfiguration())
        for mode in [IOMode.blocking, .nonblocking, try .timeout(.seconds(5))] {
            let network = LoopbackNetwork()
            let lower = try network.streams()
            let peer = try network.spawn {
                let plain: Plain = try Connection(lower.1).startTLS(acceptingWith: server).stopTLS()
                plain.close()
            }
            let secure = try Connection(lower.0, mode: mode).startTLS(client, serverName: "localhost")
            #expect(secure.mode == mode)
            try secure.establish(timeout: .seconds(5))
            let plain: Plain = try secure.stopTLS(timeout: .seconds(5))
            #expect(plain.mode == mode)
            try peer.join()
        }
    }
}

/// What the type of a transport says about what can be done with it.
@Suite("What TLS is, and what it is not")
struct TLSTypeTests {
    @Test("L-27 bytes travel in every form; what has addresses, flags or a descriptor is not there")
    func forms() throws {
        let (a, b) = try mockPair()
        try shakeHands(a, b)
        let (client, server) = (Connection(a, mode: .nonblocking), Connection(b, mode: .nonblocking))
        #expect(try client.send(Array("one".utf8)) == 3)
        try client.sendAll("two")
        #expect(try client.send(gathering: [Array("th".utf8), Array("ree".utf8)]) == 5)
        #expect(try server.receiveExactly(3) == Array("one".utf8))
        var array = [UInt8](repeating: 0, count: 3)
        #expect(try server.receive(into: &array) == 3)
        #expect(array == Array("two".utf8))
        #expect(try server.receive(atMost: 100) == Array("three".utf8))
        // Datagrams have addresses; sockets have descriptors, and the system's options and flags.
        #expect(MockDTLS.self as Any.Type is any DatagramTransport.Type)
        #expect(!(MockTLS.self as Any.Type is any DatagramTransport.Type))
        #expect(SocketTransport<IPv4>.self as Any.Type is any SocketBacked.Type)
        #expect(!(SocketTLS.self as Any.Type is any SocketBacked.Type))
    }

    // `TLSTransport` takes nothing but a `Transport`.
    @Test("L-33 an endpoint of datagrams is no stream, and so TLS cannot begin on one")
    func datagrams() {
        #expect(LoopbackStream<IPv4>.self as Any.Type is any Transport.Type)
        #expect(SocketTransport<IPv4>.self as Any.Type is any Transport.Type)
        #expect(!(LoopbackDatagrams<IPv4>.self as Any.Type is any Transport.Type))
        #expect(!(SocketDatagrams<IPv4>.self as Any.Type is any Transport.Type))
    }
}
