import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

/// The ports that a machine gives to those who ask for any. The errors are those of Linux, by trying it: `bind` says
/// EADDRINUSE when no port is left, and `connect` EADDRNOTAVAIL.
@Suite("Ports that the machine chooses")
struct EphemeralPortTests {
    private static let count = 16384
    private let network = LoopbackNetwork()

    private func open(
        _ backend: LoopbackBackend<IP>, to address: IP.SocketAddress, from local: IP.SocketAddress? = nil
    ) throws(TransportError) -> LoopbackStream<IP> {
        try backend.beginOpen(to: address, options: StreamOptions(localAddress: local))
    }

    @Test("When every port listens, no other one can, until one is given back")
    func allListen() throws {
        let backend = network.backend()
        var listeners = try (0..<Self.count).map { _ in
            try backend.beginListening(on: .v4(.any(port: 0)), options: ListenerOptions())
        }
        #expect(Set(try listeners.map { try $0.localAddress.port }) == Set(49152...65535))
        // Many tries, which would take for ever if each of them looked at all ports.
        for _ in 0..<500 {
            let error = caught { try backend.listen(on: .v4(.any(port: 0))) }
            #expect(error?.kind == .addressInUse)
            #expect(error?.operation == .bind)
            #expect(error?.explanation.contains("no port from 49152 to 65535 is free") == true)
        }
        #expect(caught { try backend.listen(on: .v4(.loopback(port: 0))) }?.kind == .addressInUse)
        // Neither what goes over IPv6 alone nor datagrams have to do with it, and a port that is named is no matter of choice.
        _ = try backend.listen(on: .v6(.any(port: 0)), options: ListenerOptions(dualStack: false))
        _ = try backend.datagramSocket(boundTo: .v4(.any(port: 0)))
        _ = try backend.listen(on: .v4(.any(port: 80)))
        let given = listeners.remove(at: 5000)
        given.close()
        #expect(try backend.listen(on: .v4(.any(port: 0))).localAddress == given.localAddress)
    }

    @Test(
        "When a machine has as many connections to an address as there are ports, it can have one to another address only"
    )
    func allConnected() throws {
        let backend = network.backend(on: "client")
        let target = IP.SocketAddress.v4(.init(network.host("server").ipv4, port: 1))
        let listener = try network.backend(on: "server").listen(on: .v4(.any(port: 1)))
        let other = try network.backend(on: "server").listen(on: .v4(.any(port: 2)))
        var streams = try (0..<Self.count).map { _ in try open(backend, to: target) }
        #expect(Set(try streams.map { try $0.localAddress.port }) == Set(49152...65535))
        for _ in 0..<500 {
            let error = caught { try open(backend, to: target) }
            #expect(error?.kind == .addressNotAvailable)
            #expect(error?.operation == .connect)
            #expect(error?.explanation.contains("no port from 49152 to 65535 is free") == true)
        }
        _ = try open(backend, to: .v4(.init(network.host("server").ipv4, port: 2)))
        _ = try open(network.backend(on: "another"), to: target)
        let given = streams.remove(at: 5000)
        given.close()
        #expect(try open(backend, to: target).localAddress == given.localAddress)
        listener.close()
        other.close()
    }

    @Test("Nobody goes out from a port that is listened on, nor by chance from that of another connection")
    func skipped() throws {
        let backend = network.backend()
        let listener = try backend.listen(on: .v4(.any(port: 49153)))
        let address = try listener.localAddress
        let streams = try (0..<2).map { _ in try open(backend, to: address) }
        #expect(try streams.map { try $0.localAddress.port } == [49152, 49154])
    }

    @Test("A local address that is asked for is one connection's, and a listener's")
    func demanded() throws {
        let backend = network.backend(on: "client")
        let listeners = try (1...2).map { port in try network.backend(on: "server").listen(on: .v4(.any(port: port))) }
        let targets = (1...2).map { IP.SocketAddress.v4(.init(network.host("server").ipv4, port: $0)) }
        let local = IP.SocketAddress.v4(.init(network.host("client").ipv4, port: 700))
        let first = try open(backend, to: targets[0], from: local)
        let error = caught { try open(backend, to: targets[0], from: local) }
        #expect(error?.kind == .addressInUse)
        #expect(error?.operation == .bind)
        // A refused one gives its address back at once.
        #expect(caught { try open(backend, to: .v4(.loopback(port: 9)), from: local) }?.kind == .connectionRefused)
        _ = try open(backend, to: targets[1], from: local)
        first.close()
        let second = try open(backend, to: targets[0], from: local)
        #expect(try second.localAddress == local)
        second.abort()
        let taken = try backend.listen(on: .v4(.any(port: 700)))
        #expect(caught { try open(backend, to: targets[0], from: local) }?.kind == .addressInUse)
        taken.close()
        for listener in listeners { listener.close() }
    }
}
