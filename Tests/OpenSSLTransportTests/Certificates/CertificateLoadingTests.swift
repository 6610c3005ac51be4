import Foundation
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

@Suite("Reading certificates")
struct CertificateLoadingTests {
    let issued: IssuedCertificate

    init() throws { issued = try CertificateAuthority().chain(depth: 2).issue(.server("x.test")) }

    @Test("a PEM of several gives all of them, in order, and passes over keys and text")
    func bundle() throws {
        let text = "Subject: something\n\(issued.keyPEM)\(issued.chainPEM)# the end\n\(issued.rootPEM)"
        let found = try Certificate.certificates(pem: text)
        #expect(found.map(\.der) == [issued.der] + issued.issuers)
        #expect(try Certificate(pem: text).der == issued.der)
        let encrypted = try issued.key.pem(.traditional, password: "x") + issued.pem
        #expect(try Certificate.certificates(pem: encrypted).map(\.der) == [issued.der])
        #expect(
            try Certificate.certificates(pem: issued.chainPEM.replacingOccurrences(of: "\n", with: "\r\n")).count == 3)
    }

    @Test("what is no certificate is an error with OpenSSL's words")
    func refusals() throws {
        func complaint(_ read: () throws -> some Any) -> String {
            let error = caught(read)
            #expect(error?.kind == .tlsUnusableMaterial)
            #expect(error?.operation == .loadCertificate)
            return error?.description ?? "none"
        }
        #expect(complaint { try Certificate(der: [2, 1, 0]) }.contains("wrong tag"))
        let long = issued.der + [0]
        #expect(complaint { try Certificate(der: long) }.contains("come 1 bytes"))
        let short = issued.der.dropLast()
        #expect(complaint { try Certificate(der: short) }.contains("too long"))
        #expect(
            complaint { try Certificate(pem: "") }.contains("no certificate in PEM"))
        let key = issued.keyPEM
        #expect(
            complaint { try Certificate(pem: key) }.contains("no certificate in PEM"))
        let cut = issued.pem + String(issued.pem.dropLast(30))
        let cutComplaint = complaint { try Certificate.certificates(pem: cut) }
        #expect(
            cutComplaint.contains("certificate 2 in PEM cannot be read: PEM routines: bad end line"), "\(cutComplaint)")
        let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        #expect(complaint { try Certificate(pem: garbage) }.contains("asn1"))
    }

    @Test("an encrypted certificate asks nobody for a password")
    func encrypted() throws {
        var lines = issued.pem.split(separator: "\n").map(String.init)
        lines.insert(
            contentsOf: ["Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF", ""], at: 1)
        let text = lines.joined(separator: "\n") + "\n"
        #expect(caught { try Certificate(pem: text) }?.kind == .tlsUnusableMaterial)
    }

    @Test("files: PEM, DER, none, not allowed, a folder, and the wrong thing")
    func files() throws {
        let folder = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent("certificates-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func file(_ name: String, _ bytes: [UInt8]) throws -> String {
            let url = folder.appendingPathComponent(name)
            try Data(bytes).write(to: url)
            return url.path
        }
        #expect(try Certificate(file: file("one.der", issued.der)).der == issued.der)
        let chain = try file("chain.pem", Array(issued.chainPEM.utf8))
        #expect(try Certificate.certificates(file: chain).count == 3)
        #expect(try Certificate(file: chain).der == issued.der)

        let missing = folder.appendingPathComponent("missing.pem").path
        let error = caught { try Certificate(file: missing) }
        #expect(error?.kind == .noSuchFile)
        #expect(error?.errno == ENOENT)
        #expect(error?.address == missing)
        #expect(caught { try Certificate(file: folder.path) }?.kind == .system)
        #expect(caught { try Certificate(file: file("text", [65, 66])) }?.kind == .tlsUnusableMaterial)
        #expect(caught { try Certificate(file: file("empty", [])) }?.kind == .tlsUnusableMaterial)
        #expect(caught { try Certificate(file: chain + "\0.txt") }?.kind == .invalidArgument)
    }

    @Test("no damaged byte and no cut makes anything but an error or a value")
    func damage() throws {
        let names: [CertificateShape.AlternativeName] = [.other("1.2.3", "x"), .directory("y"), .registeredID("1.2.3")]
        let whole = try CertificateAuthority().issue(.server("x.test", "::1")) { $0.alternativeNames += names }.der
        var values = 0
        for index in whole.indices {
            for change: UInt8 in [0x01, 0x80, 0xFF] {
                var bytes = whole
                bytes[index] ^= change
                guard let certificate = try? Certificate(der: bytes) else { continue }
                values += 1
                // Everything can be asked of what was read, whatever it is.
                #expect(certificate.der == bytes || !certificate.der.isEmpty)
                _ = (certificate.description, certificate.text, certificate.alternativeNames, certificate.extensions)
                _ = (certificate.publicKey, certificate.keyUsage, certificate.extendedKeyUsage, certificate.pathLength)
                _ = (certificate.isAuthority, certificate.isSelfSigned, certificate.serialNumber, certificate.notBefore)
            }
            #expect(throws: TransportError.self) { try Certificate(der: whole.prefix(index)) }
        }
        #expect(values > 100)
    }
}
