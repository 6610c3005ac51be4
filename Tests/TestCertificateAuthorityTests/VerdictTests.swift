import Testing
import TestCertificateAuthority

/// Every shape, as libssl judges it in a handshake of Python's.
@Suite("What is issued gets the verdict that it is made for")
struct VerdictTests {
    let authority: CertificateAuthority
    let judge: PythonJudge

    init() throws {
        authority = try CertificateAuthority()
        judge = try PythonJudge()
    }

    @Test("a server's certificate is accepted for each of its names")
    func names() throws {
        let server = try authority.issue(
            .server("localhost", "127.0.0.1", "::1", "a.test", "*.wild.test", "xn--bcher-kva.test")
        )
        var trial = Trial(server)
        for host in ["localhost", "127.0.0.1", "::1", "a.test", "x.wild.test", "xn--bcher-kva.test"] {
            trial.host = host
            #expect(try judge.verdict(trial) == "accepted", "\(host)")
        }
    }

    @Test("keys of every kind sign and are signed")
    func keys() throws {
        for kind in [KeyPair.Kind.p256, .p384, .p521, .ed25519, .rsa2048, .rsa(3072)] {
            let authority = try CertificateAuthority("Root", key: kind)
            let server = try authority.issue(.server("localhost")) { $0.key = kind }
            #expect(try judge.verdict(Trial(server)) == "accepted", "\(kind)")
        }
    }

    @Test("authorities in a chain of any length are presented with the certificate")
    func chains() throws {
        for depth in 0...4 {
            let server = try authority.chain(depth: depth).issue(.server("localhost"))
            #expect(server.intermediates.count == depth)
            #expect(try judge.verdict(Trial(server)) == "accepted", "\(depth)")
        }
    }

    @Test("time: expired, not yet valid, and only just valid")
    func validity() throws {
        #expect(try verdict { $0.validity = .expired } == "10")
        #expect(try verdict { $0.validity = .notYetValid } == "9")
        #expect(try verdict { $0.validity = .seconds(from: -5, to: 600) } == "accepted")
        #expect(try verdict { $0.validity = .absolute(from: 0, to: 253_402_300_799) } == "accepted")
    }

    @Test("names: of another host, in the common name alone, with a NUL, of an address spelled as a DNS name")
    func wrongNames() throws {
        #expect(try verdict(.server("other.test")) == "62")
        #expect(try verdict(.server("localhost")) { $0.alternativeNames = [] } == "62")
        #expect(try verdict(.server("localhost\0.other.test")) == "62")
        #expect(
            try verdict(.server("localhost"), host: "127.0.0.1") { $0.alternativeNames = [.dns("127.0.0.1")] } == "64")
        #expect(try verdict(.server("*.test"), host: "a.b.test") == "62")
    }

    @Test("chains: self-signed, of a stranger, with the one between missing or no authority, and too long")
    func wrongChains() throws {
        let own = try CertificateAuthority.selfSigned(.server("localhost"))
        #expect(try judge.verdict(Trial(own, root: authority.certificate)) == "18")
        let strange = try CertificateAuthority("Stranger").issue(.server("localhost"))
        #expect(try judge.verdict(Trial(strange, root: authority.certificate)) == "20")

        let between = try authority.intermediate()
        let incomplete = try between.issue(.server("localhost"))
        var trial = Trial(incomplete)
        trial.chain = incomplete.pem
        #expect(try judge.verdict(trial) == "20")

        let noAuthority = try authority.intermediate { $0.basicConstraints = .end }
        #expect(try judge.verdict(Trial(noAuthority.issue(.server("localhost")))) == "79")
        let cannotSign = try authority.intermediate { $0.keyUsage = [.digitalSignature] }
        #expect(try judge.verdict(Trial(cannotSign.issue(.server("localhost")))) == "79")
        let shortPath = try CertificateAuthority(.authority("Root", pathLength: 0)).intermediate()
        #expect(try judge.verdict(Trial(shortPath.issue(.server("localhost")))) == "25")
        #expect(try verdict { $0.hasBrokenSignature = true } == "7")
    }

    @Test("name constraints: what is permitted, what is not, and what is excluded")
    func nameConstraints() throws {
        let limited = try authority.intermediate {
            $0.nameConstraints = .init(permitted: ["test", "10.0.0.0/8", "fd00::/9"], excluded: ["bad.test"])
        }
        func verdict(_ name: String) throws -> String {
            var trial = Trial(try limited.issue(.server(name)))
            trial.host = name
            return try judge.verdict(trial)
        }
        #expect(try verdict("good.test") == "accepted")
        #expect(try verdict("10.1.2.3") == "accepted")
        #expect(try verdict("fd7f::1") == "accepted")
        #expect(try verdict("fd80::1") == "47")
        #expect(try verdict("11.1.2.3") == "47")
        #expect(try verdict("localhost") == "47")
        #expect(try verdict("very.bad.test") == "48")
    }

    @Test("usages: a client's for a server, and the other way round")
    func usages() throws {
        #expect(try verdict { $0.extendedKeyUsage = [.clientAuthentication] } == "26")
        #expect(try verdict { $0.extendedKeyUsage = [] } == "accepted")
        #expect(try verdict { $0.extendedKeyUsage = [.any] } == "26")

        var trial = Trial(try authority.issue(.server("localhost")))
        trial.client = try CertificateAuthority("Clients").intermediate().issue(.client("alice"))
        #expect(try judge.verdict(trial) == "accepted")
        trial.client = try authority.issue(.server("localhost"))
        #expect(try judge.verdict(trial) == "26")
    }

    @Test("weak things: RSA of 1024 bits, signatures with MD5 and SHA-1")
    func weak() throws {
        let rsa = try CertificateAuthority("RSA", key: .rsa2048)
        func verdict(_ change: (inout CertificateShape) -> Void) throws -> String {
            // Servers refuse to load such certificates, too: the client's view is that of a certificate between them.
            try judge.verdict(Trial(rsa.intermediate("Weak", change).issue(.server("localhost"))))
        }
        #expect(try verdict { $0.key = .rsa(1024) } == "CA_KEY_TOO_SMALL")
        #expect(try verdict { $0.signatureDigest = .md5 } == "CA_MD_TOO_WEAK")
        #expect(try verdict { $0.signatureDigest = .sha1 } == "CA_MD_TOO_WEAK")
        #expect(try verdict { $0.signatureDigest = .sha512 } == "accepted")
        #expect(try KeyPair(.rsa(512)).publicKeyDER.count == 94)
    }

    @Test("revocation: on the list, not on it, and with a list that is stale or a stranger's")
    func revocation() throws {
        let server = try authority.issue(.server("localhost"))
        let other = try authority.issue(.server("localhost"))
        func verdict(_ list: RevocationList) throws -> String {
            var trial = Trial(server)
            trial.revocationLists = list.pem
            return try judge.verdict(trial)
        }
        #expect(try verdict(authority.revocationList(revoking: [other, server])) == "23")
        #expect(try verdict(authority.revocationList(revoking: [other])) == "accepted")
        #expect(try verdict(authority.revocationList()) == "accepted")
        #expect(try verdict(authority.revocationList(validity: .expired)) == "12")
        #expect(try verdict(CertificateAuthority("Stranger").revocationList()) == "3")
    }

    @Test(
        "keys that are encrypted, in both forms, open with their password alone",
        arguments: [KeyPair.Form.pkcs8, .traditional])
    func encryptedKeys(_ form: KeyPair.Form) throws {
        let server = try authority.issue(.server("localhost"))
        var trial = Trial(server)
        trial.key = try server.key.pem(form, password: "open sesame")
        trial.password = "open sesame"
        #expect(try judge.verdict(trial) == "accepted")
        trial.password = "open barley"
        #expect(try judge.verdict(trial) != "accepted")
    }

    private func verdict(
        _ shape: CertificateShape = .server("localhost"), host: String = "localhost",
        _ change: (inout CertificateShape) -> Void = { _ in }
    ) throws -> String {
        var trial = Trial(try authority.issue(shape, change))
        trial.host = host
        return try judge.verdict(trial)
    }
}
