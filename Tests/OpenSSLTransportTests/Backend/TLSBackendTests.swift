import BSDSocketBackend
import LoopbackMockBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

@Suite("TLS over a backend")
struct TLSBackendTests {
    let pki: TestPKI

    init() throws { pki = try .usual() }

    private func backend<B: Backend>(over base: B, serverName: String? = nil) throws -> TLSBackend<B> {
        try TLSBackend(
            over: base, client: pki.client(), server: pki.serverConfiguration(), serverName: serverName)
    }

    @Test("L-31 a client written against any backend has TLS over the mock, by name")
    func mock() throws {
        let network = LoopbackNetwork()
        let backend = try backend(over: network.backend())
        let listener = try backend.listen(on: .v6(.loopback(port: 0)))
        let thread = try network.spawn {
            guard let server = try? listener.accept() else { return }
            if let bytes = try? server.receiveExactly(4) { try? server.sendAll(bytes) }
            _ = try? server.close(timeout: .seconds(1))
        }
        let client = try backend.connect(host: "localhost", port: try listener.localAddress.port, timeout: .seconds(3))
        try client.sendAll("ping")
        #expect(try client.receiveExactly(4) == Array("ping".utf8))
        #expect(client.tls?.serverName == "localhost")
        #expect(try client.close(timeout: .seconds(1)))
        try thread.join()
    }

    @Test("an address without a name is refused before anything is connected; a name can be given")
    func names() throws {
        let network = LoopbackNetwork()
        let backend = try backend(over: network.backend(for: IPv4.self))
        let error = caught { try backend.connect(to: .loopback(port: 9)) }
        #expect(error?.kind == .invalidArgument)
        #expect(error?.message.contains("name") == true)
        var options = StreamOptions<IPv4>()
        options.peerName = "no name"
        #expect(caught { try backend.connect(to: .loopback(port: 9), options: options) }?.kind == .invalidArgument)
        options.peerName = "localhost"
        #expect(caught { try backend.connect(to: .loopback(port: 9), options: options) }?.kind == .connectionRefused)
    }

    @Test("L-18 connecting to a server that says nothing times out, and says that it was the handshake")
    func silentServer() throws {
        let network = LoopbackNetwork()
        let base = network.backend(for: IPv4.self)
        let listener = try base.listen(on: .loopback(port: 0))
        let backend = try backend(over: base, serverName: "localhost")
        let begin = backend.now
        let address = try listener.localAddress
        let error = caught { try backend.connect(to: address, timeout: .seconds(2)) }
        #expect(error?.kind == .timedOut)
        #expect(error?.message.contains("handshake") == true)
        #expect(begin.duration(to: backend.now) == .seconds(2))
    }

    @Test("B-2 a listener needs a certificate, and configurations their place")
    func configurations() throws {
        let base = SocketBackend<IPv4>()
        let client = try TLSBackend(over: base, client: pki.client())
        #expect(caught { try client.listen(on: .loopback(port: 0)) }?.kind == .invalidArgument)
        let plain = try base.listen(on: .loopback(port: 0))
        #expect(caught { try client.listen(over: plain) }?.kind == .invalidArgument)
        #expect(!plain.isClosed, "the listener stays as it is")
        plain.close()
        #expect(caught { try TLSBackend(over: base, client: pki.serverConfiguration()) }?.kind == .invalidArgument)
        #expect(caught { try TLSBackend(over: base, client: pki.client(), server: pki.client()) } != nil)
    }

    @Test("TLS-01, TLS-14, L-51, B-61 tasks over sockets: many bytes both ways at once")
    func tasks() async throws {
        let backend = try backend(over: SocketBackend<IPv4>(), serverName: "localhost")
        let listener = try backend.listen(on: .loopback(port: 0))
        let bytes = (0..<(4 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let address = try listener.localAddress
        async let accepted = listener.accept(timeout: patience)
        async let connected = Task {
            try await backend.connect(to: address, timeout: patience)
        }.value
        let server = try await accepted
        async let fromClient = server.receiveExactly(bytes.count, timeout: patience)
        let client = try await connected
        async let toClient: Void = server.sendAll(bytes, timeout: patience)
        async let toServer: Void = client.sendAll(bytes, timeout: patience)
        let fromServer = try await client.receiveExactly(bytes.count, timeout: patience)
        #expect(fromServer == bytes)
        #expect(try await fromClient == bytes)
        _ = try await (toClient, toServer)
        async let closed = client.close(timeout: patience)
        #expect(try await server.receive(atMost: 1, timeout: patience) == nil)
        #expect(try await server.close(timeout: patience))
        #expect(try await closed)
    }
}
