import LoopbackMockBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

/// The mistakes that everybody makes once: each error says what is wrong and what to try.
@Suite("Common mistakes")
struct MistakesTests {
    let pki: TestPKI

    init() throws { pki = try .usual() }

    /// What a client is told of a server with a certificate.
    private func refusal(
        of certificate: IssuedCertificate, _ change: (inout TLSSettings) -> Void = { _ in }
    ) throws -> String {
        let (a, b) = try mockPair(client: pki.client(change), server: .server(identity: certificate.identity()))
        return try #require(handshakeErrors(a, b).client).explanation
    }

    private func expect(_ explanation: String, _ parts: String...) {
        for part in parts + ["try:"] { #expect(explanation.contains(part), "\(explanation)") }
    }

    @Test("another authority, and an intermediate one that is left out: who issued it is said")
    func missingIssuers() throws {
        let stranger = try CertificateAuthority("Stranger").issue(.server("localhost"))
        expect(try refusal(of: stranger), "issued by CN=Stranger", "add it to the roots")
        let below = try pki.authority.intermediate("Between").issue(.server("localhost"))
        let (a, b) = try mockPair(
            server: .server(identity: TLSIdentity(certificates: .pem(below.pem), key: .pem(below.keyPEM))))
        expect(
            try #require(handshakeErrors(a, b).client).explanation, "issued by CN=Between", "send its certificate along"
        )
    }

    @Test("a certificate that vouches for itself, one whose time is over, one for another host")
    func certificates() throws {
        expect(
            try refusal(of: CertificateAuthority.selfSigned(.server("localhost"))), "self-signed", "itself to the roots"
        )
        expect(
            try refusal(of: pki.authority.issue(.server("localhost")) { $0.validity = .expired }), "expired", "clock")
        expect(try refusal(of: pki.authority.issue(.server("other.test"))), "not for localhost", "DNS:other.test")
    }

    @Test("another key than the pinned one: the error has the one that is there")
    func pins() throws {
        let key = try Certificate(der: pki.server.der).publicKey.fingerprint
        let text = try refusal(of: pki.server) {
            $0.pinnedPublicKeys = [.init(bytes: [UInt8](repeating: 1, count: 32))]
        }
        expect(text, "\(key)", "pinnedPublicKeys")
    }

    @Test("no version, no application protocol, no certificate in common")
    func agreements() throws {
        func errors(
            _ client: (inout TLSSettings) -> Void, _ server: (inout TLSSettings) -> Void
        ) throws -> (client: TransportError?, server: TransportError?) {
            let (a, b) = try mockPair(client: pki.client(client), server: pki.serverConfiguration(server))
            return handshakeErrors(a, b)
        }
        let versions = try errors {
            $0.versions = .tls12 ... .tls12
        } _: {
            $0.versions = .tls13 ... .tls13
        }
        expect(try #require(versions.server).explanation, "this end takes TLS 1.3")
        expect(try #require(versions.client).explanation, "version")
        let protocols = try errors {
            $0.applicationProtocols = ["h3"]
        } _: {
            $0.applicationProtocols = ["h2"]
        }
        expect(try #require(protocols.server).explanation, "none of the application protocols of this end: h2")
        expect(try #require(protocols.client).explanation, "no application protocol")
        let (a, b) = try mockPair(
            server: pki.serverConfiguration { [pki] in
                $0.clientAuthentication = .required
                $0.roots = .only([.pem(pki.authority.certificate.pem)])
            })
        expect(try #require(handshakeErrors(a, b).server).explanation, "no certificate", "clientAuthentication")
        // In TLS 1.3 a client learns of it with what it receives next.
        let client = Connection(a, mode: .nonblocking)
        expect(try #require(caught { try client.receive(atMost: 1) }).explanation, "certificate required", "identity")
    }

    @Test("keys and files that are not the right ones are named")
    func material() throws {
        let other = try pki.authority.issue(.server("localhost"))
        let mismatch = caught { try TLSIdentity(certificates: .pem(pki.server.pem), key: .pem(other.keyPEM)) }
        expect(try #require(mismatch).explanation, "not that of the first certificate")
        let none = caught { try TLSIdentity(certificates: .pem(pki.server.pem), key: .pem(pki.server.pem)) }
        expect(try #require(none).explanation, "no private key")
        let noFile = try #require(caught { try pki.client { $0.roots = .only([.file("/no/such/file")]) } })
        expect(noFile.explanation, "/no/such/file", "path of the file")
        #expect(!noFile.explanation.contains("socket"))
    }

    @Test("a record of another version in mid-connection is damage, not a lack of versions")
    func damagedVersion() throws {
        let (a, b) = try mockPair()
        try shakeHands(a, b)
        _ = try [22, 0, 0, 0, 1, 0].withRawSpan { (span) throws(TransportError) in try b.lower.trySend(span) }
        let client = Connection(a, mode: .nonblocking)
        #expect(caught { try client.receive(atMost: 1) }?.kind == .tlsProtocolViolation)
    }
}
