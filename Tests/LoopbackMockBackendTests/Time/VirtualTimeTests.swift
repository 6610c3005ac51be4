import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Time belongs to the network")
struct VirtualTimeTests {
    @Test("SIM-02 DLN: a timeout of 30 seconds ends at exactly 30 seconds, at once")
    func exact() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        let took = try seconds { () throws in
            #expect(caught { try client.receive(atMost: 1, timeout: .seconds(30)) }?.kind == .timedOut)
        }
        #expect(network.now == Instant(nanoseconds: 30_000_000_000))
        #expect(took < .seconds(5))
        #expect(!server.isClosed)
    }

    @Test("DLN: accepting, connecting, receiving and sending time out in virtual time")
    func everyOperation() throws {
        let network = LoopbackNetwork(profile: .lockstep)
        let backend = network.backend()
        let listener = try backend.listen(on: .v4(.any(port: 1)), options: ListenerOptions(backlog: 0))
        #expect(caught { try listener.accept(timeout: .seconds(1)) }?.kind == .timedOut)
        let client = try backend.connect(to: .v4(.loopback(port: 1)))
        #expect(caught { try backend.connect(to: .v4(.loopback(port: 1)), timeout: .seconds(2)) }?.kind == .timedOut)
        #expect(caught { try client.receiveExactly(1, timeout: .seconds(4)) }?.kind == .timedOut)
        #expect(caught { try client.sendAll("ab", timeout: .seconds(8)) }?.bytesTransferred == 1)
        #expect(network.now == Instant(nanoseconds: 15_000_000_000))
    }

    @Test("SIM-02: an hour with 1,000 timers takes no time")
    func hour() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        let took = try seconds { () throws in
            for _ in 0..<1000 { #expect(try !client.wait(for: .readable, timeout: .milliseconds(3600))) }
        }
        #expect(network.now == Instant(nanoseconds: 3_600_000_000_000))
        #expect(took < .seconds(5))
        #expect(!server.isClosed)
    }

    @Test("Threads with timers wake in the order of their times")
    func order() throws {
        let network = LoopbackNetwork()
        let listeners = try (1...5).map { try network.backend().listen(on: .v4(.any(port: $0))) }
        let woken = Locked<[Int64]>([])
        let threads = try listeners.enumerated().map { index, listener in
            try network.spawn {
                _ = try listener.waitForConnection(timeout: .seconds([30, 10, 50, 20, 40][index]))
                woken.withLock { $0.append(network.now.nanoseconds / 1_000_000_000) }
            }
        }
        for thread in threads { try thread.join() }
        #expect(woken.withLock { $0 } == [10, 20, 30, 40, 50])
    }

    @Test("Time stands still while a thread works, and a timer of somebody who went on does not move it")
    func standsStill() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        let reader = try network.spawn { try client.receive(atMost: 9, timeout: .seconds(10)) }
        let worker = try network.spawn {
            var sum = 0
            for number in 0..<31_623 { sum &+= number }
            try server.sendAll("\(sum)")
        }
        #expect(String(try reader.join()) == "499991253")
        try worker.join()
        #expect(network.now == Instant(nanoseconds: 0))
    }

    @Test("A sleep ends at exactly its instant, and those who sleep wake in order")
    func sleep() throws {
        let network = LoopbackNetwork()
        let backend = network.backend()
        let woken = Locked<[Int]>([])
        let threads = try [30, 10, 20].map { time in
            try network.spawn {
                try network.backend().sleep(for: .seconds(time))
                woken.withLock { $0.append(time) }
            }
        }
        try backend.sleep(until: Instant(nanoseconds: 15_000_000_000))
        #expect(network.now == Instant(nanoseconds: 15_000_000_000))
        #expect(woken.withLock { $0 } == [10])
        for thread in threads { try thread.join() }
        #expect(woken.withLock { $0 } == [10, 20, 30])
        try backend.sleep(until: Instant(nanoseconds: 1))
        #expect(network.now == Instant(nanoseconds: 30_000_000_000))
    }

    @Test("In manual time a sleep ends when the test has moved time so far")
    func manualSleep() throws {
        let network = LoopbackNetwork(clock: .manual)
        let isAwake = Locked(false)
        let thread = try network.spawn {
            try network.backend().sleep(for: .seconds(10))
            isAwake.withLock { $0 = true }
        }
        network.advance(by: .milliseconds(9_999))
        #expect(!isAwake.withLock { $0 })
        network.advance(by: .milliseconds(1))
        #expect(isAwake.withLock { $0 })
        try thread.join()
    }

    @Test("Manual time moves only when it is told to, and threads go on at each timer")
    func manual() throws {
        let network = LoopbackNetwork(clock: .manual)
        let (client, server) = try network.pair()
        let outcome = Locked<[String]>([])
        let thread = try network.spawn {
            for _ in 0..<2 {
                _ = try client.wait(for: .readable, timeout: .seconds(10))
                outcome.withLock { $0.append("\(network.now.nanoseconds / 1_000_000_000)") }
            }
        }
        network.advance(by: .seconds(9))
        #expect(outcome.withLock { $0 } == [])
        network.advance(by: .seconds(15))
        #expect(outcome.withLock { $0 } == ["10", "20"])
        #expect(network.now == Instant(nanoseconds: 24_000_000_000))
        try thread.join()
        network.advance(by: .seconds(-5))
        network.advance(by: .seconds(Int64.max))
        #expect(network.now == Instant(nanoseconds: .max))
        #expect(!server.isClosed)
    }

    @Test("In manual time a thread that the network does not know is woken by data")
    func manualStranger() throws {
        let network = LoopbackNetwork(clock: .manual)
        let (client, server) = try network.pair()
        let call = BackgroundCall { String(try client.receive(atMost: 9)) }
        try server.sendAll("x")
        #expect(try call.value() == "x")
    }

    @Test("Real time is the machine's, also for the pauses of a script")
    func real() throws {
        let network = LoopbackNetwork(clock: .real)
        _ = try network.serve(on: "cache", port: 1) { peer in
            peer.expectLine()
            peer.pause(for: .milliseconds(5))
            peer.send("x")
        }
        let client = try network.backend().connect(host: "cache", port: 1)
        #expect(caught { try client.receive(atMost: 1, timeout: .milliseconds(5)) }?.kind == .timedOut)
        let reader = try network.spawn { try client.receive(atMost: 1) }
        try client.sendAll("go\n")
        let took = try seconds { () throws in
            #expect(String(try reader.join()) == "x")
        }
        #expect(took < .seconds(5))
        #expect(network.now >= Instant(nanoseconds: 10_000_000))
    }
}
