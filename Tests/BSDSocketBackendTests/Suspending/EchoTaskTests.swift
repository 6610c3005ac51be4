import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore

/// Whole conversations in tasks. Each test has a process of its own: those of other suites block the few threads on which
/// tasks run.
@Suite("Echo in tasks")
struct EchoTaskTests {
    @Test("streams: twenty clients at once, each sending and receiving at the same time, to the end and back")
    func streams() async {
        await #expect(processExitsWith: .success) { for kind in streamKinds { try await streamEcho(kind) } }
    }

    @Test("datagrams: there and back, one by one")
    func datagrams() async {
        await #expect(processExitsWith: .success) { try await datagramEcho() }
    }

    @Test("lines: questions and answers over one connection")
    func lines() async {
        await #expect(processExitsWith: .success) { try await lineConversation() }
    }

    @Test("by name, and what is not there is refused")
    func byName() async {
        await #expect(processExitsWith: .success) { try await connectByName() }
    }

    @Test("blocking and suspending calls of one connection, one after the other")
    func mixed() async {
        await #expect(processExitsWith: .success) { for kind in streamKinds { try await mixedForms(kind) } }
    }

    @Test("Python's echo server, and its client", .enabled(if: access("/usr/bin/python3", X_OK) == 0))
    func python() async {
        await #expect(processExitsWith: .success) { try await withPython() }
    }
}

/// Echoes everything that comes over every connection, until the listener is closed.
private func serve<L: TransportListener>(_ listener: Listener<L>) async throws {
    try await withThrowingDiscardingTaskGroup { group in
        for try await connection in listener.connections {
            group.addTask { try await echo(connection) }
        }
    }
}

/// Echoes what comes, to the end.
private func echo<T: Transport>(_ connection: Connection<T>) async throws {
    for try await chunk in connection.chunks(atMost: 4096) { try await connection.sendAll(chunk) }
    try await connection.shutdownWrite()
    connection.close()
}

/// Sends a lot and receives it back, in two tasks.
private func converse<T: Transport>(_ connection: Connection<T>, bytes: [UInt8]) async throws {
    async let echo = connection.receiveExactly(bytes.count)
    try await connection.sendAll(bytes)
    #expect(try await echo == bytes)
    try await connection.shutdownWrite()
    #expect(try await connection.receive(atMost: 1) == nil)
    connection.close()
}

private func streamEcho(_ kind: any StreamKind) async throws {
    func run(_ kind: some StreamKind) async throws {
        let before = try openSocketCount()
        let listener = try kind.listener()
        let server = Task { try await serve(listener) }
        let backend = try kind.backend()
        let address = try listener.localAddress
        try await withThrowingTaskGroup { group in
            for number in 0..<20 {
                group.addTask {
                    let connection = try await backend.connect(to: address)
                    try await converse(connection, bytes: patternBytes(100_000 + number))
                }
            }
            try await group.waitForAll()
        }
        listener.close()
        try await server.value
        #expect(try openSocketCount() == before)
    }
    try await run(kind)
}

private func datagramEcho() async throws {
    let backend = SocketBackend<IPv4>(defaults: BackendDefaults(mode: try .timeout(patience)))
    let server = try backend.datagramSocket(boundTo: .loopback(port: 0))
    let echo = Task {
        for try await (bytes, info) in server.datagrams(atMost: 2000) {
            try await server.send(bytes, to: info.sender)
        }
    }
    let client = try backend.datagramSocket(connectedTo: server.localAddress)
    for size in [0, 1, 1400] + (2..<50) {
        let bytes = patternBytes(size)
        try await client.send(bytes)
        var buffer = [UInt8](repeating: 0, count: 2000)
        let info = try await client.receive(into: &buffer)
        #expect(Array(buffer[..<info.byteCount]) == bytes)
        #expect(try info.sender == server.localAddress)
    }
    server.close()
    try await echo.value
}

private func lineConversation() async throws {
    let pair = try TCPv4().pair()
    let server = Task {
        let lines = pair.server.lines()
        for try await line in lines { try await pair.server.sendAll("you said \(line)\r\n") }
        pair.server.close()
    }
    let answers = pair.client.reader()
    for number in 0..<200 {
        try await pair.client.sendAll("line \(number)\n")
        #expect(try await answers.readLine() == "you said line \(number)")
    }
    try await pair.client.shutdownWrite()
    #expect(try await answers.readLine() == nil)
    try await server.value
}

private func connectByName() async throws {
    let backend = SocketBackend<IP>(defaults: BackendDefaults(mode: try .timeout(patience)))
    let listener = try backend.listen(on: .v4(.loopback(port: 0)))
    let port = try listener.localAddress.port
    async let accepted = listener.accept()
    let connection = try await backend.connect(host: "127.0.0.1", port: port)
    try await connection.sendAll("x")
    #expect(try await accepted.receive(atMost: 9) == "x".bytes)
    async let named = listener.accept()
    let byName = try await backend.connect(host: "localhost", port: port, families: .v4)
    #expect(try await named.remoteAddress == byName.localAddress)
    listener.close()
    let error = await failure { try await backend.connect(host: "127.0.0.1", port: port).close() }
    #expect(error?.kind == .connectionRefused)
    #expect(error?.attempts.count == 1)
}

private func mixedForms(_ kind: any StreamKind) async throws {
    func run(_ kind: some StreamKind) async throws {
        let pair = try kind.pair()
        for round in 0..<50 {
            let bytes = patternBytes(1000 + round)
            // In a synchronous closure the blocking forms are meant.
            let send = { try pair.client.sendAll(bytes) }
            let receive = { try pair.server.receiveExactly(bytes.count) }
            if round % 2 == 0 { try await pair.client.sendAll(bytes) } else { try send() }
            let received = round % 3 == 0 ? try await pair.server.receiveExactly(bytes.count) : try receive()
            #expect(received == bytes)
        }
    }
    try await run(kind)
}

private func withPython() async throws {
    let server = try ChildProcess.python(
        """
        import socket
        s = socket.create_server(("127.0.0.1", 0))
        print(s.getsockname()[1])
        c, _ = s.accept()
        while data := c.recv(4096): c.sendall(data)
        c.close()
        """
    )
    let backend = SocketBackend<IPv4>(defaults: BackendDefaults(mode: try .timeout(patience)))
    let port = try #require(UInt16(server.readLine()))
    try await converse(try await backend.connect(to: .loopback(port: port)), bytes: patternBytes(300_000))
    #expect(try server.waitForExit() == 0)

    let listener = try backend.listen(on: .loopback(port: 0))
    let client = try ChildProcess.python(
        """
        import socket, sys
        s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
        s.sendall(b"Hello, world" * 1000)
        s.shutdown(socket.SHUT_WR)
        total = b""
        while data := s.recv(4096): total += data
        print(total == b"Hello, world" * 1000)
        """, "\(try listener.localAddress.port)"
    )
    try await echo(try await listener.accept())
    #expect(try client.readLine() == "True")
}
