import LoopbackMockBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

@Suite("What two ends agree on")
struct ProtocolTests {
    let pki: TestPKI

    init() throws { pki = try .usual() }

    @Test("L-01 a configuration of the wrong side is refused")
    func wrongSide() throws {
        let lower = try LoopbackNetwork().streams()
        let (client, server) = (try pki.client(), try pki.serverConfiguration())
        #expect(
            caught { try TLSTransport(client: lower.0, configuration: server, serverName: "localhost") }?.kind
                == .invalidArgument)
        #expect(caught { try TLSTransport(server: lower.0, configuration: client) }?.kind == .invalidArgument)
    }

    @Test("L-15 ends without a version in common say so")
    func versions() throws {
        let (a, b) = try mockPair(
            client: pki.client { $0.versions = .tls12 ... .tls12 },
            server: pki.serverConfiguration { $0.versions = .tls13 ... .tls13 })
        let errors = handshakeErrors(a, b)
        #expect(errors.client?.kind == .tlsVersionMismatch)
        #expect(errors.server?.kind == .tlsVersionMismatch)
    }

    @Test("B-35 TLS 1.2 alone works, with forward secrecy and authenticated encryption")
    func tls12() throws {
        let (a, b) = try mockPair(client: pki.client { $0.versions = .tls12 ... .tls12 })
        try shakeHands(a, b)
        let details = try #require(a.details)
        #expect(details.version == .tls12)
        #expect(details.cipherSuite.hasPrefix("TLS_ECDHE_"))
    }

    @Test("L-16 ends without a cipher in common fail on both sides")
    func ciphers() throws {
        let (a, b) = try mockPair(
            client: pki.client {
                $0.versions = .tls12 ... .tls12
                $0.cipherList = "ECDHE-ECDSA-AES128-GCM-SHA256"
            },
            server: pki.serverConfiguration { $0.cipherList = "ECDHE-ECDSA-AES256-GCM-SHA384" })
        let errors = handshakeErrors(a, b)
        #expect(errors.client?.kind == .tlsAlertReceived)
        #expect(errors.client?.tlsAlert == .handshakeFailure)
        #expect(errors.server?.kind == .tlsNoCommonParameters)
    }

    @Test("L-17 groups are agreed on, or not")
    func groups() throws {
        let (a, b) = try mockPair(
            client: pki.client { $0.groups = ["P-384"] },
            server: pki.serverConfiguration { $0.groups = ["P-256", "P-384"] })
        try shakeHands(a, b)
        #expect(a.details?.group == "secp384r1")
        let (c, d) = try mockPair(
            client: pki.client { $0.groups = ["P-384"] }, server: pki.serverConfiguration { $0.groups = ["X25519"] })
        #expect(handshakeErrors(c, d).server?.kind == .tlsNoCommonParameters)
    }

    @Test("L-35, B-56 the server's first protocol that is offered wins; none in common is an alert")
    func applicationProtocols() throws {
        func agreed(_ client: [String], _ server: [String]) throws -> String? {
            let (a, b) = try mockPair(
                client: pki.client { $0.applicationProtocols = client },
                server: pki.serverConfiguration { $0.applicationProtocols = server })
            try shakeHands(a, b)
            #expect(a.details?.applicationProtocol == b.details?.applicationProtocol)
            return a.details?.applicationProtocol
        }
        #expect(try agreed([], []) == nil)
        #expect(try agreed([], ["h2"]) == nil)
        #expect(try agreed(["h2"], []) == nil)
        #expect(try agreed(["http/1.1", "h2"], ["h2", "http/1.1"]) == "h2")
        let (a, b) = try mockPair(
            client: pki.client { $0.applicationProtocols = ["a"] },
            server: pki.serverConfiguration { $0.applicationProtocols = ["b"] })
        let errors = handshakeErrors(a, b)
        #expect(errors.client?.tlsAlert == .noApplicationProtocol)
        #expect(errors.server?.kind == .tlsNoCommonParameters)
        #expect(
            try agreed([String(repeating: "a", count: 255)], [String(repeating: "a", count: 255)])?.utf8.count == 255)
        for name in ["", String(repeating: "a", count: 256)] {
            #expect(caught { try pki.client { $0.applicationProtocols = [name] } }?.kind == .invalidArgument)
        }
    }

    @Test("L-36, L-37, B-55 the server chooses its identity by the name that it is asked for, or refuses")
    func serverNames() throws {
        let other = try pki.authority.issue(.server("other.example"))
        let identity = try other.identity()
        let server = try pki.serverConfiguration {
            $0.chooseIdentity = { name in
                switch name {
                case "other.example": .identity(identity)
                case "refused.example": .refuse(.unrecognizedName)
                default: .usual
                }
            }
        }
        let (a, b) = try mockPair(server: server, name: "OTHER.example")
        try shakeHands(a, b)
        #expect(try a.details?.peerCertificates.first == Certificate(der: other.der))
        #expect(b.details?.serverName == "other.example")
        let (c, d) = try mockPair(server: server, name: "127.0.0.1")
        try shakeHands(c, d)
        #expect(d.details?.serverName == nil)
        let (e, f) = try mockPair(server: server, name: "refused.example")
        #expect(handshakeErrors(e, f).client?.tlsAlert == .unrecognizedName)
    }

    @Test("L-13 a server with two kinds of keys shows the one that the client can use")
    func twoIdentities() throws {
        let rsa = try pki.authority.issue(.server("localhost")) { $0.key = .rsa2048 }
        let server = try pki.serverConfiguration {
            $0.identities = [try? rsa.identity(), try? pki.server.identity()].compactMap { $0 }
        }
        for (algorithm, key) in [("RSA-PSS+SHA256", "RSA"), ("ECDSA+SHA256", "EC")] {
            // The authority signs with ECDSA, which a client must take in certificates.
            let (a, b) = try mockPair(
                client: pki.client {
                    $0.versions = .tls12 ... .tls12
                    $0.cipherList = key == "RSA" ? "ECDHE-RSA-AES128-GCM-SHA256" : "ECDHE-ECDSA-AES128-GCM-SHA256"
                    $0.signatureAlgorithms = key == "RSA" ? [algorithm, "ECDSA+SHA256"] : [algorithm]
                }, server: server)
            try shakeHands(a, b)
            #expect(a.details?.peerCertificates.first?.publicKey.algorithm == key)
        }
    }

    @Test("A-33, L-14 a server asks for a certificate, and may insist")
    func clientCertificates() throws {
        let certificate = try pki.authority.issue(.client("somebody"))
        let identity = try certificate.identity()
        let required = try pki.serverConfiguration {
            $0.roots = .only([.pem(pki.authority.certificate.pem)])
            $0.clientAuthentication = .required
        }
        let (a, b) = try mockPair(client: pki.client { $0.identities = [identity] }, server: required)
        try shakeHands(a, b)
        #expect(try b.details?.peerCertificates.first == Certificate(der: certificate.der))
        #expect(b.details?.isPeerVerified == true)
        for versions in [TLSVersion.tls12 ... .tls12, .tls13 ... .tls13] {
            let (c, d) = try mockPair(client: pki.client { $0.versions = versions }, server: required)
            let errors = handshakeErrors(c, d)
            #expect(errors.server?.kind == .tlsCertificateRequired)
            // TLS 1.3: the client is through, and learns of it when it receives.
            let client = Connection(c, mode: .nonblocking)
            let error = errors.client ?? caught { try client.receive(atMost: 1) }
            #expect(error?.kind == .tlsAlertReceived)
        }
        let stranger = try CertificateAuthority("Other").issue(.client("stranger")).identity()
        let (e, f) = try mockPair(client: pki.client { $0.identities = [stranger] }, server: required)
        #expect(handshakeErrors(e, f).server?.kind == .tlsCertificateRejected)
        #expect(
            caught {
                try TLSConfiguration.server(
                    identity: pki.server.identity(),
                    {
                        var s = TLSSettings(); s.roots = .only([]); s.clientAuthentication = .required; return s
                    }())
            }?.kind
                == .invalidArgument)
    }

    @Test("L-22, B-49, TLS-09 a peer that speaks plain text is told by its first bytes")
    func plainText() throws {
        let lower = try LoopbackNetwork().streams()
        let client = try TLSTransport(client: lower.0, configuration: pki.client(), serverName: "localhost")
        #expect(try lower.1.trySend(all: Array("220 mail.example ESMTP\r\n".utf8)))
        let error = caught { while true { if try client.tryEstablish() == .done { break } } }
        #expect(error?.kind == .tlsNotSpoken)
        #expect(error?.operation == .handshake)
        #expect(error?.message.contains("220 mail.exampl") == true)
        #expect(caught { try client.tryEstablish() }?.kind == .tlsNotSpoken)
    }

    @Test(
        "L-20, L-21, B-49, CVE-2023-40217 a peer that goes before or during the handshake is an error, and nothing of it is delivered"
    )
    func rudePeers() throws {
        for text in ["", "secret"] {
            let lower = try LoopbackNetwork().streams()
            let server = try TLSTransport(server: lower.0, configuration: pki.serverConfiguration())
            let peer = Connection(lower.1, mode: .nonblocking)
            if !text.isEmpty { try peer.sendAll(text) }
            peer.close()
            let error = caught { try Connection(server, mode: .nonblocking).receive(atMost: 100) }
            #expect(error?.kind == (text.isEmpty ? .truncated : .tlsNotSpoken))
            #expect(error?.operation == .handshake, "whatever was called")
            #expect(error?.aftermath == .dead)
        }
        // The client has said its part, and goes when the server has answered.
        let lower = try LoopbackNetwork().streams()
        let (a, b) = try tlsPair(lower, client: pki.client(), server: pki.serverConfiguration())
        guard case .wouldBlock = try a.tryEstablish() else { throw Unexpected("done alone") }
        guard case .wouldBlock = try b.tryEstablish() else { throw Unexpected("done with half of it") }
        lower.0.abort()
        let server = Connection(b, mode: .nonblocking)
        // The second one is not even begun.
        for operation in [TransportError.Operation.handshake, .receive] {
            let error = caught { try server.receive(atMost: 100) }
            #expect(error?.kind == .connectionReset)
            #expect(error?.operation == operation)
        }
        #expect(server.tls == nil)
    }

    @Test("L-18, B-48 a handshake ends with its deadline, in virtual time")
    func handshakeTimeout() throws {
        let network = LoopbackNetwork()
        let lower = try network.streams()
        let client = Connection(try TLSTransport(client: lower.0, configuration: pki.client(), serverName: "localhost"))
        let begin = client.transport.now
        let error = caught { try client.establish(timeout: .milliseconds(200)) }
        #expect(error?.kind == .timedOut)
        #expect(error?.operation == .handshake)
        #expect(error?.message.contains("TLS handshake") == true)
        #expect(begin.duration(to: client.transport.now) == .milliseconds(200))
    }

    @Test("L-41 pre-shared keys", arguments: [TLSVersion.tls12, .tls13])
    func preSharedKeys(version: TLSVersion) throws {
        let key = [UInt8](repeating: 5, count: 32)
        func ends(_ offered: [UInt8]) throws -> (MockTLS, MockTLS) {
            var client = TLSSettings()
            client.roots = .only([])
            client.preSharedKeys = .client(identity: "cliënt", key: offered)
            client.versions = version...version
            var server = TLSSettings()
            server.preSharedKeys = .server(hint: "who?") { $0 == "cliënt" ? key : nil }
            return try mockPair(client: .client(client), server: .server(server))
        }
        let (a, b) = try ends(key)
        try shakeHands(a, b)
        #expect(a.details?.isPeerVerified == false)
        let (c, d) = try ends([UInt8](repeating: 6, count: 32))
        let errors = handshakeErrors(c, d)
        #expect(errors.client != nil || errors.server != nil)
    }

    @Test("L-44, B-65 the key log is written where it is asked for alone")
    func keyLog() throws {
        let lines = Collected()
        let (a, b) = try mockPair(client: pki.client { $0.keyLog = TLSKeyLog { lines.add($0) } })
        try shakeHands(a, b)
        #expect(lines.all.count == 5)
        #expect(lines.all.contains { $0.hasPrefix("CLIENT_HANDSHAKE_TRAFFIC_SECRET ") })
    }

    @Test(
        "L-42, B-66 both ends export the same, and bind to the same: tls-exporter in place of tls-unique, in all versions",
        arguments: [TLSVersion.tls12, .tls13])
    func channelBinding(version: TLSVersion) throws {
        let client = try pki.client { $0.versions = version...version }
        let (a, b) = try mockPair(client: client)
        #expect(caught { try a.exportKeyingMaterial(label: "EXPORTER-x", count: 32) }?.kind == .invalidState)
        try shakeHands(a, b)
        #expect(
            try a.exportKeyingMaterial(label: "EXPORTER-x", count: 40)
                == b.exportKeyingMaterial(label: "EXPORTER-x", count: 40))
        #expect(a.query(TLSExporterBinding.self)?.count == 32)
        #expect(a.query(TLSExporterBinding.self) == b.query(TLSExporterBinding.self))
        let (c, d) = try mockPair(client: client)
        try shakeHands(c, d)
        #expect(c.query(TLSExporterBinding.self)?.count == 32)
        #expect(c.query(TLSExporterBinding.self) != a.query(TLSExporterBinding.self))
        let fingerprint = try Certificate(der: pki.server.der).fingerprint().bytes
        #expect(a.query(TLSServerEndPointBinding.self) == fingerprint)
        #expect(b.query(TLSServerEndPointBinding.self) == fingerprint)
    }
}

/// Lines that come from callbacks.
final class Collected: Sendable {
    private let lines = Locked<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func add(_ line: String) { lines.withLock { $0.append(line) } }
}
