import BSDSocketBackend
import TestSupport
import Testing
import TransportCore
import TransportServers

/// Clients that nobody here wrote, and many at once.
@Suite("Datagrams served on sockets")
struct DatagramSocketTests {
    /// Four clients in Python, each of which sends some datagrams and wants all of them back, in whatever order.
    private static let clients = """
        import socket, sys, threading
        failures = []
        def client(number):
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.connect(("127.0.0.1", int(sys.argv[1])))
            s.settimeout(100)
            try:
                for round in range(20):
                    wanted = {b"%d-%d-%d" % (number, round, i) for i in range(10)}
                    for text in wanted: s.send(text)
                    while wanted:
                        text = s.recv(100)
                        if text not in wanted: failures.append(text)
                        wanted.discard(text)
            except OSError as error: failures.append((number, round, error))
        threads = [threading.Thread(target=client, args=(n,)) for n in range(4)]
        for t in threads: t.start()
        for t in threads: t.join()
        print(failures or "all came back")
        """

    private func ask(_ port: UInt16) async throws -> String {
        let process = try Child("/usr/bin/python3", ["-c", Self.clients, "\(port)"])
        let answer = try await process.readToEnd()
        try await process.waitForExit()
        return answer
    }

    @Test("Threads reply to clients in Python, within the limit")
    func threads() async throws {
        let server = Server(limits: ServerLimits(datagrams: 3))
        let socket = try SocketBackend<IPv4>().datagramSocket(boundTo: .loopback(port: 0))
        let port = try socket.localAddress.port
        let peak = Locked((now: 0, most: 0))
        let served = Task {
            try await inThread {
                try server.serve(socket, atMost: 1500) { datagram in
                    peak.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                    defer { peak.withLock { $0.now -= 1 } }
                    try datagram.reply(datagram.bytes)
                }
            }
        }
        #expect(try await ask(port) == "all came back\n")
        // What was replied may still be on its way out of a handler.
        #expect(await server.stop(within: patience).aborted == 0)
        try await served.value
        #expect(server.activeCount == 0)
        #expect((1...3).contains(peak.withLock { $0.most }))
    }

    @Test("Tasks reply to clients in Python, within the limit")
    func tasks() async throws {
        // On a thread of their own: tests that block the shared ones would keep thousands of steps waiting, each by itself.
        try await SocketReactor().run {
            let server = Server(limits: ServerLimits(datagrams: 3))
            let socket = try SocketBackend<IPv4>().datagramSocket(boundTo: .loopback(port: 0))
            let port = try socket.localAddress.port
            async let served: Void = server.serve(socket, atMost: 1500) { try await $0.reply($0.bytes) }
            #expect(try await ask(port) == "all came back\n")
            #expect(await server.stop(within: patience).aborted == 0)
            try await served
            #expect(server.activeCount == 0)
        }
    }

    @Test("Stopping wakes the threads that wait for datagrams, of every family")
    func stop() async throws {
        let directory = try TemporaryDirectory()
        let path = try Unix.SocketAddress(path: directory.path + "/socket")
        try await stops(SocketBackend<IPv6>(), .loopback(port: 0))
        try await stops(SocketBackend<Unix>(), path)
    }

    private func stops<F: SocketFamily>(_ backend: SocketBackend<F>, _ address: F.SocketAddress) async throws {
        let server = Server()
        let socket = try backend.datagramSocket(boundTo: address)
        let (came, comes) = AsyncStream.makeStream(of: [UInt8].self)
        async let served: Void = inThread { try server.serve(socket) { comes.yield($0.bytes) } }
        let client = try backend.datagramSocket(connectedTo: try socket.localAddress)
        try await client.send("x")
        #expect(await came.first { _ in true } == Array("x".utf8))
        #expect(await server.stop(within: patience).aborted == 0)
        try await served
        #expect(socket.isClosed)
    }
}
