import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore
import TransportServers

/// Where the handlers of a server run that is served on a reactor.
///
/// Each test has a process of its own: those of other suites block the few threads on which tasks run.
@Suite("Handlers on a reactor")
struct ReactorHandlerTests {
    @Test("Handlers begin, and go on after each wait, on the reactor's thread, as many as there are")
    func begins() async {
        await #expect(processExitsWith: .success) {
            let threads = Locked<[UInt]>([])
            try await SocketReactor().run {
                let reactor = currentThread()
                try await serveQuestions(8) { connection in
                    try note(reactor, threads)
                    while try await connection.receive(atMost: 1) != nil {
                        try note(reactor, threads)
                        try await connection.sendAll("a")
                    }
                }
            }
            // Once at the beginning, and once for each of three questions.
            guard threads.withLock({ $0.count }) == 8 * 4 else { exit(2) }
        }
    }

    @Test("A handler that was elsewhere comes back with the next wait")
    func comesBack() async {
        await #expect(processExitsWith: .success) {
            let threads = Locked<[UInt]>([])
            try await SocketReactor().run {
                let reactor = currentThread()
                try await serveQuestions(4) { connection in
                    while try await connection.receive(atMost: 1) != nil {
                        try await Task.sleep(for: .microseconds(1))
                        try await waitForTime(with: connection)
                        try note(reactor, threads)
                        try await connection.sendAll("a")
                    }
                }
            }
            guard threads.withLock({ $0.count }) == 4 * 3 else { exit(2) }
        }
    }

    @Test("The child tasks of a handler come to the reactor with their first wait")
    func children() async {
        await #expect(processExitsWith: .success) {
            let threads = Locked<[UInt]>([])
            try await SocketReactor().run {
                let reactor = currentThread()
                try await serveQuestions(4) { connection in
                    async let answers: Void = {
                        while try await connection.receive(atMost: 1) != nil {
                            try await waitForTime(with: connection)
                            try note(reactor, threads)
                            try await connection.sendAll("a")
                        }
                    }()
                    try await answers
                }
            }
            guard threads.withLock({ $0.count }) == 4 * 3 else { exit(2) }
        }
    }

    @Test("A handler that prefers another executor runs there, also after a wait")
    func prefersAnother() async {
        await #expect(processExitsWith: .success) {
            let threads = Locked<[UInt]>([])
            let other = try SocketReactor()
            let others = await other.run { currentThread() }
            try await SocketReactor().run {
                try await serveQuestions(4) { connection in
                    try await other.run {
                        while try await connection.receive(atMost: 1) != nil {
                            try note(others, threads)
                            try await connection.sendAll("a")
                        }
                    }
                }
            }
            guard threads.withLock({ $0.count }) == 4 * 3 else { exit(2) }
        }
    }

    @Test("So do those that had to wait for a place")
    func places() async {
        await #expect(processExitsWith: .success) {
            let threads = Locked<[UInt]>([])
            try await SocketReactor().run {
                let reactor = currentThread()
                try await serveQuestions(8, limits: ServerLimits(connections: 2)) { connection in
                    try note(reactor, threads)
                    while try await connection.receive(atMost: 1) != nil {
                        try note(reactor, threads)
                        try await connection.sendAll("a")
                    }
                }
            }
            guard threads.withLock({ $0.count }) == 8 * 4 else { exit(2) }
        }
    }

    @Test("More than are accepted in a row are served, and stopping ends those that wait")
    func many() async {
        await #expect(processExitsWith: .success) {
            try await SocketReactor().run {
                let backend = SocketBackend<IPv4>()
                let listener = try backend.listen(on: .loopback(port: 0))
                let address = try listener.localAddress
                let server = Server(limits: ServerLimits(idleTime: patience))
                let ended = Locked(0)
                async let served: Void = server.serve(listener) { connection in
                    defer { ended.withLock { $0 += 1 } }
                    try await connection.sendAll("a")
                    _ = try await connection.receive(atMost: 1)
                }
                var clients: [Connection<SocketTransport<IPv4>>] = []
                for _ in 0..<100 { clients.append(try await backend.connect(to: address, timeout: patience)) }
                for client in clients {
                    guard try await client.receive(atMost: 1, timeout: patience) == [97] else { exit(2) }
                }
                guard await server.stop(within: .zero).aborted == 100 else { exit(3) }
                try await served
                guard ended.withLock({ $0 }) == 100 else { exit(4) }
                for client in clients { client.close() }
            }
        }
    }

    @Test("Handlers of a server without a reactor do not stay on the thread that wakes all, however they waited")
    func withoutReactor() async {
        await #expect(processExitsWith: .success) {
            let waking = await withTaskExecutorPreference(try SocketReactor.shared) { currentThread() }
            let rounds = Locked(0)
            try await serveQuestions(4) { connection in
                while try await connection.receive(atMost: 1) != nil {
                    try await waitForTime(with: connection)
                    guard currentThread() != waking else { exit(2) }
                    rounds.withLock { $0 += 1 }
                    try await connection.sendAll("a")
                }
            }
            guard rounds.withLock({ $0 }) == 4 * 3 else { exit(3) }
        }
    }

    @Test("Serving in a task that was cancelled before begins no handler")
    func cancelledBefore() async {
        await #expect(processExitsWith: .success) {
            try await SocketReactor().run {
                let backend = SocketBackend<IPv4>()
                let listener = try backend.listen(on: .loopback(port: 0))
                let client = try connect(backend, to: listener)
                await withTaskGroup(of: Void.self) { group in
                    group.cancelAll()
                    group.addTask {
                        do throws(TransportError) {
                            try await Server().serve(listener) { _ in exit(2) }
                            exit(3)
                        } catch {
                            guard error.kind == .cancelled else { exit(4) }
                        }
                    }
                }
                client.close()
            }
        }
    }

    @Test("A listener that a handler closes leaves its number to others")
    func closesListener() async {
        await #expect(processExitsWith: .success) {
            let other = try SocketReactor()
            try await SocketReactor().run {
                let backend = SocketBackend<IPv4>()
                let listener = try backend.listen(on: .loopback(port: 0))
                let address = try listener.localAddress
                // As many as are accepted in a row, before anyone waits for the listener.
                var clients: [Client] = []
                for _ in 0..<32 { clients.append(try await backend.connect(to: address, timeout: patience)) }
                let count = clients.count
                let elsewhere = try backend.listen(on: .loopback(port: 0))
                let successor = Locked<Client?>(nil)
                let begun = Locked(0)
                try? await Server().serve(listener) { _ in
                    let number = begun.withLock { begun in
                        begun += 1
                        return begun
                    }
                    guard number == count else { return }
                    listener.close()
                    let next = try connect(backend, to: elsewhere)
                    successor.withLock { $0 = next }
                }
                guard let next = successor.withLock({ $0 }) else { exit(2) }
                // Without a place in this reactor, it could still get one in another.
                let place = listener.transport.query(WaitingPlaceKey.self)
                guard await other.run({ place?.isOnWakingThread }) == true else { exit(3) }
                for connection in clients + [next] { connection.close() }
                elsewhere.close()
            }
        }
    }
}

private typealias Client = Connection<SocketTransport<IPv4>>

/// The thread that runs, as a number.
private func currentThread() -> UInt { UInt(pthread_self()) }

/// Waits, whatever there is to be had.
private func waitForTime(with connection: Client) async throws {
    let end = connection.transport.now.advanced(by: .milliseconds(1))
    _ = try await connection.transport.ready(for: Need([], notBefore: end), until: .never)
}

/// A connection that was made without a task's waiting.
private func connect(
    _ backend: SocketBackend<IPv4>, to listener: Listener<SocketListener<IPv4>>
) throws -> Client { try backend.connect(to: listener.localAddress, timeout: patience) }

/// Takes note of the thread that runs; fails when it is another than it should be.
private func note(_ expected: UInt, _ threads: Locked<[UInt]>) throws {
    let thread = currentThread()
    guard thread == expected else { exit(9) }
    threads.withLock { $0.append(thread) }
}

/// Serves clients, from tasks that prefer no executor, each of which asks three times.
private func serveQuestions(
    _ clients: Int, limits: ServerLimits = ServerLimits(),
    _ handler: @escaping @Sendable (Client) async throws -> Void
) async throws {
    let backend = SocketBackend<IPv4>()
    let listener = try backend.listen(on: .loopback(port: 0))
    let address = try listener.localAddress
    let server = Server(limits: limits)
    let asking = Task.detached {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<clients {
                group.addTask {
                    let client = try await backend.connect(to: address, timeout: patience)
                    for _ in 0..<3 {
                        try await client.sendAll("q")
                        guard try await client.receive(atMost: 1, timeout: patience) == [97] else { exit(7) }
                    }
                    client.close()
                }
            }
            try await group.waitForAll()
        }
        guard await server.stop(within: patience).aborted == 0 else { exit(8) }
    }
    try await server.serve(listener, handler: handler)
    try await asking.value
}
