#if canImport(Glibc)
import BSDSocketBackend
import Glibc
import OpenSSLTransport
import TestCertificateAuthority
import TransportCore

/// The same with DTLS: one socket of a server for all, and a client for each.
func runDatagrams(_ count: Int) throws {
    func client(_ change: (inout TLSSettings) -> Void = { _ in }) throws -> DTLSConfiguration {
        var settings = TLSSettings()
        settings.roots = .only([.pem(authority.certificate.pem)])
        change(&settings)
        return try .client(settings)
    }
    func server(_ identity: TLSIdentity, _ change: (inout TLSSettings) -> Void = { _ in }) throws -> DTLSConfiguration {
        var settings = TLSSettings()
        settings.roots = .only([.pem(authority.certificate.pem)])
        change(&settings)
        return try .server(identity: identity, settings)
    }
    let limits = DTLSLimits(peers: 20, handshakeTime: .seconds(60))
    let sockets = SocketBackend<IPv4>(defaults: BackendDefaults(mode: .nonblocking))
    func endpoint(_ configuration: DTLSConfiguration) throws -> End {
        try DTLSBackend(over: sockets, server: configuration, limits: limits).datagramSocket(
            boundTo: .loopback(port: 0))
    }
    let usual = try endpoint(try server(identity) { $0.applicationProtocols = ["a"] })
    let servers = [
        usual, try endpoint(try server(stranger)), try endpoint(try server(expired)),
        try endpoint(try server(identity) { $0.clientAuthentication = .required }),
    ]
    let good = try client()
    let fresh = try client { $0.resumesSessions = false }
    let other = try client { $0.applicationProtocols = ["b"] }
    // The client, the server, the name, what becomes of it; nil is a client that goes away in the middle.
    let attempts: [(DTLSConfiguration, End, String, Bool?)] = [
        (good, usual, "localhost", true), (good, servers[1], "localhost", false), (fresh, usual, "localhost", true),
        (good, servers[2], "localhost", false), (good, usual, "localhost", true),
        (fresh, servers[3], "localhost", false),
        (good, usual, "localhost", true), (other, usual, "localhost", false), (fresh, usual, "localhost", true),
        (fresh, usual, "other.example", false), (good, usual, "localhost", true), (fresh, usual, "localhost", nil),
    ]
    var wrong = 0
    for number in 0..<count {
        if number == count / 3 { print(holdings()) }
        let (configuration, server, name, expected) = attempts[number % attempts.count]
        let backend = try DTLSBackend(over: sockets, client: configuration, serverName: name)
        let socket = try backend.datagramSocket(connectedTo: server.localAddress)
        let outcome = try shakeHands(socket, server, steps: expected == nil ? 2 : 100_000)
        if outcome != expected { wrong += 1 }
        // Clients that vanish leave their handshakes, which are safe for two seconds: too long for so many.
        if expected == nil { try server.transport.endAssociation(with: socket.localAddress) }
        socket.close()
        _ = try? server.receive(atMost: 1)
    }
    print(holdings())
    print("\(count) handshakes, \(wrong) with another outcome than expected")
    for server in servers { server.close() }
}

private typealias End = DatagramSocket<DTLSTransport<SocketDatagrams<IPv4>>>

/// Whether the handshake is done; nil when it was not over after so many steps.
private func shakeHands(_ client: End, _ server: End, steps: Int) throws -> Bool? {
    for _ in 0..<steps {
        do throws(TransportError) {
            try client.establish()
            try client.send("hello")
            return true
        } catch {
            if error.kind != .wouldBlock { return false }
        }
        do throws(TransportError) {
            _ = try server.receive(atMost: 100)
        } catch {
            guard error.kind == .wouldBlock else { throw error }
        }
    }
    return nil
}
#endif
