import LoopbackMockBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

@Suite("What holds without a word")
struct DefaultsTests {
    let pki: TestPKI

    init() throws { pki = try .usual() }

    @Test("L-45 a client verifies chain and name, strictly; a server asks for no certificate")
    func defaults() throws {
        let client = try TLSConfiguration.client()
        #expect(client.settings.verification == .full)
        #expect(client.settings.strict)
        // Whoever is given as a root by itself is one all the same.
        #expect(!client.settings.allowsPartialChains)
        let (a, b) = try mockPair(client: client)
        #expect(handshakeErrors(a, b).client?.kind == .tlsCertificateRejected)
        #expect(caught { try mockPair(client: client, name: nil) }?.kind == .invalidArgument)

        let server = try TLSConfiguration.server(identity: pki.server.identity())
        #expect(server.settings.clientAuthentication == .none)
        let identity = try pki.authority.issue(.client("somebody")).identity()
        let (c, d) = try mockPair(client: pki.client { $0.identities = [identity] }, server: server)
        try shakeHands(c, d)
        #expect(d.details?.peerCertificates == [])
    }

    // There is one setting for both, so that a name without a chain, which proves nothing, cannot be asked for.
    @Test(
        "L-46 names are verified with the chain or not at all",
        arguments: [
            (TLSVerification.full, false, false), (.dangerouslyAnyHost, false, true), (.dangerouslyNone, true, true),
        ])
    func verification(_ verification: TLSVerification, takesStranger: Bool, takesOtherHost: Bool) throws {
        let stranger = try CertificateAuthority("Other").issue(.server("localhost"))
        let otherHost = try pki.authority.issue(.server("other.example"))
        for (certificate, isTaken) in [(stranger, takesStranger), (otherHost, takesOtherHost), (pki.server, true)] {
            let (a, b) = try mockPair(
                client: pki.client { $0.verification = verification },
                server: pki.serverConfiguration(with: certificate))
            #expect((handshakeErrors(a, b).client == nil) == isTaken)
        }
    }
}
