// DTLS over UDP, both ends in one process and one thread; not in C.

import BSDSocketBackend
import CWorkloads
import OpenSSLTransport
import TransportCore

private typealias Socket = DatagramSocket<DTLSTransport<SocketDatagrams<IPv4>>>

/// A server, and what makes its clients.
private struct Ends {
    let server: Socket
    let clients: DTLSBackend<SocketBackend<IPv4>>
    let address: IPv4.SocketAddress

    init(_ options: PeerOptions) throws {
        let identity = TLSMaterial.file(String(cString: tls_identity_path(options.path)))
        var settings = TLSSettings()
        settings.roots = .only([.file(String(cString: options.path))])
        settings.resumesSessions = false
        let sockets = SocketBackend<IPv4>(defaults: BackendDefaults(mode: .nonblocking))
        let configuration = try DTLSConfiguration.server(
            identity: TLSIdentity(certificates: identity, key: identity), settings)
        // Room for all.
        server = try DTLSBackend(
            over: sockets, server: configuration, limits: DTLSLimits(peers: 100_000, peersPerAddress: 100_000)
        )
        .datagramSocket(boundTo: .loopback(port: 0))
        clients = try DTLSBackend(over: sockets, client: .client(settings), serverName: "localhost")
        address = try server.localAddress
    }

    /// A client whose handshake is done.
    nonisolated func client() throws -> Socket {
        let socket = try clients.datagramSocket(connectedTo: address)
        while try !isDone({ () throws(TransportError) in try socket.establish() }) {
            _ = try isDone { () throws(TransportError) in _ = try server.receive(atMost: 1) }
        }
        return socket
    }

    nonisolated func isDone(_ body: () throws(TransportError) -> Void) throws -> Bool {
        do throws(TransportError) {
            try body()
            return true
        } catch {
            guard error.kind == .wouldBlock else { throw error }
            return false
        }
    }

    /// A message there and back; what the system has is there at once.
    nonisolated func pass(_ client: Socket, _ buffer: inout [UInt8]) throws {
        try client.send(buffer)
        let info = try server.receive(into: &buffer)
        try server.send(buffer, to: info.sender)
        _ = try client.receive(into: &buffer)
    }
}

nonisolated func overDTLS(_ options: PeerOptions) throws {
    guard !options.timeout_mode else { return withUnsafePointer(to: options) { peer_not_written($0) } }
    let ends = try Ends(options)
    var buffer = [UInt8](repeating: 1, count: Int(peer_message_size))
    switch String(cString: options.workload) {
    case "dtls-pingpong":
        let client = try ends.client()
        try measure(options, bytesPerOperation: peer_message_size) { try ends.pass(client, &buffer) }
    case "dtls-handshake":
        try measure(options, bytesPerOperation: peer_message_size) {
            let client = try ends.client()
            try ends.pass(client, &buffer)
            client.close()
            // The goodbye.
            _ = try ends.isDone { () throws(TransportError) in _ = try ends.server.receive(atMost: 1) }
        }
    default:
        var clients: [Socket] = []
        for _ in 0..<Int(options.warmup + options.operations) {
            clients.append(try ends.client())
            try ends.pass(clients[clients.count - 1], &buffer)
        }
        var both = peer_holdings()
        for client in clients { client.close() }
        clients.removeAll(keepingCapacity: true)
        var alone = peer_holdings()
        withUnsafePointer(to: options) { peer_report_holdings($0, &both, &alone) }
        ends.server.close()
    }
}
