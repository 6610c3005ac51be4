import COpenSSL
import LoopbackMockBackend
import OpenSSLTransport
import TestSupport
import Testing
import TransportCore

@Suite("Several uses of TLS at once")
struct InterleavingTests {
    let pki: TestPKI

    init() throws { pki = try .usual() }

    private func connections(
        profile: NetworkProfile = .tcp
    ) throws -> (client: Connection<MockTLS>, server: Connection<MockTLS>) {
        let (a, b) = try mockPair(profile: profile)
        try shakeHands(a, b)
        return (Connection(a, mode: .nonblocking), Connection(b, mode: .nonblocking))
    }

    @Test("B-45 closing twice, during the handshake, and while somebody receives")
    func closing() throws {
        let (closed, peer) = try connections()
        closed.close()
        closed.close()
        #expect(caught { try closed.receive(atMost: 1) }?.kind == .closed)
        #expect(try peer.receive(atMost: 1) == nil)

        let network = LoopbackNetwork()
        let lower = try network.streams()
        let client = Connection(try TLSTransport(client: lower.0, configuration: pki.client(), serverName: "localhost"))
        // Virtual time goes on once the other thread waits.
        let establishing = try network.spawn { caught { try client.establish() }?.kind }
        try network.backend(for: IPv4.self).sleep(for: .seconds(1))
        client.close()
        #expect(try establishing.join() == .closed)

        let (a, b) = try tlsPair(
            network.streams(), client: pki.client(), server: pki.serverConfiguration())
        try shakeHands(a, b)
        let open = Connection(a)
        let receiving = try network.spawn { caught { try open.receive(atMost: 1) }?.kind }
        try network.backend(for: IPv4.self).sleep(for: .seconds(1))
        open.close()
        #expect(try receiving.join() == .closed)
    }

    @Test("B-47 an error of one connection, or of the program's own calls, is never told by another one")
    func errorQueue() throws {
        let network = LoopbackNetwork()
        let lower = try network.streams()
        let (a, b) = try tlsPair(lower, client: pki.client(), server: pki.serverConfiguration())
        try shakeHands(a, b)
        let broken = Connection(a, mode: .nonblocking)
        let (client, server) = try connections()
        #expect(try lower.1.trySend(all: [23, 3, 3, 0, 32] + [UInt8](repeating: 7, count: 32)))
        for _ in 0..<3 {
            #expect(caught { try broken.receive(atMost: 1) }?.kind == .tlsProtocolViolation)
            #expect(caught { try client.receive(atMost: 1) }?.kind == .wouldBlock)
            // What a program leaves behind that uses libcrypto itself.
            var nothing: UnsafePointer<UInt8>?
            #expect(d2i_X509(nil, &nothing, 0) == nil)
            #expect(ERR_peek_error() != 0)
            #expect(caught { try client.receive(atMost: 1) }?.kind == .wouldBlock)
            try server.sendAll("x")
            #expect(try client.receive(atMost: 1) == Array("x".utf8))
        }
        withExtendedLifetime(b) {}
    }

    @Test("B-48 a handshake ends with its deadline, also when the peer drips")
    func drip() throws {
        let network = LoopbackNetwork()
        let lower = try network.streams()
        let client = Connection(try TLSTransport(client: lower.0, configuration: pki.client(), serverName: "localhost"))
        let peer = Connection(lower.1)
        let clock = network.backend(for: IPv4.self)
        let dripping = try network.spawn {
            for byte in [22, 3, 3, 16, 0, 2, 0, 15, 0] + [UInt8](repeating: 3, count: 100) {
                guard (try? peer.sendAll([byte])) != nil else { return }
                try? clock.sleep(for: .seconds(1))
            }
        }
        let begin = clock.now
        #expect(caught { try client.establish(timeout: .milliseconds(9500)) }?.kind == .timedOut)
        #expect(begin.duration(to: clock.now) == .milliseconds(9500))
        client.close()
        try dripping.join()
    }

    @Test(
        "B-59 both directions full, in pieces of any size, and nobody waits for ever", arguments: [100, 5000, 70_000])
    func bothFull(capacity: Int) throws {
        var profile = NetworkProfile.tcp
        profile.capacity = capacity
        let network = LoopbackNetwork(profile: profile)
        let (a, b) = try tlsPair(network.streams(), client: pki.client(), server: pki.serverConfiguration())
        let (client, server) = (Connection(a), Connection(b))
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        // The handshake, too, is for whoever comes first.
        let threads = try [client, server].flatMap { connection in
            [
                try network.spawn {
                    try connection.sendAll(bytes, timeout: .seconds(60)); return true
                },
                try network.spawn {
                    try connection.receiveExactly(bytes.count, timeout: .seconds(60)) == bytes
                },
            ]
        }
        for thread in threads { #expect(try thread.join()) }
    }

    @Test("B-59 bytes that were not taken may be somewhere else at the next try")
    func movedBuffer() throws {
        var profile = NetworkProfile.tcp
        profile.capacity = 3000
        let (client, server) = try connections(profile: profile)
        let bytes = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 &* 17 &+ $0 >> 8) }
        var (sent, received) = (0, [UInt8]())
        while received.count < bytes.count {
            // A copy, at another place each time.
            if sent < bytes.count { sent += try client.sendIfPossible(Array(bytes[sent...])) }
            received += try server.receiveIfThere(1000) ?? []
            _ = try client.transport.tryFlush()
        }
        #expect(received == bytes)
    }

    @Test("B-61 a second reader and a second writer are refused while the first ones wait")
    func secondReader() throws {
        var profile = NetworkProfile.tcp
        profile.capacity = 1000
        let network = LoopbackNetwork(profile: profile)
        let (a, b) = try tlsPair(network.streams(), client: pki.client(), server: pki.serverConfiguration())
        try shakeHands(a, b)
        let client = Connection(a)
        let reader = try network.spawn { try client.receive(atMost: 10) }
        let writer = try network.spawn { try client.sendAll([UInt8](repeating: 1, count: 500_000)) }
        try network.backend(for: IPv4.self).sleep(for: .seconds(1))
        #expect(caught { try client.receive(atMost: 1) }?.kind == .busy)
        #expect(caught { try client.sendAll("x") }?.kind == .busy)
        let server = Connection(b)
        #expect(try server.receiveExactly(500_000).count == 500_000)
        try server.sendAll("done")
        #expect(try reader.join() == Array("done".utf8))
        try writer.join()
    }

    @Test("B-62 a configuration stays as it was made, whatever becomes of the settings")
    func immutable() throws {
        var settings = pki.clientSettings
        settings.versions = .tls12 ... .tls12
        let configuration = try TLSConfiguration.client(settings)
        settings.versions = .tls13 ... .tls13
        settings.roots = .only([])
        let (a, b) = try mockPair(client: configuration)
        try shakeHands(a, b)
        #expect(a.details?.version == .tls12)
    }
}
