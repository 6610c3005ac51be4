import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

/// What becomes of those who wait in a network when nobody has it any more, or it is shut down.
@Suite("The end of a network")
struct ShutDownTests {
    /// What threads that the network started, and that nobody joins, came to.
    private final class Endings: Sendable {
        private let kinds = Locked<[TransportError.Kind?]>([])

        func add(_ kind: TransportError.Kind?) {
            kinds.withLock { $0.append(kind) }
            kinds.wakeAll()
        }

        /// Waits for so many of them.
        func first(_ count: Int) -> [TransportError.Kind?]? {
            kinds.wait(until: Patience.end) { $0.count >= count ? $0 : nil }
        }
    }

    @Test("Threads that nobody joins are woken, and have ended when the call returns")
    func threads() throws {
        let network = LoopbackNetwork()
        let endings = Locked<[String]>([])
        let listener = try network.backend().listen(port: 1)
        try network.spawn {
            let accepted = try listener.accept()
            let error = caught { try listener.accept() }
            endings.withLock { $0.append("accept: \(error?.kind.rawValue ?? "")") }
            accepted.close()
        }
        let connection = try network.backend().connect(host: "localhost", port: 1)
        try network.spawn {
            let error = caught { try connection.receive(atMost: 1, timeout: .seconds(10)) }
            endings.withLock { $0.append("receive: \(error?.kind.rawValue ?? "")") }
        }
        try network.spawn {
            let error = caught { try network.sleep(for: .seconds(20)) }
            endings.withLock { $0.append("sleep: \(error?.kind.rawValue ?? "")") }
        }
        try network.sleep(for: .seconds(1))
        network.shutDown()
        #expect(endings.withLock { $0.sorted() } == ["accept: closed", "receive: closed", "sleep: closed"])
        #expect(network.now == Instant(nanoseconds: 1_000_000_000), "time does not go on for nobody")
    }

    @Test("Tasks that nobody waits for are woken")
    func tasks() async throws {
        let network = LoopbackNetwork()
        let endings = Endings()
        let server = try network.serveConnections(port: 1) { connection async in
            do throws(TransportError) {
                _ = try await connection.receive(atMost: 1)
            } catch {
                endings.add(error.kind)
            }
        }
        let client = try await network.run { try await network.backend().connect(host: "localhost", port: 1) }
        Task(executorPreference: network.executor) {
            do throws(TransportError) {
                _ = try await client.receive(atMost: 1)
            } catch {
                endings.add(error.kind)
            }
        }
        try await network.run { try await network.sleep(for: .seconds(1)) }
        network.shutDown()
        #expect(endings.first(2) == [.closed, .closed])
        #expect(server.connectionCount == 1)
    }

    @Test(
        "Another thread that shuts the network down wakes the test", arguments: [NetworkClock.virtual, .manual, .real])
    func fromOutside(_ clock: NetworkClock) throws {
        let network = LoopbackNetwork(clock: clock)
        let listener = try network.backend().listen(port: 1)
        let waiting = Door()
        try network.spawn {
            // The test is blocked when a thread has its turn; with the machine's clock it may not be yet, which is as well.
            waiting.open()
            try network.sleep(for: .seconds(1000))
        }
        let call = BackgroundCall {
            waiting.pass()
            network.shutDown()
        }
        let error = caught { try listener.accept(timeout: .seconds(2000)) }
        // In virtual time, nobody who is shut out is faster than time, which jumps.
        #expect(clock == .virtual ? [.closed, .timedOut].contains(error?.kind) : error?.kind == .closed)
        try call.value()
    }

    @Test("What need not wait still works, and whoever waits later gets the same error")
    func later() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        try client.sendAll("abc")
        network.shutDown()
        network.shutDown()
        #expect(try server.receiveText(3) == "abc")
        try server.sendAll("d")
        #expect(try client.receiveText(1) == "d")
        let error = caught { try server.receive(atMost: 1) }
        #expect(error?.kind == .closed)
        #expect(error?.explanation.contains("shut down") == true)
        server.close()
        #expect(try client.receive(atMost: 1) == nil)
        client.close()
        #expect(caught { try network.sleep(for: .seconds(1)) }?.kind == .closed)
        #expect(caught { try network.backend().connect(host: "server", port: 1) } != nil)
    }

    @Test("A server thread that nobody waits for ends when nobody has the network any more")
    func serverThread() throws {
        let endings = Endings()
        weak var leaked: LoopbackNetwork?
        do {
            let network = LoopbackNetwork()
            _ = try network.serveConnections(port: 1) { connection in
                let error = caught { while try connection.receive(atMost: 99) != nil {} }
                endings.add(error?.kind)
            }
            let client = try network.backend().connect(host: "localhost", port: 1)
            try client.sendAll("hello")
            client.close()
            leaked = network
        }
        #expect(leaked == nil)
        // It saw the end of its stream, as soon as it had its turn.
        #expect(endings.first(1) == [nil])
    }

    @Test("A server task that nobody waits for ends when nobody has the network any more", arguments: [false, true])
    func serverTask(isReal: Bool) throws {
        let endings = Endings()
        do {
            let network = LoopbackNetwork(clock: isReal ? .real : .virtual)
            _ = try network.serveConnections(port: 1) { connection async in
                do throws(TransportError) {
                    while try await connection.receive(atMost: 99) != nil {}
                    endings.add(nil)
                } catch {
                    endings.add(error.kind)
                }
            }
            let client = try network.backend().connect(host: "localhost", port: 1)
            try client.sendAll("hello")
            client.close()
        }
        #expect(endings.first(1) == [nil])
    }

    @Test("A connection, a listener, a thread or a server keeps the network")
    func kept() throws {
        let (client, server) = try LoopbackNetwork().pair()
        #expect(caught { try client.receive(atMost: 1, timeout: .seconds(5)) }?.kind == .timedOut)
        try server.sendAll("x")
        #expect(try client.receiveText(1) == "x")
        let listener = try LoopbackNetwork().backend().listen(port: 1)
        #expect(caught { try listener.accept(timeout: .seconds(5)) }?.kind == .timedOut)
        let thread = try { () throws in
            let network = LoopbackNetwork()
            let executor = network.executor
            return try network.spawn { withExtendedLifetime(executor) { 7 } }
        }()
        #expect(try thread.join() == 7)
        let scripted = try LoopbackNetwork().serve { $0.send("x") }
        #expect(scripted.connectionCount == 0)
        try LoopbackNetwork().serveConnections { _ in }.verify()
    }

    @Test("A server whose closure has the network lets it go when that is shut down")
    func cycle() throws {
        weak var leaked: LoopbackNetwork?
        do {
            let network = LoopbackNetwork()
            let server = try network.serveConnections(port: 1) { connection in
                try network.sleep(for: .seconds(1))
                try connection.sendAll("x")
            }
            let client = try network.backend().connect(host: "localhost", port: 1)
            #expect(try client.receiveText(1) == "x")
            client.close()
            try server.verify()
            network.shutDown()
            leaked = network
        }
        #expect(leaked == nil)
    }
}
