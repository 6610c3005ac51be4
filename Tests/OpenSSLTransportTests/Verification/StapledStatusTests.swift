import Foundation
import LoopbackMockBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

@Suite("Stapled answers of OCSP")
struct StapledStatusTests {
    let pki: TestPKI
    let promising: IssuedCertificate

    init() throws {
        pki = try .usual()
        promising = try pki.authority.issue(.server("localhost")) { $0.extensions = [.mustStaple] }
    }

    /// What both ends say when a server staples an answer.
    private func errors(
        _ certificate: IssuedCertificate, _ response: [UInt8]?, _ stapled: TLSStapledStatus = .verified,
        _ change: (inout TLSSettings) -> Void = { _ in }
    ) throws -> (client: TransportError?, server: TransportError?) {
        let identity = try certificate.identity()
        let (a, b) = try mockPair(
            client: pki.client {
                $0.stapledStatus = stapled
                change(&$0)
            },
            server: pki.serverConfiguration {
                $0.identities = [identity]
                $0.statusToStaple = { response }
            })
        return handshakeErrors(a, b)
    }

    @Test("A-28 a good answer lets the server in, in both versions", arguments: [TLSVersion.tls12, .tls13])
    func good(version: TLSVersion) throws {
        for stapled in [TLSStapledStatus.ignored, .verified, .required] {
            for certificate in [pki.server, promising] {
                let response = try pki.authority.statusResponse(for: certificate)
                let errors = try errors(certificate, response, stapled) { $0.versions = version...version }
                #expect(errors.client == nil && errors.server == nil)
            }
        }
    }

    @Test(
        "A-28 without an answer, whoever has promised or needs one is refused", arguments: [TLSVersion.tls12, .tls13])
    func missing(version: TLSVersion) throws {
        func client(_ certificate: IssuedCertificate, _ stapled: TLSStapledStatus) throws -> TransportError? {
            try errors(certificate, nil, stapled) { $0.versions = version...version }.client
        }
        #expect(try client(pki.server, .ignored) == nil)
        #expect(try client(pki.server, .verified) == nil)
        #expect(try client(pki.server, .required)?.code?.value == 73)
        #expect(try client(promising, .ignored) == nil)
        let error = try client(promising, .verified)
        #expect(error?.kind == .tlsCertificateRejected)
        #expect(error?.message.contains("no answer") == true)
        #expect(error?.aftermath == .dead)
    }

    @Test("A-28 wrong, revoked, unknown and stale answers are refused, and the server hears of it")
    func refused() throws {
        let authority = pki.authority
        let other = try authority.issue(.server("localhost"))
        let stranger = try CertificateAuthority("Stranger")
        let responder = try stranger.issue(.client("responder")) { $0.extendedKeyUsage = [.ocspSigning] }
        let notCharged = try authority.issue(.client("responder"))
        var broken = try authority.statusResponse(for: pki.server)
        broken[broken.count - 1] ^= 1
        let answers: [([UInt8], Int32)] = try [
            (authority.statusResponse(for: pki.server, .revoked), 23),
            (authority.statusResponse(for: pki.server, .unknown), 75),
            (authority.statusResponse(for: pki.server, validity: .expired), 74),
            (authority.statusResponse(for: pki.server, validity: .notYetValid), 74),
            (authority.statusResponse(for: other), 74), (stranger.statusResponse(for: pki.server), 74),
            (authority.statusResponse(for: pki.server, signer: responder), 74),
            (authority.statusResponse(for: pki.server, signer: notCharged), 74), (broken, 74), ([1, 2, 3], 74),
            // "Try later."
            ([0x30, 0x03, 0x0A, 0x01, 0x03], 74),
        ]
        for (index, (response, code)) in answers.enumerated() {
            let errors = try errors(pki.server, response)
            #expect(errors.client?.code?.value == code, "\(index): \(String(describing: errors.client))")
            #expect(errors.client?.kind == .tlsCertificateRejected)
            #expect(errors.server?.tlsAlert == TLSAlert(rawValue: 113))
            #expect(try self.errors(pki.server, response, .ignored).client == nil)
        }
    }

    @Test("A-28 an authority may charge somebody with its answers")
    func responder() throws {
        let responder = try pki.authority.issue(.client("responder")) { $0.extendedKeyUsage = [.ocspSigning] }
        let response = try pki.authority.statusResponse(for: pki.server, signer: responder)
        #expect(try errors(pki.server, response).client == nil)
    }

    @Test("A-28 an answer is good at the time of the verification, and below an intermediate authority")
    func timeAndDepth() throws {
        let below = try pki.authority.intermediate("Below")
        let leaf = try below.issue(.server("localhost"))
        #expect(try errors(leaf, below.statusResponse(for: leaf), .required).client == nil)
        let past = leaf.notBefore + 60
        let response = try below.statusResponse(for: leaf, validity: .absolute(from: past - 10, to: past + 10))
        #expect(try errors(leaf, response) { $0.verificationTime = { past } }.client == nil)
        #expect(try errors(leaf, response) { $0.verificationTime = { past + 1000 } }.client?.code?.value == 74)
    }

    @Test(
        "A-28 answers that openssl makes are understood, and ours by it",
        .enabled(if: OpenSSLProgram.isThere, "no openssl"))
    func program() throws {
        let folder = try TemporaryDirectory()
        let root = try folder.write("root.pem", pki.authority.certificate.pem)
        let key = try folder.write("root.key", pki.authority.certificate.keyPEM)
        let leaf = try folder.write("leaf.pem", pki.server.pem)
        let serial = try Certificate(der: pki.server.der).serialNumber
        for (state, code) in [("V\t491231235959Z\t", nil), ("R\t491231235959Z\t200101000000Z", 23)]
            as [(String, Int32?)]
        {
            let index = try folder.write("index.txt", "\(state)\t\(serial)\tunknown\t/CN=localhost\n")
            let file = folder.path + "/answer.der"
            _ = try OpenSSLProgram.run([
                "ocsp", "-index", index, "-rsigner", root, "-rkey", key, "-CA", root, "-issuer", root, "-cert", leaf,
                "-ndays", "1", "-respout", file,
            ])
            let response = try Array(Data(contentsOf: URL(fileURLWithPath: file)))
            #expect(try errors(pki.server, response, .required).client?.code?.value == code)
        }
        for (status, word) in [(CertificateStatus.good, "good"), (.revoked, "revoked"), (.unknown, "unknown")] {
            let file = folder.path + "/ours.der"
            try Data(pki.authority.statusResponse(for: pki.server, status)).write(to: URL(fileURLWithPath: file))
            let said = try OpenSSLProgram.run([
                "ocsp", "-respin", file, "-CAfile", root, "-issuer", root, "-cert", leaf, "-no_nonce",
            ])
            #expect(said.contains("Response verify OK") && said.contains("leaf.pem: \(word)"), "\(said)")
        }
    }

    @Test("A-28 a session is resumed without another answer")
    func resumed() throws {
        let response = try pki.authority.statusResponse(for: promising)
        let identity = try promising.identity()
        let server = try pki.serverConfiguration {
            $0.identities = [identity]
            $0.statusToStaple = { response }
        }
        for version in [TLSVersion.tls12, .tls13] {
            let client = try pki.client {
                $0.stapledStatus = .required
                $0.versions = version...version
            }
            for isResumed in [false, true] {
                let (a, b) = try mockPair(client: client, server: server)
                try shakeHands(a, b)
                #expect(a.details?.isResumed == isResumed)
                let (c, s) = (Connection(a, mode: .nonblocking), Connection(b, mode: .nonblocking))
                try s.sendAll("x")
                _ = try c.receive(atMost: 1)
                c.close()
                s.close()
            }
        }
    }
}
