import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore
import TransportLayers
import TransportServers

@Suite("Sockets that other programs have made")
struct InheritedSocketTests {
    private func copy(of descriptor: Int32) -> Int32 { fcntl(descriptor, F_DUPFD_CLOEXEC, 0) }

    @Test("A listener is recognised, marked close-on-exec, and used; its end is not the end of the socket")
    func listener() async throws {
        let backend = SocketBackend<IP>()
        let original = try backend.listen(on: .v4(.loopback(port: 0)))
        let address = try original.localAddress
        let socket = try InheritedSocket(owning: copy(of: original.transport.handle.descriptorForTests), name: "web")
        #expect(socket.kind == .listener)
        #expect("\(socket)" == "web (listener)")
        let adopted = try backend.listen(on: socket)
        #expect(try adopted.localAddress == address)
        let flags = fcntl(adopted.transport.handle.descriptorForTests, F_GETFD)
        #expect(flags & FD_CLOEXEC != 0)

        let client = try await backend.connect(to: address)
        let server = try await adopted.accept(timeout: patience)
        try await server.sendAll("x")
        #expect(String(try await client.receiveExactly(1)) == "x")

        // Whoever is queued when one stops is left to the other.
        let queued = try await backend.connect(to: address)
        try adopted.stopAccepting()
        #expect(await caught { try await adopted.accept() }?.kind == .closed)
        adopted.close()
        let other = try await original.accept(timeout: patience)
        try await other.sendAll("y")
        #expect(String(try await queued.receiveExactly(1)) == "y")
        for connection in [client, server, queued, other] { connection.close() }
        original.close()
    }

    @Test("A listener that was handed over gets layers, and its server serves what is behind them")
    func layered() async throws {
        let backend = SocketBackend<IP>().acceptingProxyHeaders(.fromEveryone(.required))
        let original = try backend.base.listen(on: .v4(.loopback(port: 0)))
        let socket = try InheritedSocket(owning: copy(of: original.transport.handle.descriptorForTests))
        let listener = try backend.listen(over: backend.base.listen(on: socket))
        let address = try listener.localAddress
        #expect(address == (try original.localAddress))
        let server = Server()
        async let served: Void = server.serve(listener) { connection in
            try await connection.sendAll("\(try connection.remoteAddress)\n")
        }
        let client = try await backend.base.connect(to: address)
        try await client.sendAll("PROXY TCP4 192.0.2.1 198.51.100.7 4000 443\r\n")
        let line = try await client.receiveExactly(15)
        #expect(String(line) == "192.0.2.1:4000\n")
        client.close()
        await server.stop(within: patience)
        try await served
        original.close()
    }

    @Test("Closing an adopted listener wakes threads and tasks that wait for it")
    func wakes() async throws {
        let backend = SocketBackend<IPv4>()
        let original = try backend.listen(on: .loopback(port: 0))
        for stops in [true, false] {
            let socket = try InheritedSocket(owning: copy(of: original.transport.handle.descriptorForTests))
            let adopted = try backend.listen(on: socket)
            let thread = BackgroundCall { caught { try adopted.accept() }?.kind }
            let task = Task { await caught { try await adopted.accept() }?.kind }
            if stops { try adopted.stopAccepting() } else { adopted.close() }
            #expect(try await inThread { try thread.value() } == .closed)
            #expect(await task.value == .closed)
        }
    }

    @Test("A socket of another kind or family, or taken before, or no socket at all is refused")
    func refusals() throws {
        let backend = SocketBackend<IPv4>()
        let listener = try backend.listen(on: .loopback(port: 0))
        let descriptor = listener.transport.handle.descriptorForTests
        let socket = try InheritedSocket(owning: copy(of: descriptor))
        #expect(caught { try backend.datagramSocket(on: socket) }?.kind == .invalidArgument)
        #expect(caught { try SocketBackend<Unix>().listen(on: socket) }?.kind == .familyNotSupported)
        #expect(caught { try backend.listen(on: socket) }?.kind == .invalidState, "it was given away, and closed")
        #expect(
            caught { try SocketBackend<IPv6>().listen(on: InheritedSocket(owning: copy(of: descriptor))) }?.kind
                == .familyNotSupported)
        #expect(
            caught { try InheritedSocket(owning: open("/dev/null", O_RDONLY), name: "null") }?.kind == .invalidState)
        #expect(caught { try InheritedSocket(owning: 1_000_000) }?.kind == .invalidState)
        var pair: [Int32] = [0, 0]
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair)
        #expect(try InheritedSocket(owning: pair[0]).kind == .other)
        close(pair[1])
    }

    @Test("A datagram socket is used")
    func datagrams() async throws {
        let backend = SocketBackend<IPv4>()
        let original = try backend.datagramSocket(boundTo: .loopback(port: 0))
        let socket = try InheritedSocket(owning: copy(of: original.transport.handle.descriptorForTests))
        #expect(socket.kind == .datagrams)
        let adopted = try backend.datagramSocket(on: socket)
        let client = try backend.datagramSocket(connectedTo: try original.localAddress)
        try await client.send("x")
        #expect(String(try await adopted.receive(atMost: 9, timeout: patience).bytes) == "x")
        adopted.close()
        try await client.send("y")
        #expect(String(try await original.receive(atMost: 9, timeout: patience).bytes) == "y")
    }

    @Test("Without variables, or with those of another process, there are no sockets; senseless ones are errors")
    func environment() async {
        await #expect(processExitsWith: .success) {
            func sockets(_ values: [String: String]) -> Result<[InheritedSocket], any Error> {
                for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
                for (name, value) in values { setenv(name, value, 1) }
                return Result { try InheritedSocket.fromEnvironment() }
            }
            guard try sockets([:]).get().isEmpty else { exit(2) }
            guard try sockets(["LISTEN_PID": "1", "LISTEN_FDS": "1"]).get().isEmpty else { exit(3) }
            guard getenv("LISTEN_FDS") == nil else { exit(4) }
            guard case .failure = sockets(["LISTEN_PID": "x", "LISTEN_FDS": "1"]) else { exit(5) }
            guard case .failure = sockets(["LISTEN_PID": "\(getpid())", "LISTEN_FDS": "-1"]) else { exit(6) }
        }
    }
}

extension SocketHandle {
    /// The descriptor, for tests.
    var descriptorForTests: Int32 { query(DescriptorNumber.self) ?? -1 }
}
