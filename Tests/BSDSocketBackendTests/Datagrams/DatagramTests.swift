import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// What datagrams carry.
@Suite("Datagrams", .ownThread)
struct DatagramTests {
    @Test(
        "E-01, E-09: a datagram arrives whole, with its sender",
        arguments: [
            IP.SocketAddress.v4(.loopback(port: 0)), .v6(.loopback(port: 0)),
        ])
    func roundTrip(_ address: IP.SocketAddress) throws {
        let backend = try timedBackend()
        let server = try backend.datagramSocket(boundTo: address)
        let client = try backend.datagramSocket(boundTo: address)
        try client.send("ping".utf8, to: server.localAddress)
        try client.send("second".utf8, to: server.localAddress)
        let (bytes, info) = try server.receive(atMost: 1500)
        #expect(bytes == "ping".bytes)
        #expect(try info == DatagramInfo(byteCount: 4, sender: client.localAddress, isTruncated: false))
        try server.send("pong".utf8, to: info.sender)
        #expect(try server.receive(atMost: 1500).bytes == "second".bytes)
        #expect(try client.receive(atMost: 1500).bytes == "pong".bytes)
    }

    @Test(
        "E-02, M19, M20, M14 of the kernel, 89: what does not fit is cut, said to be cut, and the next datagram is untouched"
    )
    func truncation() throws {
        let (client, server) = try sockets()
        for text in ["0123456789", "exact", "next"] { try client.send(text.utf8) }
        let (cut, info) = try server.receive(atMost: 4)
        #expect(cut == "0123".bytes)
        #expect(info.byteCount == 4)
        #expect(info.isTruncated)
        #expect(try info.sender == client.localAddress)
        let exact = try server.receive(atMost: 5)
        #expect(exact.bytes == "exact".bytes && !exact.info.isTruncated)
        var array = [UInt8](repeating: 9, count: 6)
        #expect(try server.receive(into: &array).byteCount == 4)
        #expect(array == "next".bytes + [9, 9], "D-04: the rest of the array is left alone")
    }

    @Test("E-03, M14 of the kernel, complaint 50, 81: an empty datagram is a datagram, not an end")
    func empty() throws {
        let (client, server) = try sockets()
        for mode in [IOMode.blocking, .nonblocking, try .timeout(patience)] {
            server.mode = mode
            try client.send([])
            try client.send("after".utf8)
            #expect(try server.wait(for: .readable, timeout: patience))
            let (bytes, info) = try server.receive(atMost: 9)
            #expect(bytes.isEmpty && info.byteCount == 0 && !info.isTruncated)
            #expect(try info.sender == client.localAddress)
            #expect(try server.receive(atMost: 9).bytes == "after".bytes)
        }
    }

    @Test("a receive without room takes a datagram, and says that it was cut")
    func noRoom() throws {
        let (client, server) = try sockets()
        try client.send("lost".utf8)
        try client.send("kept".utf8)
        let (bytes, info) = try server.receive(atMost: 0)
        #expect(bytes.isEmpty && info.isTruncated)
        #expect(try server.receive(atMost: 9).bytes == "kept".bytes)
        #expect(failure { try server.receive(atMost: -1) }?.kind == .invalidArgument)
    }

    @Test("E-07, M24, 89: 65,507 bytes go, 65,508 are too many for one, and the socket stays usable")
    func largest() throws {
        let (client, server) = try sockets()
        let bytes = patternBytes(65507)
        try client.send(bytes)
        #expect(try server.receive(atMost: 70000).bytes == bytes)
        let error = failure { try client.send(bytes + [0]) }
        #expect(error?.kind == .messageTooLarge)
        #expect(error?.errno == EMSGSIZE)
        #expect(error?.aftermath == .usable)
        #expect(failure { try client.send(bytes + [0], to: server.localAddress) }?.kind == .messageTooLarge)
        try client.send("small".utf8)
        #expect(try server.receive(atMost: 9).bytes == "small".bytes)
    }

    @Test("a buffer of any size is allowed; datagrams are not")
    func largeBuffer() throws {
        let (client, server) = try sockets()
        try client.send("x".utf8)
        #expect(try server.receive(atMost: .max).bytes == "x".bytes)
    }

    @Test("dual stack: a socket without an address reaches IPv4 and IPv6, and knows each by its own addresses")
    func dualStack() throws {
        let backend = try timedBackend()
        let v4 = try backend.datagramSocket(boundTo: .v4(.loopback(port: 0)))
        let v6 = try backend.datagramSocket(boundTo: .v6(.loopback(port: 0)))
        let client = try backend.datagramSocket()
        for server in [v4, v6] {
            let address = try server.localAddress
            try client.send("ping".utf8, to: address)
            let (bytes, info) = try server.receive(atMost: 9)
            #expect(bytes == "ping".bytes)
            try server.send("pong".utf8, to: info.sender)
            #expect(try client.receive(atMost: 9).info.sender == address)
        }
        try client.connect(to: v4.localAddress)
        #expect(try client.remoteAddress == v4.localAddress)
        #expect(try client.localAddress.ipv4?.address == .loopback)
        try client.send("connected".utf8)
        #expect(try v4.receive(atMost: 9).bytes == "connected".bytes)
    }

    @Test("A08: a broadcast needs the option, and is told apart without it")
    func broadcast() throws {
        let socket = try SocketBackend<IPv4>().datagramSocket()
        let error = failure { try socket.send("x".utf8, to: .broadcast(port: 9)) }
        #expect(error?.kind == .permissionDenied)
        #expect(error?.errno == EACCES)
        #expect(error?.address == "255.255.255.255:9")
        try socket.setOption(.broadcast, to: true)
        // A machine without a route may still not be able to; it is not forbidden any more.
        do throws(TransportError) {
            try socket.send("x".utf8, to: .broadcast(port: 9))
        } catch {
            #expect(error.kind == .networkUnreachable)
        }
    }

    @Test("A-15, E-08: Unix datagrams know their senders by path or name, and not at all without one")
    func unix() throws {
        let backend = SocketBackend<Unix>(defaults: BackendDefaults(mode: try .timeout(patience)))
        let path = uniquePath()
        defer { unlink(path) }
        let server = try backend.datagramSocket(boundTo: Unix.SocketAddress(path: path))
        let named = try backend.datagramSocket(boundTo: Unix.SocketAddress(abstractName: uniqueName()))
        let unnamed = try backend.datagramSocket(connectedTo: Unix.SocketAddress(path: path))
        try named.send("named".utf8, to: server.localAddress)
        try unnamed.send("unnamed".utf8)
        let first = try server.receive(atMost: 99)
        #expect(try first.info.sender == named.localAddress)
        let second = try server.receive(atMost: 99)
        #expect(second.bytes == "unnamed".bytes)
        #expect(second.info.sender == nil || second.info.sender == .unnamed)
        server.close()
        let error = failure { try unnamed.send("x".utf8) }
        #expect(error?.kind == .connectionRefused)
        #expect(error?.aftermath == .usable)
    }
}

/// A backend of sockets that do not wait for ever.
func timedBackend() throws -> SocketBackend<IP> {
    SocketBackend<IP>(defaults: BackendDefaults(mode: try .timeout(patience)))
}

/// A socket, and another one that is connected to it.
func sockets() throws -> (client: DatagramSocket<SocketDatagrams<IP>>, server: DatagramSocket<SocketDatagrams<IP>>) {
    let backend = try timedBackend()
    let server = try backend.datagramSocket(boundTo: .v4(.loopback(port: 0)))
    let client = try backend.datagramSocket(boundTo: .v4(.loopback(port: 0)), connectedTo: server.localAddress)
    return (client, server)
}
