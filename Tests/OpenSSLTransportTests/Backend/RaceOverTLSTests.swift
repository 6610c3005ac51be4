import LoopbackMockBackend
import OpenSSLTransport
import TestCertificateAuthority
import TestSupport
import Testing
import TransportCore

/// A host with an IPv6 and an IPv4 address, each with a server of its own, on an in-memory network.
private struct Scene {
    enum Server: Sendable {
        /// Makes the handshake with a certificate.
        case tls(TLSConfiguration)
        /// Accepts and says nothing.
        case silent
    }

    let network = LoopbackNetwork()
    let client: WithResolver<TLSBackend<LoopbackBackend<IP>>, HostsResolver<NoNames>>
    let listeners: [Listener<LoopbackListener<IP>>]
    let servers: [Server]
    let addresses: [IP.Address]

    init(six: Server, four: Server) throws {
        let (a, b) = (network.host("six"), network.host("four"))
        addresses = [.v6(a.ipv6), .v4(b.ipv4)]
        let network = network
        listeners = try ["six", "four"].map { try network.backend(on: $0).listen(port: 443) }
        servers = [six, four]
        let tls = try TLSBackend(over: network.backend(on: "client"), client: TestPKI.usual().client())
        client = tls.with(resolver: HostsResolver(HostsTable(["localhost": addresses])))
    }

    /// Serves whoever comes to one of the servers, for a minute of the network's time.
    func serve(_ index: Int) {
        guard let connection = try? listeners[index].accept(timeout: .seconds(60)) else { return }
        switch servers[index] {
        case .silent: _ = try? connection.receiveExactly(1 << 20, timeout: .seconds(60))
        case .tls(let configuration):
            guard let secure = try? connection.startTLS(acceptingWith: configuration, timeout: .seconds(60)) else {
                return connection.close()
            }
            if let bytes = try? secure.receiveExactly(4) { try? secure.sendAll(bytes) }
            secure.close()
        }
        connection.close()
    }

    /// Connects on this thread; gives the connection or the error.
    func connect(timeout: Duration = .seconds(10)) throws -> Result<String, TransportError> {
        let threads = try [0, 1].map { index in try network.spawn { serve(index) } }
        let result: Result<String, TransportError>
        do throws(TransportError) {
            let connection = try client.connect(host: "localhost", port: 443, timeout: timeout)
            try connection.sendAll("ping")
            result = .success("\(try connection.receiveExactly(4).count) from \(try connection.remoteAddress)")
            connection.close()
        } catch {
            result = .failure(error)
        }
        for listener in listeners { listener.close() }
        for thread in threads { try thread.join() }
        return result
    }

    /// Connects in a task.
    func connect(timeout: Duration = .seconds(10)) async throws -> Result<String, TransportError> {
        try await network.run {
            let threads = try [0, 1].map { index in try network.spawn { serve(index) } }
            let task = Task(executorPreference: network.executor) { () -> Result<String, TransportError> in
                do throws(TransportError) {
                    let connection = try await client.connect(host: "localhost", port: 443, timeout: timeout)
                    try await connection.sendAll("ping")
                    let count = try await connection.receiveExactly(4).count
                    let text = "\(count) from \(try connection.remoteAddress)"
                    connection.close()
                    return .success(text)
                } catch {
                    return .failure(error)
                }
            }
            let result = await task.value
            for listener in listeners { listener.close() }
            _ = threads
            return result
        }
    }
}

/// Happy Eyeballs over TLS: the race is won by the handshake, not by the connection below.
@Suite("Connecting by name over TLS", .unlessHung)
struct RaceOverTLSTests {
    let pki: TestPKI

    init() throws { pki = try .usual() }

    private func both(
        _ six: Scene.Server, _ four: Scene.Server, timeout: Duration = .seconds(10),
        _ check: (Scene, Result<String, TransportError>) -> Void
    ) async throws {
        let first = try Scene(six: six, four: four)
        let inThread: () throws -> Result<String, TransportError> = { try first.connect(timeout: timeout) }
        check(first, try inThread())
        let second = try Scene(six: six, four: four)
        check(second, try await second.connect(timeout: timeout))
    }

    @Test("CNT-05: a server that accepts and then says nothing loses to the next address, which begins 250 ms later")
    func silent() async throws {
        try await both(.silent, .tls(pki.serverConfiguration())) { scene, result in
            #expect((try? result.get()) == "4 from \(IP.SocketAddress(scene.addresses[1], port: 443))")
        }
    }

    @Test("CNT-05: a certificate that is refused at one address lets the next one have its turn")
    func refused() async throws {
        let stranger = try pki.serverConfiguration(with: CertificateAuthority("Other").issue(.server("localhost")))
        try await both(.tls(stranger), .tls(pki.serverConfiguration())) { scene, result in
            #expect((try? result.get()) == "4 from \(IP.SocketAddress(scene.addresses[1], port: 443))")
        }
    }

    @Test("CNT-08: when every certificate is refused it ends at once, and the error lists each with its reason")
    func allRefused() async throws {
        let stranger = try pki.serverConfiguration(with: CertificateAuthority("Other").issue(.server("localhost")))
        let other = try pki.serverConfiguration(with: pki.authority.issue(.server("elsewhere")))
        try await both(.tls(stranger), .tls(other)) { scene, result in
            guard case .failure(let error) = result else { return #expect(Bool(false), "it was connected") }
            #expect(error.attempts.map(\.kind) == [.tlsCertificateRejected, .tlsHostNameMismatch])
            #expect(error.attempts.map(\.operation) == [.handshake, .handshake])
            #expect(error.attempts.map(\.address) == scene.addresses.map { "\(IP.SocketAddress($0, port: 443))" })
            #expect(error.kind == .tlsHostNameMismatch)
            #expect(error.explanation.contains("elsewhere"))
        }
    }

    @Test("CNT-08: when time is up, the error says that it went into the handshakes")
    func timedOut() async throws {
        try await both(.silent, .silent, timeout: .seconds(2)) { _, result in
            guard case .failure(let error) = result else { return #expect(Bool(false), "it was connected") }
            #expect(error.kind == .timedOut)
            #expect(error.operation == .handshake)
            #expect(error.ledger.filter { $0.operation != .resolve }.map(\.operation) == [.handshake, .handshake])
            #expect(error.ledger.last?.end == .seconds(2))
            #expect(error.explanation.contains("handshake"))
        }
    }
}
