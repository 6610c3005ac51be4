import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// The programs of the reference, each as its text has it, at ports that the system chooses.
@Suite("Programs of the reference", .ownThread)
struct ReferenceProgramTests {
    /// Serves one client until it stops, as in the first and third program.
    private func echoServer(_ listener: Listener<SocketListener<some SocketFamily>>) throws {
        let connection = try listener.accept(timeout: patience)
        while let bytes = try connection.receive(atMost: 1024, timeout: patience) { try connection.sendAll(bytes) }
        connection.close()
    }

    @Test("X1, X2: the echo server and its client")
    func echo() throws {
        let listener = try SocketBackend<IPv4>().listen(on: .any(port: 0), options: ListenerOptions(backlog: 1))
        let port = try listener.localAddress.port
        let server = Worker { try echoServer(listener) }
        let connection = try SocketBackend<IP>().connect(host: "127.0.0.1", port: port, timeout: patience)
        try connection.sendAll("Hello, world")
        let answer = try connection.receive(atMost: 1024, timeout: patience) ?? []
        connection.close()
        #expect(String(decoding: answer, as: UTF8.self) == "Hello, world")
        try server.value()
    }

    @Test("X3: the server of the first address that can be listened on")
    func dualStackServer() throws {
        let backend = SocketBackend<IP>()
        let unusable = IP.SocketAddress.v4(try IPv4.SocketAddress(parsing: "198.51.100.7:0"))
        let names = SystemResolver(threads: 1) { query in
            .success([unusable, .v4(.any(port: 0))])
        }
        let query = try ResolverQuery(host: nil, service: .port(0), isPassive: true)
        let addresses = try names.resolve(query, until: .never)
        let listener = try #require(addresses.lazy.compactMap { try? backend.listen(on: $0) }.first)
        #expect(try listener.localAddress.address == .v4(.any))
        // The empty name is this machine, as the reference's program has it.
        for host in [nil, ""] {
            let query = try ResolverQuery(host: host, service: .port(0), isPassive: true)
            let real = try backend.resolver.resolve(query, until: .never)
            #expect(Set(real) == [.v4(.any(port: 0)), .v6(.any(port: 0))])
            #expect(real.contains { (try? backend.listen(on: $0)) != nil })
        }
    }

    @Test("X4: the client that tries every address of a name, and its errors when none answers")
    func dualStackClient() throws {
        let listener = try SocketBackend<IP>().listen(on: .v4(.loopback(port: 0)))
        let port = try listener.localAddress.port
        let dead = try unusedPort()
        let server = Worker { try echoServer(listener) }
        let backend = SocketBackend<IP>().with(
            resolver: SystemResolver(threads: 1) { _ in
                .success([.v6(.loopback(port: dead)), .v4(.loopback(port: port))])
            })
        let connection = try backend.connect(host: "name.example", port: port, timeout: patience)
        #expect(try connection.remoteAddress == .v4(.loopback(port: port)))
        try connection.sendAll("Hello, world")
        #expect(try connection.receive(atMost: 1024, timeout: patience) == "Hello, world".bytes)
        connection.close()
        try server.value()

        let hopeless = SocketBackend<IP>().with(
            resolver: SystemResolver(threads: 1) { _ in
                .success([.v6(.loopback(port: dead)), .v4(.loopback(port: dead))])
            })
        let error = failure { try hopeless.connect(host: "name.example", port: dead, timeout: patience) }
        #expect(error?.kind == .connectionRefused)
        #expect(error?.attempts.map(\.address) == ["[::1]:\(dead)", "127.0.0.1:\(dead)"])
        #expect(error?.attempts.allSatisfy { $0.errno == ECONNREFUSED } == true)
    }

    @Test("X6: one listener for both families")
    func both() throws {
        let backend = SocketBackend<IP>()
        let listener = try backend.listen(on: .v6(.any(port: 0)), options: ListenerOptions(dualStack: true))
        let port = try listener.localAddress.port
        for host in ["127.0.0.1", "::1"] {
            let server = Worker { try echoServer(listener) }
            let connection = try backend.connect(host: host, port: port, timeout: patience)
            try connection.sendAll("Hello, world")
            #expect(try connection.receive(atMost: 1024, timeout: patience) == "Hello, world".bytes)
            connection.close()
            try server.value()
        }
    }

    @Test("B-08, D-14, M08: a name that does not resolve is another error than a refusal, and says so")
    func unknownName() throws {
        let backend = SocketBackend<IP>().with(
            resolver: SystemResolver(threads: 1) { query in
                .failure(TransportError(.noSuchName, operation: .resolve).with(address: query.host ?? ""))
            })
        let error = failure { try backend.connect(host: "name.example", port: 1, timeout: patience) }
        #expect(error?.kind == .noSuchName)
        #expect(error?.operation == .resolve)
        #expect(error?.address == "name.example")
        #expect(failure { try backend.connect(host: "127.0.0.1", port: unusedPort()) }?.kind == .connectionRefused)
    }
}
