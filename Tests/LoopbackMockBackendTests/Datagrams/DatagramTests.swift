import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

/// What datagrams carry, and whom they reach. What one machine's datagrams do step by step is compared with the kernel's
/// in `DatagramDifferentialTests`.
@Suite("Datagrams")
struct DatagramTests {
    private let network = LoopbackNetwork()
    private var server: LoopbackBackend<IP> { network.backend(on: "server") }
    private var client: LoopbackBackend<IP> { network.backend(on: "client") }

    private func address(of host: String, _ port: UInt16) -> IP.SocketAddress {
        .v4(IPv4.SocketAddress(network.host(host).ipv4, port: port))
    }

    @Test("E-01, DGR-05: datagrams go between machines, and back to their senders")
    func betweenMachines() throws {
        let socket = try server.datagramSocket(boundTo: .v4(.any(port: 53)))
        let asking = try client.datagramSocket()
        #expect(try asking.localAddress == .v6(.any(port: 0)))
        try asking.send("question", to: address(of: "server", 53))
        let (bytes, info) = try socket.receive(atMost: 99)
        #expect(String(bytes) == "question")
        #expect(info.sender?.address == .v4(network.host("client").ipv4))
        try socket.send("answer", to: info.sender)
        let answer = try asking.receive(atMost: 99)
        #expect(String(answer.bytes) == "answer")
        #expect(answer.info.sender == address(of: "server", 53))
        #expect(try asking.localAddress.port == info.sender?.port)
    }

    @Test("DGR-04: over IPv6 a datagram has up to 65,527 bytes")
    func largestOverIPv6() throws {
        let socket = try server.datagramSocket(boundTo: .v6(.loopback(port: 1)), connectedTo: .v6(.loopback(port: 1)))
        try socket.send(pattern(65527))
        #expect(try socket.receive(atMost: 70000).bytes == pattern(65527))
        let error = caught { try socket.send(pattern(65528)) }
        #expect(error?.kind == .messageTooLarge)
        #expect(error?.aftermath == .usable)
    }

    @Test("What finds no room is lost, and nobody is told")
    func full() throws {
        let network = LoopbackNetwork(datagrams: DatagramProfile(capacity: 2, isReliable: false))
        let backend = network.backend()
        let socket = try backend.datagramSocket(boundTo: .v4(.loopback(port: 1)), connectedTo: .v4(.loopback(port: 1)))
        for text in ["first", "second", "lost", "lost"] { try socket.send(text) }
        #expect(String(try socket.receive(atMost: 9).bytes) == "first")
        try socket.send("third")
        #expect(String(try socket.receive(atMost: 9).bytes) == "second")
        #expect(String(try socket.receive(atMost: 9).bytes) == "third")
        #expect(caught { try socket.receive(atMost: 9, timeout: .zero) }?.kind == .wouldBlock)
    }

    @Test("A sender of Unix datagrams waits for room, also one that is not connected")
    func room() throws {
        let backend = network.backend(for: Unix.self)
        let path = try Unix.SocketAddress(path: "/run/log")
        let log = try backend.datagramSocket(boundTo: path)
        let writer = try network.spawn {
            let socket = try backend.datagramSocket()
            for number in 0..<100 { try socket.send("\(number)", to: path) }
            return network.now
        }
        try network.sleep(for: .seconds(1))
        for number in 0..<100 { #expect(String(try log.receive(atMost: 9).bytes) == "\(number)") }
        #expect(try writer.join() == Instant(nanoseconds: 1_000_000_000))
    }

    @Test("A sender that waits for room is woken by the end of the receiver, of the wait and of itself")
    func roomThatNeverComes() throws {
        let backend = network.backend(for: Unix.self)
        let path = try Unix.SocketAddress(path: "/run/log")
        let log = try backend.datagramSocket(boundTo: path)
        let socket = try backend.datagramSocket()
        for _ in 0..<11 { try socket.send("x", to: path) }
        #expect(caught { try socket.send("x", to: path, timeout: .zero) }?.kind == .wouldBlock)
        #expect(caught { try socket.send("x", to: path, timeout: .seconds(2)) }?.kind == .timedOut)
        #expect(network.now == Instant(nanoseconds: 2_000_000_000))
        let refused = try network.spawn { caught { try socket.send("x", to: path) }?.kind }
        let closed = try network.spawn {
            let other = try backend.datagramSocket()
            let closer = try network.spawn { other.close() }
            let error = caught { try other.send("x", to: path) }
            try closer.join()
            return error?.kind
        }
        #expect(try closed.join() == .closed)
        log.close()
        #expect(try refused.join() == .connectionRefused)
    }

    @Test("A08: everyone is reached by those who have the option for that")
    func broadcast() throws {
        let receivers = try ["one", "two", "three"].map {
            try network.backend(on: $0).datagramSocket(boundTo: .v4(.any(port: 67)))
        }
        let elsewhere = try network.backend(on: "one").datagramSocket(boundTo: .v4(.any(port: 68)))
        let socket = try client.datagramSocket(boundTo: .v4(.any(port: 68)))
        let everyone = IP.SocketAddress.v4(.broadcast(port: 67))
        let error = caught { try socket.send("who is there?", to: everyone) }
        #expect(error?.kind == .permissionDenied)
        #expect(error?.address == "255.255.255.255:67")
        try socket.setOption(.broadcast, to: true)
        try socket.send("who is there?", to: everyone)
        for receiver in receivers {
            let (bytes, info) = try receiver.receive(atMost: 99)
            #expect(String(bytes) == "who is there?")
            #expect(info.sender == address(of: "client", 68))
        }
        #expect(caught { try elsewhere.receive(atMost: 9, timeout: .zero) }?.kind == .wouldBlock)
    }

    @Test("A machine that is not there is told to a connected socket alone, by a later call")
    func noSuchMachine() throws {
        let nowhere = IP.SocketAddress.v4(IPv4.SocketAddress(IPv4.Address(192, 0, 2, 1), port: 9))
        let socket = try client.datagramSocket()
        try socket.send("x", to: nowhere)
        #expect(caught { try socket.receive(atMost: 1, timeout: .zero) }?.kind == .wouldBlock)
        try socket.connect(to: nowhere)
        try socket.send("x")
        #expect(caught { try socket.send("x") }?.kind == .hostUnreachable)
    }

    @Test("Of those who share a port, each sender always gets the same one; without SO_REUSEPORT the last gets all")
    func sharing() throws {
        for option in [TransportOption<Bool>.reusePort, .reuseAddress] {
            let port: UInt16 = option == .reusePort ? 1 : 2
            let sockets = try (0..<3).map { _ in
                try server.datagramSocket(boundTo: .v4(.any(port: port)), options: [.set(option, true)])
            }
            #expect(caught { try server.datagramSocket(boundTo: .v4(.any(port: port))) }?.kind == .addressInUse)
            let senders = try (0..<20).map { _ in try client.datagramSocket(boundTo: .v4(.any(port: 0))) }
            for _ in 0..<2 {
                for sender in senders { try sender.send("x", to: address(of: "server", port)) }
            }
            var counts: [IP.SocketAddress: Int] = [:]
            var shares: [Int] = []
            for socket in sockets {
                var share = 0
                while let info = try? socket.receive(atMost: 9, timeout: .zero).info, let sender = info.sender {
                    counts[sender, default: 0] += 1
                    share += 1
                    // Nobody else has had one of this sender.
                    #expect(counts[sender] ?? 0 <= 2)
                    if counts[sender] == 2 { counts[sender] = 100 }
                }
                shares.append(share)
            }
            #expect(shares.reduce(0, +) == 40)
            #expect(counts.values.allSatisfy { $0 == 100 })
            #expect(option == .reusePort ? !shares.contains(0) : shares == [0, 0, 40])
        }
    }

    @Test("The most particular address gets a datagram, and one that is connected to the sender before all others")
    func precedence() throws {
        let reuse = [OptionSetting.set(.reuseAddress, true)]
        let any = try server.datagramSocket(boundTo: .v4(.any(port: 1)), options: reuse)
        let one = try server.datagramSocket(boundTo: address(of: "server", 1), options: reuse)
        let socket = try client.datagramSocket(boundTo: .v4(.any(port: 5)))
        try socket.send("to one", to: address(of: "server", 1))
        #expect(String(try one.receive(atMost: 9).bytes) == "to one")
        try any.connect(to: address(of: "client", 5))
        try socket.send("connected", to: address(of: "server", 1))
        #expect(String(try any.receive(atMost: 9).bytes) == "connected")
        #expect(caught { try one.receive(atMost: 9, timeout: .zero) }?.kind == .wouldBlock)
    }

    @Test("Streams and datagrams have ports of their own, and closing gives them back")
    func ports() throws {
        let listener = try server.listen(port: 53)
        let socket = try server.datagramSocket(boundTo: .v4(.any(port: 53)))
        let error = caught { try server.datagramSocket(boundTo: .v4(.loopback(port: 53))) }
        #expect(error?.kind == .addressInUse)
        #expect(error?.address == "127.0.0.1:53")
        socket.close()
        let again = try server.datagramSocket(boundTo: .v4(.loopback(port: 53)))
        #expect(try again.localAddress == .v4(.loopback(port: 53)))
        #expect(try socket.localAddress == .v4(.any(port: 53)), "also after closing")
        #expect(!listener.isClosed)
    }

    @Test("IPv4, IPv6 and IP endpoints of one machine reach each other")
    func families() throws {
        let v4 = try network.backend(for: IPv4.self).datagramSocket(boundTo: .any(port: 1))
        let v6 = try network.backend(for: IPv6.self).datagramSocket()
        let ip = try network.backend().datagramSocket(boundTo: .v4(.loopback(port: 2)))
        try v6.send("mapped", to: IPv6.SocketAddress(mapping: .loopback(port: 1)))
        let sender = try #require(try v4.receive(atMost: 9).info.sender)
        #expect(sender.address == .loopback)
        try v4.send("back", to: sender)
        #expect(try v6.receive(atMost: 9).info.sender == IPv6.SocketAddress(mapping: .loopback(port: 1)))
        try ip.send("plain", to: .v4(.loopback(port: 1)))
        #expect(try v4.receive(atMost: 9).info.sender == .loopback(port: 2))
    }

    @Test("A family from outside the package has datagrams too")
    func thirdParty() throws {
        let backend = network.backend(for: Radio.self)
        let base = try backend.datagramSocket(boundTo: Radio.SocketAddress(call: 1))
        let mobile = try backend.datagramSocket()
        #expect(caught { try mobile.localAddress }?.kind == .invalidState)
        try mobile.send("over", to: Radio.SocketAddress(call: 1))
        let info = try base.receive(atMost: 9).info
        #expect(try info.sender == mobile.localAddress)
        try base.send("out", to: info.sender)
        #expect(String(try mobile.receive(atMost: 9).bytes) == "out")
        #expect(caught { try backend.datagramSocket(boundTo: Radio.SocketAddress(call: 1)) }?.kind == .addressInUse)
    }
}

/// A family that this package does not know.
private enum Radio: LoopbackAddressSpace {
    struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
        let call: Int
        var description: String { "call \(call)" }
    }

    static func address(
        connectingTo peer: SocketAddress, from host: LoopbackHost, port: () -> UInt16
    ) -> SocketAddress { SocketAddress(call: Int(port())) }
}
