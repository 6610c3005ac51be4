import TestCertificateAuthority
import TestSupport
import Testing

@Suite("Shapes of certificates")
struct ShapeTests {
    @Test("names of every form are written, NULs and all, as Python reads them")
    func alternativeNames() throws {
        let certificate = try CertificateAuthority().issue(.server("a.test\0.b.test", "10.0.0.1", "fd00::1")) {
            $0.alternativeNames += [
                .uri("urn:x:y"), .email("me@example.test"), .directory(CertificateShape.Name("inside")),
                .registeredID("1.2.3.4"), .other("1.2.3.5", "ü"),
            ]
            $0.subject.attributes.insert(.init(.country, "DE"), at: 0)
        }
        let text = try pythonDecodes(certificate)
        let expected = [
            "('DNS', 'a.test\\x00.b.test')", "('IP Address', '10.0.0.1')", "('IP Address', 'FD00:0:0:0:0:0:0:1')",
            "('URI', 'urn:x:y')", "('email', 'me@example.test')", "('DirName', ((('commonName', 'inside'),),))",
            "('Registered ID', '1.2.3.4')", "('othername', '<unsupported>')",
            "'subject': ((('countryName', 'DE'),), (('commonName', 'a.test\\x00.b.test'),))",
        ]
        for part in expected { #expect(text.contains(part), "\(part) in \(text)") }
    }

    @Test(
        "times are written as RFC 5280 has them, whatever the year",
        arguments: [
            (0, "Jan  1 00:00:00 1970 GMT"), (951_782_399, "Feb 28 23:59:59 2000 GMT"),
            (951_782_400, "Feb 29 00:00:00 2000 GMT"), (2_524_607_999, "Dec 31 23:59:59 2049 GMT"),
            (2_524_608_000, "Jan  1 00:00:00 2050 GMT"), (-631_152_001, "Dec 31 23:59:59 1949 GMT"),
            (253_402_300_799, "Dec 31 23:59:59 9999 GMT"), (-62_135_596_800, "Jan  1 00:00:00 1 GMT"),
        ] as [(Int64, String)]
    )
    func times(_ seconds: Int64, _ text: String) throws {
        let certificate = try CertificateAuthority.selfSigned(.authority("Time")) {
            $0.validity = .absolute(from: seconds, to: seconds)
        }
        let decoded = try pythonDecodes(certificate)
        #expect(decoded.contains("'notBefore': '\(text)'"), "\(decoded)")
    }

    @Test("what cannot be written is an error that names it")
    func errors() throws {
        let authority = try CertificateAuthority()
        func complaint(_ change: (inout CertificateShape) -> Void) -> String {
            do {
                _ = try authority.issue(.server("localhost"), change)
                return "none"
            } catch { return error.description }
        }
        #expect(complaint { $0.alternativeNames = [.ip("localhost")] }.contains("\"localhost\" is no IP address"))
        #expect(complaint { $0.nameConstraints = .init(permitted: ["10.0.0.0/33"]) }.contains("is no network"))
        #expect(complaint { $0.extendedKeyUsage = [.init(rawValue: "1")] }.contains("is no object identifier"))
        #expect(complaint { $0.extendedKeyUsage = [.init(rawValue: "1.2.x")] }.contains("is no object identifier"))
        #expect(complaint { $0.validity = .absolute(from: .min, to: .max) }.contains("in no year"))
        #expect(complaint { $0.signatureDigest = .md5 }.contains("no ECDSA with MD5"))
    }

    @Test("a serial number, a moment and a key can be given")
    func given() throws {
        let key = try KeyPair()
        let authority = try CertificateAuthority()
        var shape = CertificateShape.server("localhost")
        shape.serialNumber = [0, 0x80, 1]
        shape.validity = .seconds(from: 0, to: 10)
        let certificate = try authority.issue(shape, key: key, now: 1_000_000_000)
        #expect(certificate.notBefore == 1_000_000_000)
        #expect(certificate.notAfter == 1_000_000_010)
        #expect(certificate.key == key)
        let text = try pythonDecodes(certificate)
        #expect(text.contains("'serialNumber': '8001'"))
        #expect(text.contains("'notBefore': 'Sep  9 01:46:40 2001 GMT'"))
    }

    /// What Python makes of a certificate.
    private func pythonDecodes(_ certificate: IssuedCertificate) throws -> String {
        let script = """
            import _ssl, sys, tempfile
            with tempfile.NamedTemporaryFile("w") as file:
                file.write(sys.argv[1])
                file.flush()
                print(_ssl._test_decode_cert(file.name))
            """
        return try ChildProcess.python(script, certificate.pem).readLine()
    }
}

extension CertificateAuthority {
    /// A certificate that signed itself, with a shape that is changed on the way.
    fileprivate static func selfSigned(
        _ shape: CertificateShape, _ change: (inout CertificateShape) -> Void
    ) throws -> IssuedCertificate {
        var shape = shape
        change(&shape)
        return try selfSigned(shape)
    }
}
