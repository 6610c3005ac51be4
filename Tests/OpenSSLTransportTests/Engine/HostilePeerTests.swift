import COpenSSL
import LoopbackMockBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

/// What a peer may do that keeps the letter of the protocol, and one that does not.
@Suite("Peers that mean no good")
struct HostilePeerTests {
    let pki: TestPKI

    init() throws { pki = try .usual() }

    /// A client of ours and a server of libssl, with the handshake done.
    private func clientAndRawServer(
        _ change: (inout TLSSettings) -> Void = { _ in }, _ configure: (OpaquePointer) -> Void = { _ in }
    ) throws -> (client: Connection<MockTLS>, server: RawPeer) {
        var profile = NetworkProfile.tcp
        profile.capacity = 4 << 20
        let lower = try LoopbackNetwork(profile: profile).streams()
        let client = try TLSTransport(client: lower.0, configuration: pki.client(change), serverName: "localhost")
        let server = try RawPeer(pki.server, over: lower.1) {
            SSL_CTX_set_num_tickets($0, 0)
            configure($0)
        }
        try server.shakeHands(with: client)
        return (Connection(client, mode: .nonblocking), server)
    }

    /// A server of ours and a client of libssl, without the handshake.
    private func serverAndRawClient(
        _ configuration: TLSConfiguration, _ configure: (OpaquePointer) -> Void = { _ in }
    ) throws -> (server: MockTLS, client: RawPeer) {
        let lower = try LoopbackNetwork().streams()
        return (
            try TLSTransport(server: lower.0, configuration: configuration), try RawPeer(over: lower.1, configure)
        )
    }

    @Test("B-36 ciphers of TLS 1.2: authenticated encryption with forward secrecy, and nothing else")
    func ciphers() throws {
        let rsa = try pki.authority.issue(.server("localhost")) { $0.key = .rsa2048 }
        let server = try pki.serverConfiguration { [server = pki.server] settings in
            settings.identities = [try? rsa.identity(), try? server.identity()].compactMap { $0 }
        }
        func rawClient(_ ciphers: String) throws -> (MockTLS, RawPeer) {
            try serverAndRawClient(server) {
                SSL_CTX_set_security_level($0, 0)
                SSL_CTX_set_cipher_list($0, ciphers)
                _ = copenssl_ctx_set_max_proto_version($0, TLS1_2_VERSION)
            }
        }
        let (_, all) = try rawClient("ALL:COMPLEMENTOFALL")
        var names: [String] = []
        while let name = SSL_get_cipher_list(all.ssl, Int32(names.count)) { names.append(String(cString: name)) }
        #expect(names.count > 50)
        let accepted = try names.filter { !$0.hasPrefix("TLS_") }.filter { name in
            let (server, client) = try rawClient(name)
            do { try client.shakeHands(with: server) } catch { return false }
            return true
        }
        #expect(
            accepted.sorted() == [
                "DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-GCM-SHA384", "DHE-RSA-CHACHA20-POLY1305",
                "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305",
                "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305",
            ])
    }

    @Test("B-37 a server that wants to shake hands again is refused, and nothing is compressed")
    func renegotiation() throws {
        let (client, server) = try clientAndRawServer { $0.versions = .tls12 ... .tls12 }
        #expect(SSL_get_current_compression(server.ssl) == nil)
        #expect(SSL_renegotiate(server.ssl) == 1)
        _ = SSL_do_handshake(server.ssl)
        try server.move()
        #expect(caught { try client.receive(atMost: 1) }?.kind == .wouldBlock)
        ERR_clear_error()
        #expect(try server.receive() == nil)
        #expect(server.firstError == SSL_R_NO_RENEGOTIATION)
    }

    @Test("B-37 a server without secure renegotiation is refused")
    func legacyServer() throws {
        let (client, server) = try relayed(client: pki.client { $0.versions = .tls12 ... .tls12 }) { isClient, bytes in
            isClient ? bytes : removingExtension([0xff, 0x01], fromServerHello: bytes)
        }
        #expect(client?.kind == .tlsProtocolViolation)
        #expect(client?.explanation.contains("unsafe legacy renegotiation disabled") == true)
        #expect(server?.tlsAlert == .handshakeFailure)
    }

    @Test("B-38 somebody between who hides that both ends have TLS 1.3 is found out")
    func downgrade() throws {
        let (client, server) = try relayed(client: pki.client()) { isClient, bytes in
            // The extension supported_versions becomes an unknown one.
            isClient
                ? replacing(
                    [0x00, 0x2b, 0x00, 0x05, 0x04, 3, 4, 3, 3], by: [0xfa, 0xfa, 0, 5, 4, 3, 4, 3, 3], in: bytes)
                : bytes
        }
        #expect(client?.explanation.contains("inappropriate fallback") == true)
        #expect(server?.tlsAlert == TLSAlert(rawValue: 47))
    }

    /// What becomes of a handshake with somebody between the two ends who changes what they say.
    private func relayed(
        client: TLSConfiguration, _ change: (_ isClient: Bool, [UInt8]) -> [UInt8]
    ) throws -> (client: TransportError?, server: TransportError?) {
        let network = LoopbackNetwork()
        let (near, far) = (try network.streams(), try network.streams())
        let a = try TLSTransport(client: near.0, configuration: client, serverName: "localhost")
        let b = try TLSTransport(server: far.1, configuration: pki.serverConfiguration())
        let (left, right) = (Connection(near.1, mode: .nonblocking), Connection(far.0, mode: .nonblocking))
        var errors: (client: TransportError?, server: TransportError?)
        for _ in 0..<20 {
            if errors.client == nil { errors.client = caught { try a.tryEstablish() } }
            if let bytes = try? left.receive(atMost: 65_536) { try right.sendAll(change(true, bytes)) }
            if errors.server == nil { errors.server = caught { try b.tryEstablish() } }
            if let bytes = try? right.receive(atMost: 65_536) { try left.sendAll(change(false, bytes)) }
        }
        return errors
    }

    @Test("L-40 a server cannot ask for a certificate after the handshake: no client of ours offers to show one then")
    func postHandshakeAuthentication() throws {
        let identity = try pki.authority.issue(.client("somebody")).identity()
        for (version, reason) in [
            (TLSVersion.tls13, SSL_R_EXTENSION_NOT_RECEIVED), (.tls12, SSL_R_WRONG_SSL_VERSION),
        ] {
            let (client, server) = try clientAndRawServer {
                $0.identities = [identity]
                $0.versions = version...version
            }
            ERR_clear_error()
            SSL_set_verify(server.ssl, SSL_VERIFY_PEER, nil)
            #expect(SSL_verify_client_post_handshake(server.ssl) == 0)
            #expect(server.firstError == reason)
            // The connection goes on, with nobody shown.
            try server.send("on")
            #expect(try client.receive(atMost: 10) == Array("on".utf8))
            #expect(SSL_get0_peer_certificate(server.ssl) == nil)
        }
    }

    @Test("B-54 nothing is offered or taken before the handshake")
    func earlyData() throws {
        let (server, client) = try serverAndRawClient(pki.serverConfiguration())
        try client.shakeHands(with: server)
        try Connection(server, mode: .nonblocking).sendAll("hello")
        #expect(try client.receive() == "hello")
        let session = SSL_get1_session(client.ssl)
        defer { SSL_SESSION_free(session) }
        #expect(SSL_SESSION_is_resumable(session) == 1)
        #expect(SSL_SESSION_get_max_early_data(session) == 0)
    }

    @Test("B-55 a name of 255 bytes is asked for as it is")
    func longServerName() throws {
        let name = String(repeating: "a", count: 63) + "." + String(repeating: "b", count: 191)
        let asked = Collected()
        let configuration = try pki.serverConfiguration {
            $0.chooseIdentity = { name in
                asked.add(name ?? "none")
                return .usual
            }
        }
        let (server, client) = try serverAndRawClient(configuration)
        #expect(copenssl_set_tlsext_host_name(client.ssl, name) == 1)
        try client.shakeHands(with: server)
        #expect(asked.all == [name])
        #expect(server.details?.serverName == name)
    }

    @Test("B-57 a storm of KeyUpdates and of tickets ends, and the bytes behind it come")
    func storms() throws {
        let cache = TLSSessionCache()
        let (client, server) = try clientAndRawServer { $0.sessionCache = cache }
        for _ in 0..<2000 {
            #expect(SSL_key_update(server.ssl, SSL_KEY_UPDATE_REQUESTED) == 1)
            #expect(SSL_do_handshake(server.ssl) == 1)
        }
        try server.send("behind the keys")
        #expect(try client.receive(atMost: 100) == Array("behind the keys".utf8))
        try client.sendAll("still here")
        #expect(try server.receive() == "still here")
        for _ in 0..<500 {
            #expect(SSL_new_session_ticket(server.ssl) == 1)
            #expect(SSL_do_handshake(server.ssl) == 1)
        }
        try server.send("behind the tickets")
        #expect(try received(client) == "behind the tickets")
        #expect((1...4).contains(cache.count))
    }

    /// What comes within a few steps.
    private func received(_ client: Connection<MockTLS>) throws -> String? {
        for _ in 0..<100 {
            if let bytes = try client.receiveIfThere(100) { return String(decoding: bytes, as: UTF8.self) }
        }
        return nil
    }

    @Test(
        "B-58 records: a few empty ones and one of the greatest size are fine, many empty ones and a larger one are not"
    )
    func recordSizes() throws {
        func forged(_ sizes: [Int]) throws -> (Connection<MockTLS>, RawPeer) {
            let log = Collected()
            let (client, server) = try clientAndRawServer {
                $0.keyLog = TLSKeyLog { log.add($0) }
                $0.cipherSuites = ["TLS_AES_128_GCM_SHA256"]
            }
            var records = try ForgedRecords(keyLog: log.all)
            for size in sizes { server.inject(try records.record(of: [UInt8](repeating: 7, count: size))) }
            try server.move()
            return (client, server)
        }
        let (a, _) = try forged([Int](repeating: 0, count: 16) + [1 << 14, 3])
        #expect(try a.receive(atMost: 20_000)?.count == (1 << 14) + 3)
        let (b, peer) = try forged([Int](repeating: 0, count: 1000))
        #expect(caught { try b.receive(atMost: 1) }?.kind == .tlsProtocolViolation)
        withExtendedLifetime(peer) {}
        let (c, other) = try forged([1, (1 << 14) + 1])
        #expect(try c.receive(atMost: 20_000) == [7])
        #expect(caught { try c.receive(atMost: 1) }?.kind == .tlsProtocolViolation)
        ERR_clear_error()
        #expect(try other.receive() == nil)
        #expect(other.firstError == SSL_R_TLSV1_ALERT_RECORD_OVERFLOW)
    }
}

/// Puts some bytes in the place of others that are there once.
private func replacing(_ old: [UInt8], by new: [UInt8], in bytes: [UInt8]) -> [UInt8] {
    guard let range = bytes.firstRange(of: old) else { return bytes }
    return Array(bytes[..<range.lowerBound]) + new + Array(bytes[range.upperBound...])
}

/// Takes an extension out of a ServerHello, which is the first message of its record.
private func removingExtension(_ type: [UInt8], fromServerHello bytes: [UInt8]) -> [UInt8] {
    guard bytes.first == 22, bytes.count > 50, bytes[5] == 2 else { return bytes }
    var bytes = bytes
    let list = 5 + 4 + 2 + 32 + 1 + Int(bytes[43]) + 3
    var position = list + 2
    while position + 4 <= list + 2 + number(bytes, list) {
        let count = 4 + number(bytes, position + 2)
        guard Array(bytes[position..<position + 2]) == type else {
            position += count
            continue
        }
        bytes.removeSubrange(position..<position + count)
        for place in [3, 7, list] {
            let size = number(bytes, place) - count
            bytes[place] = UInt8(size >> 8)
            bytes[place + 1] = UInt8(size & 0xff)
        }
        return bytes
    }
    return bytes
}

/// A number of two bytes.
private func number(_ bytes: [UInt8], _ position: Int) -> Int { Int(bytes[position]) << 8 + Int(bytes[position + 1]) }
