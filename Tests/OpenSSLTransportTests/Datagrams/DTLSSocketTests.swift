import BSDSocketBackend
import OpenSSLTransport
import TestSupport
import Testing
import TransportCore

/// Over UDP of the system, with threads.
@Suite("DTLS over sockets")
struct DTLSSocketTests {
    @Test("one thread receives while another sends, and a server serves several")
    func duplex() throws {
        let pki = try TestPKI.usual()
        let serving = try DTLSBackend(over: SocketBackend<IPv4>(), server: pki.datagramServer())
        let server = try serving.datagramSocket(boundTo: .loopback(port: 0))
        let address = try server.localAddress
        let echo = BackgroundCall {
            var count = 0
            while let (bytes, info) = try? server.receive(atMost: 2000) {
                try server.send(bytes, to: info.sender)
                count += 1
            }
            return count
        }
        let asking = try DTLSBackend(
            over: SocketBackend<IPv4>(), client: pki.datagramClient(), serverName: "localhost")
        let clients = try (0..<3).map { _ in try asking.datagramSocket(connectedTo: address) }
        let received = clients.map { _ in Locked(0) }
        let readers = zip(clients, received).map { client, received in
            BackgroundCall {
                var sum = 0
                for _ in 0..<200 {
                    sum += try client.receive(atMost: 2000, timeout: .seconds(20)).bytes.count
                    received.withLock { $0 += 1 }
                    received.wakeAll()
                }
                return sum
            }
        }
        let writers = zip(clients, received).map { client, received in
            BackgroundCall {
                for number in 1...200 {
                    // With few on their way nothing is lost on this machine.
                    _ = received.wait(until: Patience.end) { $0 + 8 > number ? true : nil }
                    try client.send([UInt8](repeating: 1, count: number), timeout: .seconds(20))
                }
            }
        }
        for writer in writers { try writer.value() }
        for reader in readers { #expect(try reader.value() == 200 * 201 / 2) }
        for client in clients { client.close() }
        server.close()
        #expect(try echo.value() == 600)
    }

    @Test("a datagram of a known peer costs one call of the endpoint below in each direction")
    func cost() throws {
        let pki = try TestPKI.usual()
        let calls = Locked((sends: 0, receives: 0))
        let socket = SocketBackend<IPv4>()
        let server = try DTLSTransport(
            over: socket.openDatagrams(boundTo: .loopback(port: 0), connectedTo: nil, options: []),
            server: pki.datagramServer(), randomNumber: { socket.randomNumber() })
        let client = try DTLSTransport(
            over: Counted(
                lower: socket.openDatagrams(boundTo: nil, connectedTo: server.localAddress, options: []), calls: calls),
            client: pki.datagramClient(), serverName: "localhost", randomNumber: { socket.randomNumber() })
        let (asking, answering) = (DatagramSocket(client), DatagramSocket(server))
        let echo = BackgroundCall {
            while let (bytes, info) = try? answering.receive(atMost: 2000) {
                try answering.send(bytes, to: info.sender)
            }
        }
        try asking.establish(timeout: .seconds(20))
        calls.withLock { $0 = (0, 0) }
        for _ in 0..<10 {
            try asking.send("ping")
            _ = try asking.wait(for: .readable, timeout: .seconds(20))
            _ = try asking.receive(atMost: 100)
        }
        #expect(calls.withLock { $0 } == (10, 10))
        asking.close()
        answering.close()
        try echo.value()
    }
}

/// An endpoint that counts what is asked of it.
private struct Counted<Lower: DatagramTransport>: DatagramLayer {
    let lower: Lower
    let calls: Locked<(sends: Int, receives: Int)>

    func trySend(_ bytes: RawSpan, to address: Lower.Family.SocketAddress?) throws(TransportError) -> SendStep {
        calls.withLock { $0.sends += 1 }
        return try lower.trySend(bytes, to: address)
    }

    func tryReceive(
        into buffer: inout OutputRawSpan
    ) throws(TransportError) -> DatagramStep<Lower.Family.SocketAddress> {
        calls.withLock { $0.receives += 1 }
        return try lower.tryReceive(into: &buffer)
    }
}
