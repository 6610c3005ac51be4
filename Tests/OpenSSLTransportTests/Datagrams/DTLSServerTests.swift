import BSDSocketBackend
import LoopbackMockBackend
@testable import OpenSSLTransport
import TestSupport
import Testing
import TransportCore
import TransportServers

/// `Server` of TransportServers at a socket of DTLS.
@Suite("Servers over DTLS")
struct DTLSServerTests {
    private static let asked: [UInt8] = Array(0..<20)

    @Test(
        "in tasks, slow handlers hold up neither each other nor the handshakes of others, also where datagrams are lost"
    )
    func tasks() async throws {
        let network = LoopbackNetwork(seed: 11)
        let pki = try TestPKI.usual()
        try await network.run {
            let server = Server()
            let pair = try MockDTLSPair(network)
            async let served: Void = server.serve(pair.server) { datagram in
                if datagram.bytes == [9] { try await network.sleep(for: .seconds(5)) }
                try await datagram.reply(datagram.bytes + [255])
            }
            try await pair.client.establish(timeout: .seconds(30))
            try await pair.client.send([9])
            for number in 0..<5 {
                network.fault(.loss, on: .datagrams.from("client \(number)").probability(0.3))
                let asking = try DTLSBackend(
                    over: network.backend(on: "client \(number)"), client: pki.datagramClient(), serverName: "localhost"
                )
                let client = try asking.datagramSocket(connectedTo: pair.address)
                try await client.establish(timeout: .seconds(60))
                var answer: [UInt8] = []
                while answer.isEmpty {
                    try await client.send([1, UInt8(number)])
                    answer = (try? await client.receive(atMost: 9, timeout: .milliseconds(500)).bytes) ?? []
                }
                #expect(answer == [1, UInt8(number), 255])
                client.close()
            }
            #expect(try await pair.client.receive(atMost: 9, timeout: .seconds(10)).bytes == [9, 255])
            pair.client.close()
            await server.stop(within: .seconds(1))
            try await served
            #expect(server.activeCount == 0)
        }
    }

    @Test("in threads, over UDP of the system, for several peers at the same time")
    func threads() throws {
        let pki = try TestPKI.usual()
        let serving = try DTLSBackend(over: SocketBackend<IPv4>(), server: pki.datagramServer())
        let socket = try serving.datagramSocket(boundTo: .loopback(port: 0))
        let address = try socket.localAddress
        let server = Server()
        let served = BackgroundCall { try server.serve(socket) { try $0.reply($0.bytes + [255]) } }
        let clients = (0..<3).map { number in
            BackgroundCall {
                let asking = try DTLSBackend(
                    over: SocketBackend<IPv4>(), client: pki.datagramClient(), serverName: "localhost")
                let client = try asking.datagramSocket(connectedTo: address)
                defer { client.close() }
                try client.establish(timeout: .seconds(20))
                var answers: [[UInt8]] = []
                for word in Self.asked {
                    try client.send([UInt8(number), word])
                    answers.append(try client.receive(atMost: 9, timeout: .seconds(20)).bytes)
                }
                return answers
            }
        }
        for (number, client) in clients.enumerated() {
            #expect(try client.value() == Self.asked.map { [UInt8(number), $0, 255] })
        }
        server.stop(within: .seconds(1))
        try served.value()
    }

    @Test("an endpoint holds memory for datagrams during steps alone")
    func memory() throws {
        let pair = try MockDTLSPair()
        let echo = try pair.echo()
        try pair.client.send("ping", timeout: .seconds(5))
        #expect(try pair.client.receive(atMost: 9, timeout: .seconds(5)).bytes == Array("ping".utf8))
        #expect(pair.client.transport.state.withLock { $0.memory == nil })
        #expect(pair.server.transport.state.withLock { $0.memory == nil })
        pair.close()
        _ = try echo.join()
    }
}
