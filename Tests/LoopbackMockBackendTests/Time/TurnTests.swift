import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Threads take turns")
struct TurnTests {
    /// A server with a thread for each of three clients, all of which write down what they do.
    private func trace(seed: UInt64) throws -> [String] {
        let network = LoopbackNetwork(profile: .hostile, seed: seed)
        let lines = Locked<[String]>([])
        @Sendable func note(_ line: String) { lines.withLock { $0.append("\(network.now.nanoseconds) \(line)") } }
        let listener = try network.backend(on: "server").listen(port: 1)
        let server = try network.spawn {
            var workers: [LoopbackThread<Void>] = []
            for number in 0..<3 {
                let connection = try listener.accept()
                workers.append(
                    try network.spawn {
                        while let bytes = try connection.receive(atMost: 9) {
                            note("server \(number) received \(bytes.count)")
                            try connection.sendAll(bytes)
                        }
                    }
                )
            }
            for worker in workers { try worker.join() }
        }
        let clients = try (0..<3).map { number in
            try network.spawn {
                let connection = try network.backend(on: "client").connect(host: "server", port: 1)
                for count in 1...3 {
                    try connection.sendAll(pattern(count * 5))
                    note("client \(number) has \(try connection.receiveExactly(count * 5).count)")
                    _ = try connection.wait(for: .readable, timeout: .milliseconds(number))
                }
            }
        }
        for client in clients { try client.join() }
        try server.join()
        return lines.withLock { $0 }
    }

    @Test("SIM-01: the same seed gives the same trace, a hundred times")
    func deterministic() throws {
        let first = try trace(seed: 5)
        #expect(first.count > 18)
        for _ in 0..<99 { #expect(try trace(seed: 5) == first) }
        #expect(try trace(seed: 6) != first)
    }

    @Test("join gives the result of a thread, more than once, or throws its error")
    func join() throws {
        struct Mine: Error {}
        let network = LoopbackNetwork()
        let good = try network.spawn { 42 }
        #expect(try good.join() == 42)
        #expect(try good.join() == 42)
        let bad = try network.spawn { throw Mine() }
        #expect(throws: Mine.self) { try bad.join() }
    }

    @Test("Threads can start threads, and wait for them")
    func nested() throws {
        let network = LoopbackNetwork()
        let outer = try network.spawn {
            let inner = try (1...10).map { number in try network.spawn { number } }
            return try inner.map { try $0.join() }.reduce(0, +)
        }
        #expect(try outer.join() == 55)
    }

    @Test("SIM-10: a second thread that the network does not know is told how to start threads")
    func stranger() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        let thread = try network.spawn {
            // The test is blocked in join: this thread takes its place a second time.
            try BackgroundCall { caught { try client.receive(atMost: 1) } }.value()
        }
        let error = try thread.join()
        #expect(error?.kind == .invalidState)
        #expect(error?.message.contains("network.spawn { … }") == true)
        #expect(!server.isClosed)
    }

    @Test("A thread that the network does not know can do what needs no waiting")
    func strangerAtWork() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        try server.sendAll("now")
        let thread = try network.spawn { try BackgroundCall { try client.receiveText(3) }.value() }
        #expect(try thread.join() == "now")
    }

    @Test("A network goes away with the last that uses it, whatever was going on in it")
    func noLeak() throws {
        weak var leaked: LoopbackNetwork?
        weak var host: LoopbackHost?
        do {
            let network = LoopbackNetwork()
            _ = try network.serve(on: "cache", port: 1) { $0.pause(for: .seconds(100)) }
            let client = try network.backend().connect(host: "cache", port: 1)
            _ = try client.wait(for: .readable, timeout: .seconds(1))
            leaked = network
            host = network.host("cache")
        }
        #expect(leaked == nil)
        #expect(host == nil)
    }
}
