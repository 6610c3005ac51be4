import LoopbackMockBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

/// What each end says of the alert that one of them sends.
@Suite("Alerts of TLS")
struct AlertTests {
    private let pki: TestPKI

    init() throws { pki = try .usual() }

    private func expect(
        _ alert: TLSAlert,
        from sender: WritableKeyPath<(client: TransportError?, server: TransportError?), TransportError?>,
        to receiver: WritableKeyPath<(client: TransportError?, server: TransportError?), TransportError?>,
        client: TLSConfiguration? = nil, server: TLSConfiguration? = nil, name: String = "localhost"
    ) throws {
        let (a, b) = try mockPair(client: client, server: server, name: name)
        var errors = handshakeErrors(a, b)
        if errors[keyPath: receiver] == nil {
            // In TLS 1.3 one end is through before the other one refuses.
            let end = Connection(sender == \.client ? b : a, mode: .nonblocking)
            errors[keyPath: receiver] = caught { try end.receive(atMost: 1) }
        }
        let (sent, received) = (errors[keyPath: sender], errors[keyPath: receiver])
        #expect(sent?.tlsAlertSent == alert)
        #expect(sent?.tlsAlert == nil)
        #expect(received?.tlsAlert == alert)
        #expect(received?.tlsAlertSent == nil)
        #expect(sent?.explanation.contains("\(alert)") == true)
    }

    @Test("the alert that one end sends is in its error, and in the other end's the alert that came")
    func both() throws {
        try expect(.unknownAuthority, from: \.client, to: \.server, client: pki.client { $0.roots = .only([]) })
        try expect(.badCertificate, from: \.client, to: \.server, name: "other.example")
        let expired = try pki.serverConfiguration(
            with: pki.authority.issue(.server("localhost")) { $0.validity = .expired })
        try expect(.certificateExpired, from: \.client, to: \.server, server: expired)
        try expect(
            .noApplicationProtocol, from: \.server, to: \.client,
            client: pki.client { $0.applicationProtocols = ["a"] },
            server: pki.serverConfiguration { $0.applicationProtocols = ["b"] })
        try expect(
            .unrecognizedName, from: \.server, to: \.client,
            server: pki.serverConfiguration { $0.chooseIdentity = { _ in .refuse(.unrecognizedName) } })
        try expect(
            .protocolVersion, from: \.server, to: \.client, client: pki.client { $0.versions = .tls12 ... .tls12 },
            server: pki.serverConfiguration { $0.versions = .tls13 ... .tls13 })
        try expect(
            .certificateRequired, from: \.server, to: \.client,
            server: pki.serverConfiguration {
                $0.clientAuthentication = .required
                $0.roots = .only([.pem(pki.authority.certificate.pem)])
            })
    }

    @Test("a record that somebody changed is answered by an alert, which the error tells")
    func changedRecord() throws {
        let lower = try LoopbackNetwork().streams()
        let (a, b) = try tlsPair(lower, client: pki.client(), server: pki.serverConfiguration())
        try shakeHands(a, b)
        let (client, server) = (Connection(a, mode: .nonblocking), Connection(b, mode: .nonblocking))
        _ = try lower.1.trySend(all: [23, 3, 3, 0, 40] + [UInt8](repeating: 1, count: 40))
        let error = caught { try client.receive(atMost: 1) }
        #expect(error?.kind == .tlsProtocolViolation)
        #expect(error?.tlsAlertSent?.rawValue == 20)
        #expect(caught { try server.receive(atMost: 1) }?.tlsAlert?.rawValue == 20)
    }
}
