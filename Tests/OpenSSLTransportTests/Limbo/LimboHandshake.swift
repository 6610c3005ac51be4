import Glibc
import LoopbackMockBackend
import OpenSSLTransport
import TestCertificateAuthority
import TransportCore

/// A case played as a handshake of the two ends of a stream in memory.
enum LimboHandshake {
    struct Verdict: Sendable {
        /// What kept the peer out; nil let it in.
        let refusal: TransportError?
        /// How much of a processor's time both ends took together.
        let processorTime: Duration
    }

    /// Plays a case, with our defaults and what the case says.
    static func play(
        _ one: LimboCase, _ pki: TestPKI, _ change: (inout TLSSettings) -> Void = { _ in }
    ) throws -> Verdict {
        let start = threadTime
        let identity = try TLSIdentity(
            certificates: .pem(([one.peerCertificate] + one.untrustedIntermediates).joined(separator: "\n")),
            key: .pem(one.peerCertificateKey ?? "")
        )
        var refusal: TransportError?
        do throws(TransportError) {
            refusal = try shakeHands(one, identity, pki, change)
        } catch {
            // Nobody is let in by a configuration that is refused.
            refusal = error
        }
        return Verdict(refusal: refusal, processorTime: threadTime - start)
    }

    /// The processor time that this thread has used: the machine may be busy with other tests, too.
    private static var threadTime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
    }

    private static func shakeHands(
        _ one: LimboCase, _ identity: TLSIdentity, _ pki: TestPKI, _ change: (inout TLSSettings) -> Void
    ) throws(TransportError) -> TransportError? {
        // The one who verifies: our defaults and the case's roots, time, depth and revocation lists.
        var verifier = TLSSettings()
        verifier.roots = .only(one.trustedCerts.map { .pem($0) })
        if let time = one.verificationTime { verifier.verificationTime = { time } }
        if let depth = one.maxChainDepth { verifier.maximumChainDepth = depth }
        if !one.crls.isEmpty {
            verifier.revocation = .peer
            verifier.revocationLists = one.crls.map { .pem($0) }
        }
        // The one who is verified shows whatever it has, which is often what nobody should have.
        var shower = TLSSettings()
        shower.identities = [identity]
        shower.securityLevel = 0
        shower.cipherList = "ALL"
        change(&verifier)
        do {
            if one.isClients {
                verifier.clientAuthentication = .required
                shower.roots = .only([.pem(pki.authority.certificate.pem)])
                let (client, server) = try mockPair(
                    client: .client(shower), server: .server(identity: pki.server.identity(), verifier)
                )
                return handshakeErrors(client, server).server
            }
            if one.expectedPeerName == nil { verifier.verification = .dangerouslyAnyHost }
            let (client, server) = try mockPair(
                client: .client(verifier), server: .server(shower), name: one.expectedPeerName?.value
            )
            return handshakeErrors(client, server).client
        } catch let error as TransportError {
            throw error
        } catch {
            throw TransportError(.invalidState, operation: .open).with(message: "\(error)")
        }
    }
}
