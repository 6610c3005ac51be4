import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

@Suite("Certificates as values")
struct CertificateTests {
    let authority: CertificateAuthority

    init() throws { authority = try CertificateAuthority("Test Authority") }

    /// One with everything in it that can be told about one.
    private func rich() throws -> IssuedCertificate {
        try authority.intermediate("Between", pathLength: 0).issue(.server("example.test", "10.0.0.1", "fd00::1")) {
            $0.subject = CertificateShape.Name([
                .init(.country, "DE"), .init(.state, "Baden/Württemberg"), .init(.organization, "A, B + C"),
                .init(.commonName, "example.test"), .init(.email, "me@example.test"),
            ])
            $0.alternativeNames += [
                .uri("https://example.test/x"), .email("me@example.test"), .directory("inside"),
                .registeredID("1.2.3.4"), .other("1.2.3.5", "ü"), .dns("*.example.test\0.org"), .ipBytes([1, 2, 3]),
            ]
            $0.serialNumber = [0x0A, 0xFF, 0x01]
            $0.extendedKeyUsage = [.serverAuthentication, .clientAuthentication]
            $0.extensions = [.mustStaple]
        }
    }

    @Test("what a certificate says is what it was made to say")
    func properties() throws {
        let issued = try rich()
        let certificate = try Certificate(der: issued.der)
        #expect(certificate.subject.attributes.map(\.shortName) == ["C", "ST", "O", "CN", "emailAddress"])
        #expect(certificate.subject["ST"] == ["Baden/Württemberg"])
        #expect(certificate.subject.commonName == "example.test")
        #expect(certificate.issuer.oneLine == "/CN=Between")
        #expect(certificate.serialNumber == "0AFF01")
        #expect(certificate.notBefore == issued.notBefore)
        #expect(certificate.notAfter == issued.notAfter)
        #expect(certificate.isValid(at: issued.notAfter) && !certificate.isValid(at: issued.notAfter + 1))
        #expect(certificate.isValid(at: issued.notBefore) && !certificate.isValid(at: issued.notBefore - 1))
        #expect(certificate.publicKey.der == issued.key.publicKeyDER)
        #expect(certificate.publicKey.description == "EC prime256v1 (256 bits)")
        #expect(certificate.signatureAlgorithm == "ecdsa-with-SHA256")
        #expect(certificate.keyUsage == .digitalSignature)
        #expect(certificate.extendedKeyUsage == [.serverAuthentication, .clientAuthentication])
        #expect(!certificate.isAuthority && !certificate.isSelfSigned)
        #expect(certificate.pathLength == nil)
        #expect(
            certificate.extensions.contains { $0.identifier == "1.3.6.1.5.5.7.1.24" && $0.value == [0x30, 3, 2, 1, 5] })
        #expect(
            certificate.description.hasPrefix("certificate of emailAddress=me@example.test,CN=example.test,O=A\\, B"))

        let between = try Certificate(der: issued.issuers[0])
        #expect(between.isAuthority && !between.isSelfSigned)
        #expect(between.pathLength == 0)
        #expect(between.keyUsage == [.certificateSigning, .revocationListSigning])
        #expect(between.extendedKeyUsage == nil)
        let root = try Certificate(der: issued.issuers[1])
        #expect(root.isAuthority && root.isSelfSigned && root.pathLength == nil)
    }

    @Test("L-49: alternative names of every form are kept, NULs and damage and all")
    func alternativeNames() throws {
        let names = try Certificate(der: rich().der).alternativeNames
        #expect(
            names.prefix(5) == [
                .dns("example.test"), .ip(try IP.Address(parsing: "10.0.0.1")), .ip(try IP.Address(parsing: "fd00::1")),
                .uri("https://example.test/x"), .email("me@example.test"),
            ])
        guard case .directory(let name) = names[5] else { throw Unexpected("\(names[5])") }
        #expect(name.oneLine == "/CN=inside")
        #expect(names[6] == .registeredID("1.2.3.4"))
        guard case .other(let other) = names[7] else { throw Unexpected("\(names[7])") }
        #expect(other == [0xA0, 0x0B, 0x06, 0x03, 0x2A, 0x03, 0x05, 0xA0, 0x04, 0x0C, 0x02, 0xC3, 0xBC])
        #expect(names[8] == .dns("*.example.test\0.org"))
        #expect(names[8].description == "DNS:*.example.test\\0.org")
        #expect(names[9] == .other(der: [0x87, 3, 1, 2, 3]))
    }

    @Test("L-49: a NUL in the subject is kept, not cut at")
    func nulInSubject() throws {
        let certificate = try Certificate(der: authority.issue(.server("good.test\0.evil.test")).der)
        #expect(certificate.subject.commonName == "good.test\0.evil.test")
        #expect(certificate.subject.oneLine == "/CN=good.test\\x00.evil.test")
        #expect(certificate.subject.description == "CN=good.test\\00.evil.test")
        #expect(certificate.alternativeNames == [.dns("good.test\0.evil.test")])
    }

    @Test("L-49: what cannot be understood in an extension breaks nothing")
    func damagedExtensions() throws {
        let certificate = try Certificate(
            der: authority.issue(.server("x.test")) {
                $0.extensions = [
                    .init("2.5.29.31", value: [0x30, 0x10, 0x30, 0x00]), .init("2.5.29.17", value: [0x30, 0x05, 0x82]),
                ]
            }.der
        )
        #expect(certificate.alternativeNames.isEmpty)
        #expect(certificate.extensions.map(\.identifier).contains("2.5.29.31"))
        #expect(certificate.subject.commonName == "x.test")
    }

    @Test("T04, T05 and more: OpenSSL's own program says the same", .enabled(if: OpenSSLProgram.isThere, "no openssl"))
    func comparedWithProgram() throws {
        for issued in [
            try rich(), authority.certificate, try authority.issue(.server("a\0b.test")) { $0.key = .ed25519 },
        ] {
            let certificate = try Certificate(der: issued.der)
            func ask(_ option: String) throws -> String {
                try OpenSSLProgram.run("x509", "-noout", option, "-nameopt", "compat", input: issued.pem)
            }
            #expect(try ask("-subject") == "subject=\(certificate.subject.oneLine)")
            #expect(try ask("-issuer") == "issuer=\(certificate.issuer.oneLine)")
            #expect(try ask("-serial") == "serial=\(certificate.serialNumber)")
            let short = try OpenSSLProgram.run(
                "x509", "-noout", "-subject", "-nameopt", "RFC2253,-esc_msb", input: issued.pem
            )
            #expect(short == "subject=\(certificate.subject)")
            let sha256 = try OpenSSLProgram.run("x509", "-noout", "-fingerprint", "-sha256", input: issued.pem)
            #expect(sha256 == "sha256 Fingerprint=\(certificate.fingerprint())")
            let sha1 = try OpenSSLProgram.run("x509", "-noout", "-fingerprint", "-sha1", input: issued.pem)
            #expect(sha1 == "sha1 Fingerprint=\(certificate.fingerprint(.sha1))")
            let end = try OpenSSLProgram.run("x509", "-noout", "-enddate", "-dateopt", "iso_8601", input: issued.pem)
            #expect(end == "notAfter=\(certificate.notAfterText)")
            let text = try OpenSSLProgram.run(
                "x509", "-noout", "-text", "-nameopt", "RFC2253,-esc_msb", input: issued.pem)
            #expect(certificate.text == text + "\n")
            #expect(try OpenSSLProgram.run("x509", input: issued.pem) + "\n" == certificate.pem)
        }
    }

    @Test(
        "keys of every kind",
        arguments: [
            (KeyPair.Kind.p384, "EC secp384r1 (384 bits)"), (.ed25519, "ED25519 (256 bits)"),
            (.rsa2048, "RSA (2048 bits)"),
            (.rsa(1024), "RSA (1024 bits)"),
        ])
    func keys(_ kind: KeyPair.Kind, _ text: String) throws {
        let issued = try authority.issue(.server("x.test")) { $0.key = kind }
        let key = try Certificate(der: issued.der).publicKey
        #expect(key.description == text)
        #expect(key.der == issued.key.publicKeyDER)
    }

    @Test("L-50 years beyond the two digits, and far beyond")
    func years() throws {
        let issued = try authority.issue(.server("x.test")) { $0.validity = .absolute(from: -1, to: 253_402_300_799) }
        let certificate = try Certificate(der: issued.der)
        #expect(certificate.notBefore == -1)
        #expect(certificate.notAfter == 253_402_300_799)
        #expect(certificate.notBeforeText == "1969-12-31 23:59:59Z")
        #expect(certificate.notAfterText == "9999-12-31 23:59:59Z")
    }

    @Test(
        "L-50 times are strict: what is none never holds",
        arguments: [
            ("270115080000Z", true), ("280229080000Z", true), ("270229080000Z", false), ("270115080060Z", false),
            ("270115080061Z", false), ("271315080000Z", false), ("270115240000Z", false), ("270115080000z", false),
            ("27011508000 Z", false), ("2701150800000", false),
        ])
    func times(_ time: String, isGood: Bool) throws {
        let end: Int64 = 1_800_000_000
        let issued = try authority.issue(.server("x.test")) { $0.validity = .absolute(from: 0, to: end) }
        var der = issued.der
        let place = try #require(der.firstRange(of: Array("270115080000Z".utf8)))
        der.replaceSubrange(place, with: time.utf8)
        let certificate = try Certificate(der: der)
        #expect((certificate.notAfter >= end) == isGood)
        #expect(certificate.isValid(at: end) == isGood)
        #expect(certificate.notAfterText.hasPrefix("never") != isGood)
    }

    @Test("equal bytes make equal certificates")
    func equality() throws {
        let issued = try authority.issue(.server("x.test"))
        let first = try Certificate(der: issued.der)
        let second = try Certificate(pem: issued.pem)
        #expect(first == second)
        #expect(Set([first, second, try Certificate(der: authority.certificate.der)]).count == 2)
        #expect(second.der == issued.der)
    }

    @Test("fingerprints are read and written", arguments: ["0A:FF:00", "0aff00"])
    func fingerprints(_ text: String) throws {
        let fingerprint = try #require(Certificate.Fingerprint(text))
        #expect(fingerprint.bytes == [0x0A, 0xFF, 0])
        #expect(fingerprint.description == "0A:FF:00")
        #expect(fingerprint.base64 == "Cv8A")
        for wrong in ["", ":", "0", "0A:", "0A:F", "0G", "0A FF", "0AFF:00", "0A:FF0"] {
            #expect(Certificate.Fingerprint(wrong) == nil, "\(wrong)")
        }
    }

    @Test("pins are read as they are written elsewhere, in Base64", arguments: ["sha256/", "sha256//"])
    func pins(_ prefix: String) throws {
        let key = try Certificate(der: TestPKI.usual().server.der).publicKey.fingerprint
        // Base64 may begin with a slash itself, of which there are one or two before it.
        let slashes = Certificate.Fingerprint(bytes: Array(repeating: 0xFF, count: 32))
        for pin in [key, slashes] { #expect(Certificate.Fingerprint(prefix + pin.base64) == pin) }
        let cut = key.base64.dropLast(4)
        for wrong in [
            "", "Cv8A", key.base64 + "AAAA", cut + " aa=", cut + "a===", cut + "=aa=", cut + "aé", "=" + key.base64,
            slashes.base64.dropLast(2) + "9=",  // a bit that nothing reads
        ] {
            #expect(Certificate.Fingerprint(prefix + wrong) == nil, "\(wrong)")
        }
    }

    @Test("a certificate is used by many threads at once")
    func shared() async throws {
        let certificate = try Certificate(der: rich().der)
        let expected = certificate.text
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    certificate.text == expected && !certificate.isAuthority && certificate.alternativeNames.count == 10
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}

/// Something came that was not expected.
struct Unexpected: Error {
    let text: String
    init(_ text: String) { self.text = text }
}
