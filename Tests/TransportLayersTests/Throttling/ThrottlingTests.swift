import BSDSocketBackend
import LoopbackMockBackend
import Testing
import TestSupport
import TransportCore
import TransportLayers

@Suite("Throttled streams")
struct ThrottlingTests {
    @Test("11,000 bytes at 10,000 a second with a burst of 1,000 take exactly a second", arguments: [true, false])
    func exact(_ isSending: Bool) throws {
        let network = LoopbackNetwork()
        let (a, b) = try network.ipStreams()
        let limiter = try RateLimiter(bytesPerSecond: 10_000, burst: 1_000)
        let sender = Connection(Throttled(over: a, receiving: nil, sending: isSending ? limiter : nil))
        let receiver = Connection(Throttled(over: b, receiving: isSending ? nil : limiter, sending: nil))
        let bytes = pattern(11_000)
        let sending = try network.spawn { try sender.sendAll(bytes) }
        #expect(try receiver.receiveExactly(11_000) == bytes)
        try sending.join()
        #expect(network.now == Instant(nanoseconds: 1_000_000_000))
    }

    @Test("In tasks it takes the same time, and a timeout ends a wait for more")
    func tasks() async throws {
        let network = LoopbackNetwork()
        try await network.run {
            let (a, b) = try network.ipStreams()
            let limiter = try RateLimiter(bytesPerSecond: 100, burst: 10)
            let sender = Connection(Throttled(over: a, receiving: nil, sending: limiter))
            let receiver = Connection(b)
            try await sender.sendAll(pattern(60))
            #expect(network.now == Instant(nanoseconds: 500_000_000))
            do {
                try await sender.sendAll(pattern(60), timeout: .milliseconds(205))
                Issue.record("it was not slow")
            } catch {
                #expect((error as? TransportError)?.kind == .timedOut)
                #expect((error as? TransportError)?.bytesTransferred == 20)
            }
            #expect(network.now == Instant(nanoseconds: 705_000_000))
            #expect(try await receiver.receiveExactly(80).count == 80)
        }
    }

    @Test("Streams that share a limit have it together")
    func shared() throws {
        let network = LoopbackNetwork()
        let limiter = try RateLimiter(bytesPerSecond: 1000, burst: 100)
        let server = try network.serveConnections { connection in while try connection.receive(atMost: 999) != nil {} }
        let backend = network.backend().throttled(sharingSending: limiter)
        let clients = try (0..<2).map { _ in try backend.connect(to: server.address) }
        let threads = try clients.map { client in try network.spawn { try client.sendAll(pattern(550)) } }
        for thread in threads { try thread.join() }
        #expect(network.now == Instant(nanoseconds: 1_000_000_000))
    }

    @Test("A nonblocking call says when to come again, and waiting for readiness waits so long")
    func nonblocking() throws {
        let network = LoopbackNetwork()
        let (a, b) = try network.ipStreams()
        let sender = Connection(
            Throttled(over: a, receiving: nil, sending: try RateLimiter(bytesPerSecond: 100, burst: 10)))
        try sender.sendAll(pattern(10))
        guard
            case .wouldBlock(let need) = try pattern(5).withRawSpan({ (span) throws(TransportError) in
                try sender.transport.trySend(span)
            })
        else {
            Issue.record("there was no limit")
            return
        }
        #expect(need.interest.isEmpty)
        #expect(need.notBefore == Instant(nanoseconds: 10_000_000))
        #expect(try !sender.wait(for: .writable, timeout: .milliseconds(5)))
        #expect(try sender.wait(for: .writable, timeout: .seconds(5)))
        #expect(network.now.nanoseconds == 10_000_000)
        _ = b
    }

    @Test("Over sockets a slow stream wakes seldom")
    func calls() throws {
        let (a, b) = try streams(of: SocketBackend<IP>(), at: .v4(.loopback(port: 0)))
        let counter = ByteCounter()
        let sender = Connection(
            Throttled(
                over: Counted(over: a, counter: counter), receiving: nil,
                sending: try RateLimiter(bytesPerSecond: 20_000, burst: 1000)))
        let receiver = Connection(b)
        let clock = ContinuousClock()
        let start = clock.now
        try sender.sendAll(pattern(5000))
        #expect(clock.now - start >= .milliseconds(199))
        #expect(counter.totals.sends <= 25, "pieces of a hundredth of a second, no more")
        #expect(try receiver.receiveExactly(5000) == pattern(5000))
    }

    @Test("Vectored calls stay vectored, and are cut where the limit is")
    func vectored() throws {
        let network = LoopbackNetwork()
        let (a, b) = try network.ipStreams()
        let sender = Connection(
            Throttled(over: a, receiving: nil, sending: try RateLimiter(bytesPerSecond: 100, burst: 10)))
        try sender.sendAll(gathering: [[1, 2, 3, 4], [], [5, 6, 7, 8], [9, 10, 11, 12]])
        #expect(try Connection(b).receiveExactly(12) == [UInt8](1...12))
        #expect(network.now.nanoseconds == 20_000_000)
    }

    @Test("Rates that are none are refused, and the limits hold for any numbers", arguments: [1, 2, 3] as [UInt64])
    func limits(_ seed: UInt64) throws {
        #expect(caught { try RateLimiter(bytesPerSecond: 0) }?.kind == .invalidArgument)
        #expect(caught { try RateLimiter(bytesPerSecond: 1 << 41) }?.kind == .invalidArgument)
        #expect(caught { try RateLimiter(bytesPerSecond: 5, burst: 0) }?.kind == .invalidArgument)
        // One virtual second of whatever rate: the stream gets what it should, and goes on each time it is told to.
        var random = SeededGenerator(seed: seed)
        for _ in 0..<30 {
            let rate = Int.random(in: 10...100_000, using: &random)
            let burst = Int.random(in: 1...rate, using: &random)
            let network = LoopbackNetwork()
            let (a, b) = try network.ipStreams()
            let sender = Connection(
                Throttled(over: a, receiving: nil, sending: try RateLimiter(bytesPerSecond: rate, burst: burst)))
            let bytes = pattern(min(burst + rate, 50_000))
            let sending = try network.spawn { try sender.sendAll(bytes) }
            #expect(try Connection(b).receiveExactly(bytes.count) == bytes)
            try sending.join()
            let expected = Double(max(0, bytes.count - burst)) / Double(rate)
            let took = Double(network.now.nanoseconds) / 1e9
            #expect(took >= expected - 1e-6 && took <= expected + 1e-3, "\(rate) \(burst): \(took) for \(expected)")
        }
    }
}
