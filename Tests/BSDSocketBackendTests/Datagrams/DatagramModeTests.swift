import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// Modes, peers and errors of datagram sockets.
@Suite("Datagram sockets", .ownThread)
struct DatagramModeTests {
    @Test("N04, M27, F-09: in nonblocking mode there is nothing now")
    func nonblocking() throws {
        let (_, server) = try sockets()
        server.mode = .nonblocking
        let error = failure { try server.receive(atMost: 9) }
        #expect(error?.kind == .wouldBlock)
        #expect(error?.errno == EAGAIN)
        #expect(try !server.wait(for: .readable, timeout: .zero))
    }

    @Test("E04, F-06, complaint 3: receiving times out when nobody answers, and what comes later is intact")
    func timeout() throws {
        let (client, server) = try sockets()
        let time = elapsed {
            let error = failure { try client.receive(atMost: 9, timeout: .milliseconds(50)) }
            #expect(error?.kind == .timedOut)
            #expect(error?.errno == nil)
        }
        #expect(time >= .milliseconds(50) && time < patience)
        try server.send("late".utf8, to: client.localAddress)
        #expect(try client.receive(atMost: 9, timeout: patience).bytes == "late".bytes)
    }

    @Test("N03: a blocking receive waits for a late sender")
    func blocking() throws {
        let (client, server) = try sockets()
        server.mode = .blocking
        let reader = Worker { try server.receive(atMost: 9).bytes }
        try reader.waitUntilBlocked()
        try client.send("late".utf8)
        #expect(try reader.value() == "late".bytes)
    }

    @Test("N05, F-07: a Unix datagram that finds no room waits its time", arguments: [IOMode.nonblocking, .blocking])
    func full(_ mode: IOMode) throws {
        let backend = SocketBackend<Unix>()
        let server = try backend.datagramSocket(boundTo: Unix.SocketAddress(abstractName: uniqueName()))
        let client = try backend.datagramSocket(connectedTo: server.localAddress)
        var sent: UInt8 = 0
        while (try? client.send([sent], timeout: .zero)) != nil { sent += 1 }
        #expect(sent > 0)
        let error = failure { try client.send([sent], timeout: .zero) }
        #expect(error?.kind == .wouldBlock)
        if mode == .nonblocking {
            #expect(failure { try client.send([sent], timeout: .milliseconds(30)) }?.kind == .timedOut)
        } else {
            let sender = Worker { [sent] in try client.send([sent], timeout: patience) }
            try sender.waitUntilBlocked()
            #expect(try server.receive(atMost: 9).bytes == [0])
            try sender.value()
        }
    }

    @Test(
        "E-06, M14 of the kernel, 89: a refusal is told once, ends nothing, and the socket goes on",
        arguments: [
            IP.SocketAddress.v4(.loopback(port: 0)), .v6(.loopback(port: 0)),
        ])
    func refused(_ address: IP.SocketAddress) throws {
        let backend = try timedBackend()
        let server = try backend.datagramSocket(boundTo: address)
        let target = try server.localAddress
        let client = try backend.datagramSocket(connectedTo: target)
        server.close()
        try client.send("nobody".utf8)
        let error = failure { try client.receive(atMost: 9) }
        #expect(error?.kind == .connectionRefused)
        #expect(error?.errno == ECONNREFUSED)
        #expect(error?.aftermath == .usable)
        #expect(failure { try client.receive(atMost: 9, timeout: .milliseconds(10)) }?.kind == .timedOut)
        let again = try backend.datagramSocket(boundTo: target)
        try client.send("now".utf8)
        #expect(try again.receive(atMost: 9).bytes == "now".bytes)
    }

    @Test("E-06: a connected socket receives from its peer alone, and from everyone when it has none again")
    func filter() throws {
        let backend = try timedBackend()
        let (client, server) = try sockets()
        let stranger = try backend.datagramSocket(boundTo: .v4(.loopback(port: 0)))
        try stranger.send("stranger".utf8, to: client.localAddress)
        try server.send("peer".utf8, to: client.localAddress)
        #expect(try client.receive(atMost: 99).bytes == "peer".bytes)
        #expect(failure { try client.receive(atMost: 99, timeout: .zero) }?.kind == .wouldBlock)
        let port = try client.localAddress.port
        try client.connect(to: nil)
        #expect(failure { try client.remoteAddress }?.kind == .notConnected)
        #expect(try client.localAddress.port == port || client.localAddress.port == 0)
    }

    @Test("E-04, N11: without a destination there is nowhere to send to")
    func noDestination() throws {
        let socket = try SocketBackend<IP>().datagramSocket()
        let error = failure { try socket.send("x".utf8) }
        #expect(error?.kind == .notConnected)
        #expect(error?.errno == EDESTADDRREQ || error?.errno == ENOTCONN)
        #expect(failure { try socket.remoteAddress }?.kind == .notConnected)
        let (client, server) = try sockets()
        try socket.send("x".utf8, to: server.localAddress)
        #expect(try server.receive(atMost: 9).bytes == "x".bytes)
        _ = client
    }

    @Test("E-05, A06: an address of a family that the socket does not have is an error of its own")
    func otherFamily() throws {
        let v4 = try SocketBackend<IP>().datagramSocket(boundTo: .v4(.loopback(port: 0)))
        let error = failure { try v4.send("x".utf8, to: .v6(.loopback(port: 9))) }
        #expect(error?.kind == .familyNotSupported || error?.kind == .invalidArgument)
        #expect(error?.aftermath == .usable)
    }

    @Test("M02: an address that is taken is in use")
    func inUse() throws {
        let (client, _) = try sockets()
        let address = try client.localAddress
        let error = failure { try SocketBackend<IP>().datagramSocket(boundTo: address) }
        #expect(error?.kind == .addressInUse)
        #expect(error?.address == "\(address)")
    }

    @Test("93: a socket at the IPv6 wildcard does not keep IPv4 from its port unless it is told to")
    func wildcardExclusive() throws {
        let v6 = try SocketBackend<IP>().datagramSocket(boundTo: .v6(.any(port: 0)))
        #expect(try v6.option(.v6Only))
        let dual = try SocketBackend<IP>().datagramSocket(boundTo: .v6(.any(port: 0)), options: [.set(.v6Only, false)])
        #expect(try !dual.option(.v6Only))
    }

    @Test("101: a datagram that was announced and is gone does not block a timed receive")
    func spurious() throws {
        let script = SyscallScript()
        let backend = SocketBackend<IPv4>(syscalls: Syscalls(script: script))
        let server = try backend.datagramSocket(boundTo: .loopback(port: 0))
        let client = try SocketBackend<IPv4>().datagramSocket(connectedTo: server.localAddress)
        try client.send("x".utf8)
        for _ in 0..<3 { script.on(.receive, .fail(EAGAIN)) }
        #expect(try server.receive(atMost: 9, timeout: patience).bytes == "x".bytes)
        #expect(failure { try server.receive(atMost: 9, timeout: .milliseconds(10)) }?.kind == .timedOut)
    }

    @Test("ENOBUFS and EINTR are an error of one datagram, and none")
    func shortage() throws {
        let script = SyscallScript()
        let (_, server) = try sockets()
        let client = try SocketBackend<IP>(syscalls: Syscalls(script: script))
            .datagramSocket(connectedTo: server.localAddress)
        script.on(.send, .fail(EINTR), .fail(EINTR), .fail(ENOBUFS))
        let error = failure { try client.send("x".utf8) }
        #expect(error?.kind == .outOfResources)
        #expect(error?.aftermath == .usable)
        try client.send("y".utf8)
        #expect(try server.receive(atMost: 9).bytes == "y".bytes)
    }
}
