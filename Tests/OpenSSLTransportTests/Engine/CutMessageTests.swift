import COpenSSL
import LoopbackMockBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

/// A message of TLS 1.3 after the handshake, such as a ticket, may come in several records. As long as it is not whole,
/// libssl makes nothing for the peer.
@Suite("A message after the handshake that is not whole")
struct CutMessageTests {
    let pki: TestPKI

    init() throws { pki = try .usual() }

    /// A client of ours, a server of libssl, and the rest of a ticket that the server has begun to send.
    private func clientInTicket() throws -> (client: Connection<MockTLS>, server: RawPeer, rest: [UInt8]) {
        let identity = try pki.authority.issue(.client("somebody")).identity()
        let lower = try LoopbackNetwork().streams()
        let client = try TLSTransport(
            client: lower.0, configuration: pki.client { $0.identities = [identity] }, serverName: "localhost"
        )
        let server = try RawPeer(pki.server, over: lower.1) {
            SSL_CTX_set_num_tickets($0, 0)
            SSL_CTX_set_verify($0, SSL_VERIFY_PEER, { _, _ in 1 })
            SSL_CTX_set_session_id_context($0, "id", 2)
            // The client's certificate is in the ticket, which therefore does not fit one record.
            _ = SSL_CTX_ctrl($0, SSL_CTRL_SET_MAX_SEND_FRAGMENT, 512, nil)
        }
        try server.shakeHands(with: client)
        #expect(SSL_new_session_ticket(server.ssl) == 1)
        #expect(SSL_do_handshake(server.ssl) == 1)
        var records = [UInt8](repeating: 0, count: 65_536)
        let count = BIO_read(SSL_get_wbio(server.ssl), &records, Int32(records.count))
        records.removeSubrange(Int(count)...)
        let first = 5 + Int(records[3]) << 8 + Int(records[4])
        try #require(first < records.count)
        server.inject(Array(records[..<first]))
        try server.move()
        let connection = Connection(client, mode: .nonblocking)
        #expect(caught { try connection.receive(atMost: 1) }?.kind == .wouldBlock)
        return (connection, server, Array(records[first...]))
    }

    @Test("sending waits for the rest of it, and goes on")
    func sending() throws {
        let (client, server, rest) = try clientInTicket()
        #expect(caught { try client.sendAll("question") }?.kind == .wouldBlock)
        // Waiting is waiting: the time of the network stands still for whoever goes round and round.
        #expect(caught { try client.sendAll("question", timeout: .seconds(1)) }?.kind == .timedOut)
        #expect(try server.receive() == nil)
        ERR_clear_error()
        server.inject(rest)
        try server.move()
        try client.sendAll("question")
        #expect(try server.receive() == "question")
        try server.send("answer")
        #expect(try client.receive(atMost: 10) == Array("answer".utf8))
    }

    @Test("a stream that ends there is an error of sending, too")
    func cutOff() throws {
        let (a, first, _) = try clientInTicket()
        first.hangUp()
        #expect(caught { try a.sendAll("question") }?.kind == .truncated)
        let (b, second, _) = try clientInTicket()
        second.hangUp()
        #expect(caught { try b.shutdownWrite() }?.kind == .truncated)
    }

    @Test("ending waits for the rest of it, and the end is announced")
    func ending() throws {
        let (client, server, rest) = try clientInTicket()
        #expect(caught { try client.shutdownWrite() }?.kind == .wouldBlock)
        server.inject(rest)
        try server.move()
        try client.shutdownWrite()
        #expect(try server.receive() == nil)
        #expect(SSL_get_shutdown(server.ssl) & SSL_RECEIVED_SHUTDOWN != 0)
    }
}
