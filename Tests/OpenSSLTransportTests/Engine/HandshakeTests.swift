import LoopbackMockBackend
import OpenSSLTransport
import TestCertificateAuthority
import Testing
import TransportCore

@Suite("Handshakes")
struct HandshakeTests {
    @Test("L-02, L-32, L-43 a handshake agrees on TLS 1.3, a suite and a chain; details are nil before and after")
    func version() throws {
        let (a, b) = try mockPair()
        #expect(a.details == nil)
        try shakeHands(a, b)
        let details = try #require(a.details)
        #expect(details.version == .tls13)
        #expect(
            ["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"].contains(
                details.cipherSuite))
        #expect(details.serverName == "localhost")
        #expect(details.isPeerVerified)
        // One is shown, and the client has the other.
        let pki = try TestPKI.usual()
        #expect(details.peerCertificates.map(\.der) == [pki.server.der])
        #expect(details.verifiedChain.map(\.der) == [pki.server.der, pki.authority.certificate.der])
        a.close()
        #expect(a.details == nil)
    }

    @Test("what is printed of a connection has the version and the application protocol, once there are any")
    func printed() throws {
        let pki = try TestPKI.usual()
        let (a, b) = try mockPair(
            client: pki.client { $0.applicationProtocols = ["h2"] },
            server: pki.serverConfiguration { $0.applicationProtocols = ["h2"] })
        let client = Connection(a, mode: .nonblocking)
        let below = " over in-memory stream \(try client.localAddress) to \(try client.remoteAddress)"
        #expect("\(client)" == "TLS" + below)
        try shakeHands(a, b)
        #expect("\(client)" == "TLS 1.3, h2" + below)
        client.close()
        #expect("\(client)" == "closed TLS" + below)
        b.close()
    }

    @Test("bytes travel both ways")
    func echo() throws {
        let (a, b) = try mockPair()
        let client = Connection(a, mode: .nonblocking)
        let server = Connection(b, mode: .nonblocking)
        try shakeHands(a, b)
        try client.sendAll("hello")
        #expect(try server.receive(atMost: 100) == Array("hello".utf8))
        try server.sendAll("world")
        #expect(try client.receive(atMost: 100) == Array("world".utf8))
    }
}
