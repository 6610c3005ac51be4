import COpenSSL
import LoopbackMockBackend
@testable import OpenSSLTransport
import TestSupport
import Testing
import TransportCore

/// Peers that ask to shake hands again, which TLS 1.2 has and this library never does.
@Suite("Renegotiation")
struct RenegotiationTests {
    private let pki: TestPKI

    init() throws { pki = try .usual() }

    private func tls12(_ settings: inout TLSSettings) {
        settings.versions = .tls12 ... .tls12
        settings.cipherList = "ECDHE-ECDSA-AES128-GCM-SHA256"
    }

    /// A server of ours, and a client whose keys are known.
    private func pair() throws -> (client: MockTLS, server: Connection<MockTLS>, forged: ForgedHandshake) {
        let (a, b) = try mockPair(client: pki.client(tls12), server: pki.serverConfiguration(tls12))
        try shakeHands(a, b)
        let forged = try a.state.withLock { try ForgedHandshake($0.engine.ssl) }
        return (a, Connection(b, mode: .nonblocking), forged)
    }

    @Test("B-37 a client that asks a few times is refused each time, and what it says is received")
    func fewAttempts() throws {
        var (client, server, forged) = try pair()
        for attempt in 1...TLSEngine.mostRefusedRenegotiations {
            #expect(try client.lower.trySend(all: forged.beginning()))
            #expect(try client.lower.trySend(all: forged.record(23, [UInt8(attempt)])))
            #expect(try server.receive(atMost: 9) == [UInt8(attempt)])
        }
        #expect(server.transport.state.withLock { $0.engine.refusedRenegotiations } == 10)
        try server.sendAll("still here")
        // libssl takes the alert for the end of the client, which has asked for nothing.
        #expect(caught { try Connection(client, mode: .nonblocking).receive(atMost: 99) } != nil)
        server.close()
    }

    @Test("B-37 a client that floods is refused for good, and costs no more than what it has sent by then")
    func flood() throws {
        var (client, server, forged) = try pair()
        var sent = 0
        for _ in 0..<400 { sent += try client.lower.trySend(all: forged.beginning()) ? 1 : 0 }
        #expect(sent == 400)
        let error = try #require(caught { try server.receive(atMost: 9) })
        #expect(error.kind == .tlsProtocolViolation)
        #expect(error.explanation.contains("renegotiation"))
        #expect(error.aftermath == .dead)
        // It stays that, and nothing is decrypted or encrypted any more.
        let answers = server.transport.state.withLock { $0.engine.refusedRenegotiations }
        for _ in 0..<10 {
            #expect(try client.lower.trySend(all: forged.beginning()))
            #expect(caught { try server.receive(atMost: 9) }?.kind == .tlsProtocolViolation)
        }
        #expect(caught { try server.sendAll("x") }?.kind == .tlsProtocolViolation)
        #expect(server.transport.state.withLock { $0.engine.refusedRenegotiations } == answers)
        server.close()
    }

    @Test("B-37 a server that goes on asking is refused for good by a client, too")
    func server() throws {
        var profile = NetworkProfile.tcp
        profile.capacity = 1 << 20
        let lower = try LoopbackNetwork(profile: profile).streams()
        let client = try TLSTransport(client: lower.0, configuration: pki.client(tls12), serverName: "localhost")
        let peer = try RawPeer(pki.server, over: lower.1)
        try peer.shakeHands(with: client)
        let connection = Connection(client, mode: .nonblocking)
        var kinds: [TransportError.Kind?] = []
        for _ in 0...TLSEngine.mostRefusedRenegotiations {
            #expect(SSL_renegotiate(peer.ssl) == 1)
            #expect(SSL_do_handshake(peer.ssl) == 1)
            // Out with it, without looking at the answer.
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = BIO_read(SSL_get_wbio(peer.ssl), &bytes, 4096)
            #expect(try lower.1.trySend(all: Array(bytes.prefix(Int(max(0, count))))))
            kinds.append(caught { try connection.receive(atMost: 1) }?.kind)
        }
        #expect(Set(kinds.dropLast()) == [.wouldBlock])
        #expect(kinds.last == .tlsProtocolViolation)
        ERR_clear_error()
    }

    @Test("B-37 over datagrams, a client is refused each time, and forgotten when it floods; others are served")
    func datagrams() throws {
        let network = LoopbackNetwork()
        let pair = try MockDTLSPair(
            network, client: pki.datagramClient(tls12), server: pki.datagramServer(tls12))
        let echo = try pair.echo()
        try pair.client.send("ping", timeout: .seconds(5))
        #expect(try pair.client.receive(atMost: 9, timeout: .seconds(5)).bytes == Array("ping".utf8))
        let other = try DTLSBackend(
            over: network.backend(on: "other"), client: pki.datagramClient(), serverName: "localhost"
        ).datagramSocket(connectedTo: pair.address)
        try other.establish(timeout: .seconds(5))

        let transport = pair.client.transport
        var forged = try transport.state.withLock { state in
            try ForgedHandshake(try #require(state.peers.values.first?.engine.ssl))
        }
        // The word was number 1.
        _ = try forged.record(23, [0])
        func send(_ datagram: [UInt8]) throws {
            _ = try datagram.withRawSpan { (span) throws(TransportError) in
                try transport.lower.trySend(span, to: nil)
            }
            try network.sleep(for: .milliseconds(1))
        }
        func refusals() -> [Int] {
            pair.server.transport.state.withLock { $0.peers.values.map(\.engine.refusedRenegotiations).sorted() }
        }
        for _ in 0..<TLSEngine.mostRefusedRenegotiations { try send(forged.beginning()) }
        #expect(refusals() == [0, 10])
        try send(forged.record(23, [1]))
        #expect(pair.server.transport.associationCount == 2)
        for _ in 0..<100 { try send(forged.beginning()) }
        #expect(refusals() == [0])
        try other.send("still", timeout: .seconds(1))
        #expect(try other.receive(atMost: 9, timeout: .seconds(1)).bytes == Array("still".utf8))
        other.close()
        pair.close()
        #expect(try echo.join() == 3)
    }
}
