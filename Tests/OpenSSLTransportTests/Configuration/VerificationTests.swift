import LoopbackMockBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

@Suite("What is verified")
struct VerificationTests {
    let pki: TestPKI

    init() throws { pki = try .usual() }

    /// The errors of a handshake with a server that shows a certificate.
    private func errors(
        _ certificate: IssuedCertificate, name: String? = "localhost", _ change: (inout TLSSettings) -> Void = { _ in }
    ) throws -> (client: TransportError?, server: TransportError?) {
        let (a, b) = try mockPair(
            client: pki.client(change), server: pki.serverConfiguration(with: certificate), name: name)
        return handshakeErrors(a, b)
    }

    @Test("A-01, L-04 without the authority the chain is refused, with the code and its words")
    func unknownAuthority() throws {
        let (client, server) = try errors(CertificateAuthority("Other").issue(.server("localhost")))
        #expect(client?.kind == .tlsCertificateRejected)
        #expect(client?.code?.domain == .certificate)
        #expect(client?.code?.value == 20)
        #expect(client?.message.contains("unable to get local issuer certificate") == true)
        #expect(client?.explanation.contains("try:") == true)
        #expect(server?.kind == .tlsAlertReceived)
        #expect(server?.tlsAlert == .unknownAuthority)
        // The same error each time, and nothing of the server's bytes.
        #expect(client?.aftermath == .dead)
    }

    @Test("A-01 expired, not yet valid and self-signed certificates are told apart")
    func chains() throws {
        #expect(
            try errors(pki.authority.issue(.server("localhost")) { $0.validity = .expired }).client?.code?.value == 10)
        #expect(
            try errors(pki.authority.issue(.server("localhost")) { $0.validity = .notYetValid }).client?.code?.value
                == 9)
        #expect(try errors(CertificateAuthority.selfSigned(.server("localhost"))).client?.code?.value == 18)
        let deep = try pki.authority.intermediate("Between").issue(.server("localhost"))
        #expect(try errors(deep).client == nil)
        let withoutIntermediate = try TLSIdentity(certificates: .pem(deep.pem), key: .pem(deep.keyPEM))
        let (a, b) = try mockPair(client: pki.client(), server: .server(identity: withoutIntermediate))
        #expect(handshakeErrors(a, b).client?.code?.value == 20)
    }

    @Test("L-05 another host is refused, and the error says for which the certificate is")
    func wrongHost() throws {
        let (client, _) = try errors(pki.authority.issue(.server("a.example", "b.example")))
        #expect(client?.kind == .tlsHostNameMismatch)
        #expect(client?.code?.value == 62)
        #expect(client?.message.contains("a.example") == true && client?.message.contains("b.example") == true)
        #expect(client?.message.contains("localhost") == true)
    }

    @Test("A-02, L-05 a client without a name is refused before any byte")
    func missingName() throws {
        let lower = try LoopbackNetwork().streams()
        let client = try pki.client()
        let error = caught { try TLSTransport(client: lower.0, configuration: client, serverName: nil) }
        #expect(error?.kind == .invalidArgument)
        #expect(caught { try TLSTransport(client: lower.0, configuration: client, serverName: "") } != nil)
        #expect(try lower.1.hasNothing())
    }

    @Test("L-06, A-11 addresses are matched with addresses of the certificate alone")
    func addresses() throws {
        let certificate = try pki.authority.issue(.server("127.0.0.1", "::1"))
        #expect(try errors(certificate, name: "127.0.0.1").client == nil)
        #expect(try errors(certificate, name: "[0:0::1]").client == nil)
        #expect(try errors(certificate, name: "127.0.0.2").client?.kind == .tlsHostNameMismatch)
        #expect(try errors(certificate, name: "::ffff:127.0.0.1").client?.kind == .tlsHostNameMismatch)
        #expect(try errors(pki.authority.issue(.server("localhost")), name: "127.0.0.1").client?.code?.value == 64)
    }

    @Test("A-12, L-08 the common name is never consulted")
    func commonName() throws {
        var shape = CertificateShape.server("other.example")
        shape.subject = "localhost"
        #expect(try errors(pki.authority.issue(shape)).client?.kind == .tlsHostNameMismatch)
        shape.alternativeNames = []
        #expect(try errors(pki.authority.issue(shape)).client?.kind == .tlsHostNameMismatch)
    }

    @Test(
        "A-13, A-14, A-15 a wildcard is a whole label, the first, and stands for one",
        arguments: [
            ("*.example.com", "a.example.com", true), ("*.example.com", "example.com", false),
            ("*.example.com", "a.b.example.com", false), ("w*.example.com", "www.example.com", false),
            ("*w.example.com", "www.example.com", false), ("a.*.com", "a.example.com", false),
            ("*", "localhost", false), ("*.*.com", "a.example.com", false),
            ("*.0.0.1", "127.0.0.1", false),
            ("*.example.com", "xn--bcher-kva.example.com", true),
            ("xn--*.example.com", "xn--bcher-kva.example.com", false),
            ("EXAMPLE.com", "example.COM", true), ("example.com", "example.com.", true),
        ]
    )
    func wildcards(pattern: String, name: String, isGood: Bool) throws {
        let certificate = try pki.authority.issue(.server([pattern]))
        #expect(try (errors(certificate, name: name).client == nil) == isGood)
    }

    @Test("A-17 a NUL in a name of the certificate hides nothing")
    func nul() throws {
        let certificate = try pki.authority.issue(.server("localhost\0.evil.example"))
        #expect(try errors(certificate).client?.kind == .tlsHostNameMismatch)
    }

    @Test("A-09 an address is matched with no name that spells it, and is not sent to the server")
    func spelledAddress() throws {
        var shape = CertificateShape.server(["localhost"])
        shape.subject = "127.0.0.1"
        shape.alternativeNames = [.dns("127.0.0.1"), .dns("localhost")]
        let (client, _) = try errors(pki.authority.issue(shape), name: "127.0.0.1")
        #expect(client?.kind == .tlsHostNameMismatch)
        let (a, b) = try mockPair(name: "127.0.0.1")
        try shakeHands(a, b)
        #expect(b.details?.serverName == nil)
    }

    @Test("A-16 a name in another script is verified and sent in ASCII")
    func otherScript() throws {
        let server = try pki.authority.issue(.server("xn--bcher-kva.example"))
        let (a, b) = try mockPair(server: pki.serverConfiguration(with: server), name: "Bücher.example")
        try shakeHands(a, b)
        #expect(b.details?.serverName == "xn--bcher-kva.example")
        #expect(try errors(pki.authority.issue(.server("example.com")), name: "bücher.example").client != nil)
    }

    @Test("A-18 damaged places of revocation lists break nothing")
    func damagedLocations() throws {
        // As in CVE-2019-5010: a distribution point without a name.
        for value: [UInt8] in [
            [0x30, 0x02, 0x30, 0x00], [0x30, 0x04, 0x30, 0x02, 0xA0, 0x00], [0x30, 0x10, 0x30], [],
        ] {
            let certificate = try pki.authority.issue(.server("localhost")) {
                $0.extensions = [.init("2.5.29.31", value: value)]
            }
            let list = try pki.authority.revocationList()
            for revocation in [TLSRevocationCheck.none, .peer] {
                let (a, b) = try mockPair(
                    client: pki.client {
                        $0.revocation = revocation
                        $0.revocationLists = [.pem(list.pem)]
                    }, server: pki.serverConfiguration(with: certificate))
                let errors = handshakeErrors(a, b)
                #expect(errors.client == nil || errors.client?.kind == .tlsCertificateRejected)
                _ = a.details?.peerCertificates.first?.text
            }
        }
    }

    @Test("A-22 a certificate for clients is no server's, nor the reverse")
    func purpose() throws {
        let wrong = try pki.authority.issue(.server("localhost")) {
            $0.extendedKeyUsage = [.clientAuthentication]
        }
        #expect(try errors(wrong).client?.code?.value == 26)
        let server = try pki.serverConfiguration {
            $0.roots = .only([.pem(pki.authority.certificate.pem)])
            $0.clientAuthentication = .required
        }
        let identity = try pki.server.identity()
        let (a, b) = try mockPair(client: pki.client { $0.identities = [identity] }, server: server)
        #expect(handshakeErrors(a, b).server?.code?.value == 26)
    }

    @Test("A-29 the time of the verification can be given")
    func time() throws {
        let expired = try pki.authority.issue(.server("localhost")) { $0.validity = .expired }
        let moment = expired.notBefore + 60
        // The authority is younger than the moment.
        var authority = CertificateShape.authority("Old Authority")
        authority.validity = .seconds(from: -60 * 86_400, to: 86_400)
        let old = try CertificateAuthority(authority)
        let leaf = try old.issue(.server("localhost")) { $0.validity = .expired }
        var settings = TLSSettings()
        settings.roots = .only([.pem(old.certificate.pem)])
        settings.verificationTime = { moment }
        let (a, b) = try mockPair(client: .client(settings), server: pki.serverConfiguration(with: leaf))
        try shakeHands(a, b)
    }

    @Test("A-27, L-09 a revoked certificate is refused, and so is every one without the list")
    func revocation() throws {
        let revoked = try pki.authority.issue(.server("localhost"))
        let list = try pki.authority.revocationList(revoking: [revoked])
        #expect(try errors(pki.server) { $0.revocation = .peer }.client?.code?.value == 3)
        func withList(_ certificate: IssuedCertificate) throws -> TransportError? {
            try errors(certificate) {
                $0.revocation = .peer
                $0.revocationLists = [.pem(list.pem)]
            }.client
        }
        #expect(try withList(pki.server) == nil)
        #expect(try withList(revoked)?.code?.value == 23)
        let stale = try pki.authority.revocationList(validity: .expired)
        let error = try errors(pki.server) {
            $0.revocation = .peer
            $0.revocationLists = [.der(stale.der)]
        }.client
        #expect(error?.code?.value == 12)
        // A list for another authority is none; without any check it is not asked for.
        let other = try CertificateAuthority("Other").revocationList()
        let missing = try errors(pki.server) {
            $0.revocation = .peer
            $0.revocationLists = [.der(other.der)]
        }.client
        #expect(missing?.code?.value == 3)
        #expect(try errors(revoked).client == nil)
    }

    @Test("A-27 where the settings accept that a list is missing, those that are there count all the same")
    func missingRevocationList() throws {
        let between = try pki.authority.intermediate("Between")
        let (leaf, revoked) = (try between.issue(.server("localhost")), try between.issue(.server("localhost")))
        let list = try between.revocationList(revoking: [revoked])
        let stale = try between.revocationList(validity: .expired)
        func error(_ certificate: IssuedCertificate, _ lists: [TLSMaterial]) throws -> TransportError? {
            try errors(certificate) {
                $0.revocation = .chain
                $0.missingRevocationList = .accept
                $0.revocationLists = lists
            }.client
        }
        #expect(try error(leaf, []) == nil)
        #expect(try error(leaf, [.der(list.der)]) == nil)
        #expect(try error(revoked, [.der(list.der)])?.code?.value == 23)
        #expect(try error(leaf, [.der(stale.der)])?.code?.value == 12)
        #expect(try error(pki.server, [.der(list.der)]) == nil)
    }

    @Test("A-27 the whole chain is looked up where the settings say so")
    func revokedAuthority() throws {
        let between = try pki.authority.intermediate("Between")
        let leaf = try between.issue(.server("localhost"))
        let lists = try [pki.authority.revocationList(revoking: [between.certificate]), between.revocationList()]
        func error(_ check: TLSRevocationCheck) throws -> TransportError? {
            try errors(leaf) {
                $0.revocation = check
                $0.revocationLists = lists.map { .pem($0.pem) }
            }.client
        }
        #expect(try error(.peer) == nil)
        #expect(try error(.chain)?.code?.value == 23)
    }

    @Test("L-10, A-25 a certificate without key identifiers is refused when strict alone")
    func strict() throws {
        let lax = try pki.authority.issue(.server("localhost")) { $0.hasKeyIdentifiers = false }
        #expect(try errors(lax).client?.kind == .tlsCertificateRejected)
        #expect(try errors(lax) { $0.strict = false }.client == nil)
    }

    @Test("A-26 keys and signatures that are too weak are refused")
    func weak() throws {
        let rsa = try CertificateAuthority("RSA", key: .rsa2048)
        let weakAuthority = try CertificateAuthority("Weak", key: .rsa(1024))
        let below = try rsa.intermediate("SHA-1") { $0.signatureDigest = .sha1 }
        for weak in [
            try rsa.issue(.server("localhost")) { $0.key = .rsa(1024) }, try weakAuthority.issue(.server("localhost")),
            try rsa.issue(.server("localhost")) { $0.signatureDigest = .sha1 },
            try rsa.issue(.server("localhost")) { $0.signatureDigest = .md5 }, try below.issue(.server("localhost")),
        ] {
            var lax = TLSSettings()
            lax.securityLevel = 0
            let server = try TLSConfiguration.server(identity: weak.identity(), lax)
            let roots = TLSRoots.only([.pem(weak.rootPEM)])
            let (a, b) = try mockPair(client: pki.client { $0.roots = roots }, server: server)
            let error = handshakeErrors(a, b).client
            #expect(error?.kind == .tlsCertificateRejected)
            #expect((66...68).contains(error?.code?.value ?? 0), "\(String(describing: error))")
            // It is for nothing else.
            let (c, d) = try mockPair(
                client: pki.client {
                    $0.roots = roots
                    $0.securityLevel = 0
                }, server: server)
            #expect(handshakeErrors(c, d).client == nil)
        }
    }

    @Test("a pinned key must be in the chain")
    func pins() throws {
        let own = try Certificate(der: pki.server.der).publicKey.fingerprint
        let authority = try Certificate(der: pki.authority.certificate.der).publicKey.fingerprint
        #expect(try errors(pki.server) { $0.pinnedPublicKeys = [own] }.client == nil)
        #expect(try errors(pki.server) { $0.pinnedPublicKeys = [authority] }.client == nil)
        let error = try errors(pki.server) { $0.pinnedPublicKeys = [.init(bytes: [UInt8](repeating: 7, count: 32))] }
            .client
        #expect(error?.kind == .tlsCertificateRejected)
        #expect(error?.message.contains("pinned") == true)
    }

    @Test("A-30 a callback may refuse who is good; only the dangerous one may accept who is not")
    func callbacks() throws {
        let stranger = try CertificateAuthority("Other").issue(.server("localhost"))
        let refused = try errors(pki.server) { $0.refusePeer = { _ in "not on Thursdays" } }.client
        #expect(refused?.message.contains("not on Thursdays") == true)
        #expect(try errors(stranger) { $0.refusePeer = { _ in nil } }.client?.code?.value == 20)
        let accepted = try errors(stranger) {
            $0.dangerouslyAcceptPeer = {
                $0.problemCode == 20 && $0.certificates.count == 1 && $0.serverName == "localhost"
            }
        }
        #expect(accepted.client == nil)
        #expect(
            try errors(pki.server) { $0.dangerouslyAcceptPeer = { _ in false } }.client?.kind == .tlsCertificateRejected
        )
    }

    @Test("A-03, L-03 without verification the connection says so")
    func unverified() throws {
        let stranger = try CertificateAuthority("Other").issue(.server("elsewhere"))
        let (a, b) = try mockPair(
            client: pki.client { $0.verification = .dangerouslyNone },
            server: pki.serverConfiguration(with: stranger), name: nil)
        try shakeHands(a, b)
        #expect(a.details?.isPeerVerified == false)
        #expect(a.details?.verificationCode != 0)
        #expect(a.details?.serverName == nil)
    }

    @Test("A-31, A-32 the size of the certificates and the depth of the chain are limited")
    func limits() throws {
        let deep = try pki.authority.chain(depth: 4).issue(.server("localhost"))
        #expect(try errors(deep).client == nil)
        #expect(try errors(deep) { $0.maximumChainDepth = 2 }.client?.code?.value == 22)
        let large = try errors(deep) { $0.maximumCertificateBytes = 1000 }.client
        #expect(large != nil)
    }

    @Test("A-31 thousands of names are refused for their size, unless the limit is higher")
    func manyNames() throws {
        let names = ["localhost"] + (0..<6000).map { "name-number-\($0).example" }
        let certificate = try pki.authority.issue(.server(names))
        #expect(certificate.der.count > 100 << 10)
        for version in [TLSVersion.tls12, .tls13] {
            let error = try errors(certificate) { $0.versions = version...version }.client
            #expect(error?.kind == .tlsProtocolViolation)
            #expect(
                try errors(certificate) {
                    $0.versions = version...version
                    $0.maximumCertificateBytes = 1 << 20
                }.client == nil)
        }
    }
}
