import OpenSSLTransport
import TestCertificateAuthority
import Testing
import TransportCore

/// The rules that are checked after OpenSSL has found a chain good.
@Suite("Rules for certificates")
struct ChainRuleTests {
    let pki: TestPKI

    init() throws { pki = try .usual() }

    /// What a client says to a server with a certificate of an authority that it trusts.
    private func error(
        _ certificate: IssuedCertificate, name: String = "localhost", _ change: (inout TLSSettings) -> Void = { _ in }
    ) throws -> TransportError? {
        var settings = TLSSettings()
        settings.roots = .only([.pem(certificate.rootPEM)])
        change(&settings)
        var server = TLSSettings()
        server.securityLevel = 0
        let (a, b) = try mockPair(
            client: .client(settings), server: .server(identity: certificate.identity(), server), name: name)
        return handshakeErrors(a, b).client
    }

    /// A certificate that strict verification refuses, with these words, and a lax one lets in.
    private func expectStrictRule(_ certificate: IssuedCertificate, _ words: String, name: String = "localhost") throws
    {
        let error = try error(certificate, name: name)
        #expect(error?.kind == .tlsCertificateRejected)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "let in")")
        #expect(try self.error(certificate, name: name) { $0.strict = false } == nil)
    }

    @Test("A-19 a wildcard does not stand for a name that an authority above excludes (CVE-2025-61727)")
    func wildcard() throws {
        let below = try pki.authority.intermediate { $0.nameConstraints = .init(excluded: ["Bar.example.com"]) }
        let wildcard = try below.issue(.server(["*.Example.com"]))
        for name in ["bar.example.com", "other.example.com"] {
            let error = try error(wildcard, name: name) { $0.strict = false }
            #expect(error?.code?.value == 48)
            #expect(error?.message.contains("*.Example.com") == true)
        }
        #expect(try error(below.issue(.server(["*.example.org"])), name: "bar.example.org") == nil)
        #expect(try error(below.issue(.server(["*.deep.example.com"])), name: "bar.deep.example.com") == nil)
        #expect(try error(below.issue(.server("foo.example.com")), name: "foo.example.com") == nil)
    }

    @Test("A-19 serial numbers are positive and have 20 bytes at most")
    func serialNumbers() throws {
        for number in [[0], [UInt8](repeating: 7, count: 21)] as [[UInt8]] {
            try expectStrictRule(
                pki.authority.issue(.server("localhost")) { $0.serialNumber = number }, "serial number")
        }
        #expect(try error(pki.authority.issue(.server("localhost")) { $0.serialNumber = [7] }) == nil)
        var root = CertificateShape.authority("Root with the number 0")
        root.serialNumber = [0]
        #expect(try error(CertificateAuthority(root).issue(.server("localhost"))) == nil)
    }

    @Test("A-19 a server's certificate has no name constraints, and is an authority's wholly or not at all")
    func server() throws {
        let constraints = CertificateShape.NameConstraints(permitted: ["localhost"])
        try expectStrictRule(
            pki.authority.issue(.server("localhost")) { $0.nameConstraints = constraints }, "name constraints")
        try expectStrictRule(
            pki.authority.issue(.server("localhost")) { $0.basicConstraints = .authority(pathLength: nil) },
            "signs no certificates")
        // Certificates that sign themselves for a test are often both.
        let both = try CertificateAuthority.selfSigned(.server("localhost")) {
            $0.basicConstraints = .authority(pathLength: nil)
            $0.keyUsage = [.digitalSignature, .certificateSigning]
        }
        #expect(try error(both) == nil)
    }

    @Test(
        "A-19 names beside the good one are names",
        arguments: [".localhost", "a..b", "a b", "b\u{fc}cher", "x@y@z", "@y"])
    func names(other: String) throws {
        try expectStrictRule(pki.authority.issue(.server("localhost", other)), "is no ")
    }

    @Test("A-19 names of services with underscores are names")
    func underscores() throws {
        #expect(try error(pki.authority.issue(.server("my_service", "me@example.com")), name: "my_service") == nil)
    }

    @Test("A-19 information about the authority can be read")
    func informationAccess() throws {
        let damaged = CertificateShape.Extension("1.3.6.1.5.5.7.1.1", value: Array("malformed".utf8))
        try expectStrictRule(
            pki.authority.issue(.server("localhost")) { $0.extensions = [damaged] }, "authority information access")
    }

    @Test("A-19 constraints of authorities are well made")
    func authorities() throws {
        for (constraints, words) in [
            (CertificateShape.NameConstraints(), "are empty"),
            (.init(permitted: [".localhost", "localhost"]), "a dot"),
        ] {
            let below = try pki.authority.intermediate { $0.nameConstraints = constraints }
            try expectStrictRule(below.issue(.server("localhost")), words)
        }
        let policies = CertificateShape.Extension("2.5.29.36", value: [0x30, 0x03, 0x80, 0x01, 0x00])
        let below = try pki.authority.intermediate { $0.extensions = [policies] }
        #expect(try error(below.issue(.server("localhost")))?.message.contains("policy constraints") == true)
    }

    @Test("A-19 an authority without a key usage may do everything")
    func noKeyUsage() throws {
        let below = try pki.authority.intermediate { $0.keyUsage = nil }
        #expect(try error(below.issue(.server("localhost"))) == nil)
    }

    @Test("A-29 the last second of the validity belongs to it, and the next one does not")
    func lastSecond() throws {
        let certificate = try pki.authority.issue(.server("localhost"))
        #expect(try error(certificate) { $0.verificationTime = { certificate.notAfter } } == nil)
        #expect(try error(certificate) { $0.verificationTime = { certificate.notAfter + 1 } }?.code?.value == 10)
    }

    @Test("A-19 what public authorities promise is asked for where the settings say so alone")
    func publicProfile() throws {
        func expectRule(_ words: String, _ change: (inout CertificateShape) -> Void) throws {
            let certificate = try pki.authority.issue(.server("www.example.com", "10.0.0.1"), change)
            #expect(try error(certificate, name: "www.example.com") == nil)
            let error = try error(certificate, name: "www.example.com") { $0.requiresPublicProfile = true }
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "let in")")
        }
        try expectRule("common name") { $0.subject = "other.example.com" }
        try expectRule("common name") { $0.subject = "WWW.example.com" }
        try expectRule("common name") { $0.subject = "010.0.0.1" }
        try expectRule("extended key usage") { $0.extendedKeyUsage = [] }
        try expectRule("every use") { $0.extendedKeyUsage = [.serverAuthentication, .any] }
        try expectRule("critical") { $0.alternativeNamesAreCritical = true }
        for subject in ["www.example.com", "example.com", "10.0.0.1", "The web server"] {
            let good = try pki.authority.issue(.server("www.example.com", "10.0.0.1")) { $0.subject = .init(subject) }
            #expect(try error(good, name: "www.example.com") { $0.requiresPublicProfile = true } == nil)
        }
    }
}
