import BSDSocketBackend
import LoopbackMockBackend
import OpenSSLTransport
import TestCertificateAuthority
import TransportCore

typealias MockDTLS = DTLSTransport<LoopbackDatagrams<IP>>

extension TestPKI {
    /// The configuration of a client of datagrams that trusts the authority.
    func datagramClient(_ change: (inout TLSSettings) -> Void = { _ in }) throws -> DTLSConfiguration {
        var settings = clientSettings
        change(&settings)
        return try .client(settings)
    }

    /// The configuration of a server of datagrams with the usual identity.
    func datagramServer(_ change: (inout TLSSettings) -> Void = { _ in }) throws -> DTLSConfiguration {
        var settings = TLSSettings()
        change(&settings)
        return try .server(identity: server.identity(), settings)
    }
}

/// The port of servers in tests.
let serverPort: UInt16 = 4433

/// A server and a client of DTLS on two machines of an in-memory network.
struct MockDTLSPair {
    let network: LoopbackNetwork
    let server: DatagramSocket<MockDTLS>
    let client: DatagramSocket<MockDTLS>
    let address: IP.SocketAddress

    init(
        _ network: LoopbackNetwork = LoopbackNetwork(), client: DTLSConfiguration? = nil,
        server: DTLSConfiguration? = nil, name: String? = "localhost", limits: DTLSLimits = DTLSLimits()
    ) throws {
        let pki = try TestPKI.usual()
        self.network = network
        address = .v4(IPv4.SocketAddress(network.host("server").ipv4, port: serverPort))
        let serving = try DTLSBackend(
            over: network.backend(on: "server"), server: server ?? pki.datagramServer(), limits: limits)
        self.server = try serving.datagramSocket(boundTo: address)
        let asking = try DTLSBackend(
            over: network.backend(on: "client"), client: client ?? pki.datagramClient(), serverName: name)
        self.client = try asking.datagramSocket(connectedTo: address)
    }

    /// Has the server answer everything with itself, until it is closed.
    func echo() throws -> LoopbackThread<Int> { try echoing(server, in: network) }

    func close() {
        client.close()
        server.close()
    }
}

/// Has a socket answer everything with itself, until it is closed.
///
/// - Returns: The thread, which gives how many datagrams there were.
func echoing(_ socket: DatagramSocket<MockDTLS>, in network: LoopbackNetwork) throws -> LoopbackThread<Int> {
    try network.spawn {
        var count = 0
        while let (bytes, info) = try? socket.receive(atMost: 16_384) {
            try socket.send(bytes, to: info.sender)
            count += 1
        }
        return count
    }
}

extension LoopbackNetwork {
    /// The time in milliseconds.
    var milliseconds: Int64 { now.nanoseconds / 1_000_000 }
}
