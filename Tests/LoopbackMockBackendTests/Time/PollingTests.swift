import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("A loop that polls lets the others go on")
struct PollingTests {
    private let network = LoopbackNetwork()

    /// Asks until there is an answer: with a network that does not let the others go on, for ever.
    private func poll<Value>(_ ask: () throws -> Value) throws -> Value {
        for _ in 0..<1000 {
            do {
                return try ask()
            } catch let error as TransportError where error.kind == .wouldBlock {
                continue
            }
        }
        throw TransportError(.timedOut, operation: .wait)
    }

    @Test("A nonblocking client and a server in a thread")
    func stream() throws {
        let listener = try network.backend(on: "server").listen(port: 1)
        let server = try network.spawn {
            let connection = try listener.accept()
            while let bytes = try connection.receive(atMost: 9) { try connection.sendAll(bytes) }
        }
        let client = try network.backend().connect(host: "server", port: 1)
        client.mode = .nonblocking
        for number in 0..<10 {
            try client.sendAll("\(number)")
            #expect(String(try poll { try client.receive(atMost: 9) }) == "\(number)")
        }
        client.close()
        try server.join()
    }

    @Test("A nonblocking client that has to wait for room")
    func room() throws {
        let network = LoopbackNetwork(profile: .lockstep)
        let (client, server) = try network.pair()
        let reader = try network.spawn { try server.receiveAll() }
        client.mode = .nonblocking
        for byte in pattern(50) { #expect(try poll { try client.send([byte]) } == 1) }
        client.close()
        #expect(try reader.join() == pattern(50))
    }

    @Test("A thread that the network does not know moves no time while somebody else works")
    func stranger() throws {
        let (client, server) = try network.pair()
        client.mode = .nonblocking
        let sleeper = try network.spawn { [network] in try network.sleep(for: .seconds(60)) }
        let worker = try network.spawn { [network] in
            let polling = BackgroundCall { for _ in 0..<3000 { _ = caught { try client.receive(atMost: 1) } } }
            try polling.value()
            return network.now
        }
        #expect(try worker.join() == Instant(nanoseconds: 0))
        try sleeper.join()
        #expect(network.now == Instant(nanoseconds: 60_000_000_000))
        #expect(!server.isClosed)
    }

    @Test("A nonblocking server, and connects under way")
    func accepting() throws {
        let backend = network.backend()
        let listener = try backend.listen(
            on: .v4(.any(port: 1)), options: ListenerOptions(backlog: 0), mode: .nonblocking)
        let first = try network.spawn { try backend.connect(to: .v4(.loopback(port: 1))).localAddress }
        #expect(try poll { try listener.accept().remoteAddress.port } > 0)
        _ = try first.join()
        let queued = try backend.connect(to: .v4(.loopback(port: 1)))
        let second = try backend.connect(to: .v4(.loopback(port: 1)), mode: .nonblocking)
        let acceptor = try network.spawn { try listener.accept().close() }
        try poll { try second.establish() }
        try acceptor.join()
        #expect(try queued.remoteAddress.port == 1)
    }

    @Test("Datagrams, and waits with a timeout of zero")
    func datagrams() throws {
        let backend = network.backend()
        let receiver = try backend.datagramSocket(boundTo: .v4(.loopback(port: 1)), mode: .nonblocking)
        let sender = try network.spawn {
            let socket = try backend.datagramSocket(connectedTo: .v4(.loopback(port: 1)))
            try socket.send("one")
            try socket.send("two")
        }
        #expect(String(try poll { try receiver.receive(atMost: 9).bytes }) == "one")
        #expect(String(try poll { try receiver.receive(atMost: 9).bytes }) == "two")
        try sender.join()
        let later = try network.spawn { try backend.datagramSocket().send("three", to: .v4(.loopback(port: 1))) }
        var polls = 0
        while try !receiver.wait(for: .readable, timeout: .zero), polls < 1000 { polls += 1 }
        #expect(polls < 1000)
        try later.join()
    }

    @Test("Two that poll for each other, and a third that nobody waits for")
    func pollers() throws {
        let (client, server) = try network.pair()
        let (other, idle) = try network.pair()
        (client.mode, server.mode) = (.nonblocking, .nonblocking)
        let busy = try network.spawn { caught { try other.receive(atMost: 1, timeout: .seconds(60)) }?.kind }
        let echo = try network.spawn {
            for _ in 0..<20 { try server.sendAll(try poll { try server.receive(atMost: 9) } ?? []) }
        }
        for number in 0..<20 {
            try client.sendAll("\(number)")
            #expect(String(try poll { try client.receive(atMost: 9) }) == "\(number)")
        }
        try echo.join()
        #expect(network.now == Instant(nanoseconds: 0), "time stands still while anyone works")
        #expect(try busy.join() == .timedOut)
        #expect(!idle.isClosed)
    }

    @Test("Time goes on for one that polls and does nothing else, and for two")
    func time() throws {
        let service = try network.serve(on: "slow", port: 1) { peer in
            peer.pause(for: .seconds(20))
            peer.send("late")
            peer.stayOpen()
        }
        let client = try network.backend().connect(host: "slow", port: 1, mode: .nonblocking)
        let other = try network.spawn {
            var polls = 0
            while network.now < Instant(nanoseconds: 20_000_000_000), polls < 100_000 {
                _ = try client.wait(for: .readable, timeout: .zero)
                polls += 1
            }
            return polls
        }
        var answer: [UInt8]?
        for _ in 0..<100_000 where answer == nil { answer = try? client.receive(atMost: 9) }
        #expect(String(answer) == "late")
        #expect(network.now == Instant(nanoseconds: 20_000_000_000))
        #expect(try other.join() < 100_000)
        try service.verify()
    }

    @Test("Polls between which something happens take no time")
    func progress() throws {
        let (client, server) = try network.pair()
        let idle = try network.spawn { caught { try server.receive(atMost: 1, timeout: .seconds(60)) }?.kind }
        client.mode = .nonblocking
        let (other, echo) = try network.pair()
        for _ in 0..<3000 {
            #expect(caught { try client.receive(atMost: 1) }?.kind == .wouldBlock)
            try other.sendAll("x")
            _ = try echo.receive(atMost: 1)
        }
        #expect(network.now == Instant(nanoseconds: 0))
        #expect(try idle.join() == .timedOut)
    }

    @Test("A task that polls lets threads go on, and other tasks when it yields")
    func tasks() async throws {
        let (client, server) = try network.pair()
        let thread = try network.spawn { try server.sendAll(try server.receiveExactly(3)) }
        client.mode = .nonblocking
        try await network.run {
            try await client.sendAll("one")
            var answer: [UInt8]?
            for _ in 0..<1000 where answer == nil { answer = try? await client.receive(atMost: 9) }
            #expect(String(answer) == "one")
            async let echo: Void = try await server.sendAll(try await server.receiveExactly(3))
            try await client.sendAll("two")
            answer = nil
            for _ in 0..<1000 where answer == nil {
                answer = try? await client.receive(atMost: 9)
                await Task.yield()
            }
            #expect(String(answer) == "two")
            try await echo
        }
        try await thread.join()
    }
}
