import COpenSSL
import LoopbackMockBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

@Suite("Sessions")
struct ResumptionTests {
    let pki: TestPKI

    init() throws { pki = try .usual() }

    /// Connects, has the server say something so that tickets go out, and tells whether a session was resumed.
    private func isResumed(
        _ client: TLSConfiguration, _ server: TLSConfiguration, name: String = "localhost", isCut: Bool = false
    ) throws -> Bool {
        let (a, b) = try mockPair(client: client, server: server, name: name)
        try shakeHands(a, b)
        let (c, s) = (Connection(a, mode: .nonblocking), Connection(b, mode: .nonblocking))
        try s.sendAll("hello")
        #expect(try c.receive(atMost: 10) == Array("hello".utf8))
        let isResumed = try #require(c.tls).isResumed
        if isCut { c.abort() } else { c.close() }
        s.close()
        return isResumed
    }

    @Test("L-38, L-39, TLS-15 the second connection resumes, in both versions", arguments: [TLSVersion.tls12, .tls13])
    func resumes(version: TLSVersion) throws {
        let client = try pki.client { $0.versions = version...version }
        let server = try pki.serverConfiguration()
        #expect(try !isResumed(client, server))
        #expect(try #require(client.sessionCache).count > 0)
        #expect(try isResumed(client, server))
        #expect(try isResumed(client, server))
        client.sessionCache?.removeAll()
        #expect(try !isResumed(client, server))
    }

    @Test("a session survives a connection that was cut, as RFC 5246 allows", arguments: [TLSVersion.tls12, .tls13])
    func resumesAfterCut(version: TLSVersion) throws {
        let client = try pki.client { $0.versions = version...version }
        let server = try pki.serverConfiguration()
        #expect(try !isResumed(client, server, isCut: true))
        #expect(try isResumed(client, server, isCut: true))
        #expect(try isResumed(client, server, isCut: true))
    }

    @Test("B-51 a session for one name is not offered for another one")
    func otherName() throws {
        let client = try pki.client()
        let server = try pki.serverConfiguration()
        #expect(try !isResumed(client, server))
        // Were the session offered, the name would not be checked.
        let (a, b) = try mockPair(client: client, server: server, name: "evil.example")
        #expect(handshakeErrors(a, b).client?.kind == .tlsHostNameMismatch)
    }

    @Test("B-51, B-52 a session of one configuration is not offered by another one that shares the cache")
    func otherConfiguration() throws {
        let cache = TLSSessionCache()
        let lax = try pki.client {
            $0.sessionCache = cache
            $0.verification = .dangerouslyNone
            $0.roots = .only([])
        }
        let full = try pki.client {
            $0.sessionCache = cache
            $0.roots = .only([])
        }
        let server = try pki.serverConfiguration()
        #expect(try !isResumed(lax, server))
        #expect(try isResumed(lax, server))
        let (a, b) = try mockPair(client: full, server: server)
        #expect(handshakeErrors(a, b).client?.kind == .tlsCertificateRejected)
        #expect(try !isResumed(lax, try pki.serverConfiguration()), "another configuration of the server")
    }

    @Test("B-51 a session of one port is not offered at another one, nor with other protocols")
    func otherPort() throws {
        let network = LoopbackNetwork()
        let keys = try TLSTicketKeys()
        let cache = TLSSessionCache()
        let client = try pki.client { $0.sessionCache = cache }
        // Both servers would resume each other's sessions.
        let server = try pki.serverConfiguration { $0.ticketKeys = keys }
        func isResumed(port: UInt16, _ client: TLSConfiguration) throws -> Bool {
            let (a, b) = try tlsPair(network.streams(port: port), client: client, server: server)
            try shakeHands(a, b)
            let (c, s) = (Connection(a, mode: .nonblocking), Connection(b, mode: .nonblocking))
            try s.sendAll("hello")
            _ = try c.receive(atMost: 10)
            return try #require(c.tls).isResumed
        }
        #expect(try !isResumed(port: 1000, client))
        #expect(try isResumed(port: 1000, client))
        #expect(try !isResumed(port: 1001, client))
        #expect(try isResumed(port: 1001, client))
        let other = try pki.client {
            $0.sessionCache = cache
            $0.applicationProtocols = ["other"]
        }
        #expect(try !isResumed(port: 1000, other))
    }

    @Test("B-52 a session of one virtual host is not resumed at another one", arguments: [TLSVersion.tls12, .tls13])
    func otherVirtualHost(version: TLSVersion) throws {
        let other = try pki.authority.issue(.server("other.example")).identity()
        let server = try pki.serverConfiguration {
            $0.chooseIdentity = { $0 == "other.example" ? .identity(other) : .usual }
        }
        // A client that means no good: it offers whatever session it has.
        func attempt(_ name: String, _ session: OpaquePointer?) throws -> (isResumed: Bool, session: OpaquePointer?) {
            let lower = try LoopbackNetwork().streams()
            let end = try TLSTransport(server: lower.0, configuration: server)
            let client = try RawPeer(over: lower.1) {
                _ = copenssl_ctx_set_max_proto_version($0, Int32(version.rawValue))
            }
            _ = copenssl_set_tlsext_host_name(client.ssl, name)
            if let session { SSL_set_session(client.ssl, session) }
            try client.shakeHands(with: end)
            let connection = Connection(end, mode: .nonblocking)
            try connection.sendAll("hello")
            #expect(try client.receive() == "hello")
            let isResumed = SSL_session_reused(client.ssl) == 1
            #expect(connection.tls?.isResumed == isResumed)
            // Otherwise libssl gives the session up.
            SSL_set_shutdown(client.ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
            return (isResumed, SSL_get1_session(client.ssl))
        }
        let first = try attempt("localhost", nil)
        defer { SSL_SESSION_free(first.session) }
        for (name, isResumed) in [("other.example", false), ("LOCALHOST", true)] {
            let next = try attempt(name, first.session)
            SSL_SESSION_free(next.session)
            #expect(next.isResumed == isResumed)
        }
    }

    @Test("B-53 the cache is bounded")
    func bounded() throws {
        let cache = TLSSessionCache(capacity: 1)
        let client = try pki.client { $0.sessionCache = cache }
        let server = try pki.serverConfiguration()
        for _ in 0..<10 { _ = try isResumed(client, server) }
        #expect((1...4).contains(cache.count))
        #expect(try !isResumed(client, server, name: "127.0.0.1"))
        #expect(try !isResumed(client, server), "forgotten in favour of the other one")
    }

    @Test("a server with client certificates resumes, too")
    func withClientCertificates() throws {
        let identity = try pki.authority.issue(.client("somebody")).identity()
        let client = try pki.client { $0.identities = [identity] }
        let server = try pki.serverConfiguration {
            $0.roots = .only([.pem(pki.authority.certificate.pem)])
            $0.clientAuthentication = .required
        }
        #expect(try !isResumed(client, server))
        #expect(try isResumed(client, server))
    }

    @Test("without resumption nothing is kept")
    func switchedOff() throws {
        let client = try pki.client { $0.resumesSessions = false }
        let server = try pki.serverConfiguration()
        #expect(client.sessionCache == nil)
        #expect(try !isResumed(client, server))
        #expect(try !isResumed(client, server))
    }
}
