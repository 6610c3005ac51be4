import LoopbackMockBackend
import OpenSSLTransport
import TestSupport
import Testing
import TransportCore

@Suite("Ends of TLS")
struct EndingTests {
    private static let versions: [TLSVersion] = [.tls12, .tls13]

    /// Two connections whose handshake is done, and the transports below them.
    private func pair(
        _ change: (inout TLSSettings) -> Void = { _ in }
    ) throws -> (
        client: Connection<MockTLS>, server: Connection<MockTLS>, below: (LoopbackStream<IPv4>, LoopbackStream<IPv4>)
    ) {
        let pki = try TestPKI.usual()
        let lower = try LoopbackNetwork().streams()
        let (a, b) = try tlsPair(lower, client: pki.client(change), server: pki.serverConfiguration(change))
        try shakeHands(a, b)
        return (Connection(a, mode: .nonblocking), Connection(b, mode: .nonblocking), lower)
    }

    @Test(
        "B-39, B-42, L-25, L-47 an end that was not announced is truncation, every time, after the bytes before it",
        arguments: Self.versions)
    func truncation(version: TLSVersion) throws {
        let (client, server, below) = try pair { $0.versions = version...version }
        try server.sendAll("all there is")
        below.1.close()
        #expect(try client.receive(atMost: 100) == Array("all there is".utf8))
        #expect(caught { try client.receive(atMost: 1) }?.kind == .truncated)
        #expect(caught { try client.receive(atMost: 1) }?.kind == .truncated)
    }

    @Test("L-25 such an end can be accepted")
    func acceptedTruncation() throws {
        let (client, server, below) = try pair { $0.missingCloseNotify = .acceptAsEnd }
        below.1.close()
        withExtendedLifetime(server) {}
        #expect(try client.receive(atMost: 1) == nil)
        #expect(!client.facts.contains(.detectsTruncation))
    }

    @Test("B-40 a reset is a reset", arguments: Self.versions)
    func reset(version: TLSVersion) throws {
        let (client, server, below) = try pair { $0.versions = version...version }
        below.1.abort()
        #expect(caught { try client.receive(atMost: 1) }?.kind == .connectionReset)
        withExtendedLifetime(server) {}
    }

    @Test("B-41, TLS-04 close_notify is an end", arguments: Self.versions)
    func closeNotify(version: TLSVersion) throws {
        let (client, server, _) = try pair { $0.versions = version...version }
        server.close()
        #expect(try client.receive(atMost: 1) == nil)
        #expect(try client.receive(atMost: 1) == nil)
    }

    @Test(
        "B-43, L-26, TLS-05 after the own end the other direction goes on, and sending is a broken pipe",
        arguments: Self.versions)
    func halfClose(version: TLSVersion) throws {
        let (client, server, _) = try pair { $0.versions = version...version }
        try client.sendAll("question")
        try client.shutdownWrite()
        #expect(caught { try client.sendAll("more") }?.kind == .brokenPipe)
        #expect(try server.receive(atMost: 100) == Array("question".utf8))
        #expect(try server.receive(atMost: 100) == nil)
        try server.sendAll("answer")
        #expect(try client.receive(atMost: 100) == Array("answer".utf8))
        try server.shutdownWrite()
        #expect(try client.receive(atMost: 100) == nil)
    }

    @Test("B-44 closing comes back in its time though the peer goes on sending")
    func talkativePeer() throws {
        let network = LoopbackNetwork()
        let pki = try TestPKI.usual()
        let (a, b) = try tlsPair(network.streams(), client: pki.client(), server: pki.serverConfiguration())
        try shakeHands(a, b)
        let client = Connection(a)
        let server = Connection(b)
        let clock = network.backend(for: IPv4.self)
        let thread = try network.spawn {
            let bytes = [UInt8](repeating: 1, count: 4096)
            // Virtual time goes on only while everybody waits.
            while (try? server.sendAll(bytes, timeout: .seconds(1))) != nil { try? clock.sleep(for: .milliseconds(1)) }
        }
        let begin = client.transport.now
        #expect(try client.close(timeout: .seconds(2)) == false)
        #expect(begin.duration(to: client.transport.now) <= .seconds(3))
        server.close()
        try thread.join()
    }

    @Test("TLS-06 a client that only writes and closes resets nothing: tickets do not go out before bytes do")
    func writeOnlyClient() throws {
        let (client, server, below) = try pair()
        // Nothing is there for a client that never reads.
        #expect(!client.transport.hasBufferedInput)
        #expect(try below.0.hasNothing())
        try client.sendAll("written")
        client.close()
        #expect(try server.receive(atMost: 100) == Array("written".utf8))
        #expect(try server.receive(atMost: 100) == nil)
    }

    @Test(
        "B-46 a failed connection is not ended in the proper way: the peer is told by the alert alone",
        arguments: Self.versions)
    func afterFailure(version: TLSVersion) throws {
        let (client, server, below) = try pair { $0.versions = version...version }
        // A record that nobody encrypted.
        let bytes: [UInt8] = [23, 3, 3, 0, 32] + [UInt8](repeating: 7, count: 32)
        #expect(try below.1.trySend(all: bytes))
        #expect(caught { try client.receive(atMost: 1) }?.kind == .tlsProtocolViolation)
        #expect(caught { try client.sendAll("x") }?.kind == .tlsProtocolViolation)
        client.close()
        let error = caught { try server.receive(atMost: 1) }
        #expect(error?.kind == .tlsAlertReceived)
        #expect(error?.tlsAlert == TLSAlert(rawValue: 20))
    }

    @Test("L-28 no bytes are no bytes, and never reach libssl")
    func zeroLength() throws {
        let (client, server, below) = try pair()
        #expect(try client.send([UInt8]()) == 0)
        #expect(try client.receive(atMost: 0) == [])
        #expect(try below.1.hasNothing())
        withExtendedLifetime(server) {}
    }

    @Test("L-30, B-60 bytes that are decrypted already count as readable")
    func pending() throws {
        let (client, server, _) = try pair()
        try server.sendAll("abcdef")
        #expect(try client.receive(atMost: 1) == Array("a".utf8))
        #expect(client.query(TLSBytesPending.self) == 5)
        #expect(try client.wait(for: .readable, timeout: .zero))
        #expect(try client.receive(atMost: 10) == Array("bcdef".utf8))
    }
}
