import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore
import TransportServers

/// Tasks of handlers on sockets, whose waits a server knows to be ended by the end of their connections.
///
/// Each test has a process of its own: those of other suites block the few threads on which tasks run.
@Suite("Cancelled handlers on sockets")
struct CancelledHandlerTests {
    @Test("Cancelling serve wakes every handler that waits, at whatever moment")
    func served() async {
        await #expect(processExitsWith: .success) {
            for round in 0..<50 {
                try await cancelServe(round) { connection in try await connection.receive(atMost: 9) }
            }
            try await SocketReactor().run {
                for round in 0..<50 {
                    try await cancelServe(round) { connection in try await connection.receive(atMost: 9) }
                }
            }
        }
    }

    @Test("Cancelling serve wakes a handler that waits with what has taken its connection's place")
    func moved() async {
        await #expect(processExitsWith: .success) {
            for round in 0..<50 {
                try await cancelServe(round) { connection in try await connection.erased().receive(atMost: 9) }
            }
        }
    }

    @Test("A child task of a handler that is cancelled is woken, and the handler goes on with the connection")
    func child() async {
        await #expect(processExitsWith: .success) {
            for round in 0..<50 { try await cancelChild(round) }
            try await SocketReactor().run { for round in 0..<50 { try await cancelChild(round) } }
        }
    }
}

private typealias Client = Connection<SocketTransport<IPv4>>

/// Serves a client whose handler answers and waits then, and cancels all of it.
private func cancelServe(
    _ round: Int, _ wait: @escaping @Sendable (Client) async throws -> [UInt8]?
) async throws {
    let backend = SocketBackend<IPv4>()
    let listener = try backend.listen(on: .loopback(port: 0))
    let address = try listener.localAddress
    let ended = Locked<TransportError.Kind?>(nil)
    let serving = Task {
        try await Server().serve(listener) { connection in
            try await connection.sendAll("a")
            do {
                _ = try await wait(connection)
            } catch let error as TransportError {
                ended.withLock { $0 = error.kind }
                throw error
            }
        }
    }
    let client = try await backend.connect(to: address, timeout: patience)
    guard try await client.receive(atMost: 9, timeout: patience) == [97] else { exit(2) }
    for _ in 0..<round { await Task.yield() }
    serving.cancel()
    guard case .failure(let error as TransportError) = await serving.result, error.kind == .cancelled else { exit(3) }
    guard let kind = ended.withLock({ $0 }), [.cancelled, .closed].contains(kind) else { exit(4) }
    client.close()
}

/// Serves a client whose handler waits in a child task, cancels that, and answers.
private func cancelChild(_ round: Int) async throws {
    let backend = SocketBackend<IPv4>()
    let listener = try backend.listen(on: .loopback(port: 0))
    let address = try listener.localAddress
    let server = Server()
    async let served: Void = server.serve(listener) { connection in
        let kind = try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask { try await connection.receive(atMost: 9) }
            for _ in 0..<round { await Task.yield() }
            group.cancelAll()
            do {
                _ = try await group.next()
                return TransportError.Kind?.none
            } catch let error as TransportError {
                return error.kind
            }
        }
        guard kind == .cancelled else { exit(2) }
        try await connection.sendAll("a")
        guard try await connection.receive(atMost: 9, timeout: patience) == [98] else { exit(3) }
        try await connection.sendAll("c")
    }
    let client = try await backend.connect(to: address, timeout: patience)
    guard try await client.receive(atMost: 9, timeout: patience) == [97] else { exit(4) }
    try await client.sendAll("b")
    guard try await client.receive(atMost: 9, timeout: patience) == [99] else { exit(5) }
    client.close()
    guard await server.stop(within: patience).aborted == 0 else { exit(6) }
    try await served
}
