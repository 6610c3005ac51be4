import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Faults happen to operations")
struct OperationFaultTests {
    @Test("The nth send is reset, for both ends, and no other")
    func nthSend() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        let fault = network.fault(.reset, on: .sends.from("client").to("server").nth(3))
        for text in ["one", "two"] { try client.sendAll(text) }
        try server.sendAll("back")
        #expect(fault.hitCount == 0)
        #expect(network.unusedFaults == ["reset on sends from client to server, number 3"])
        let error = caught { try client.sendAll("three") }
        #expect(error?.kind == .connectionReset)
        #expect(error?.bytesTransferred == 0)
        #expect(fault.hitCount == 1)
        #expect(fault.firstHit == "send of 5 bytes to server:49152")
        #expect(network.unusedFaults.isEmpty)
        #expect(caught { try client.receive(atMost: 9) }?.kind == .connectionReset)
        #expect(try server.receiveText(6) == "onetwo")
        #expect(caught { try server.receive(atMost: 9) }?.kind == .connectionReset)
    }

    @Test("A fault can be told of whatever numbers it is for")
    func numbersInWords() {
        #expect("\(FaultMatch.sends.nth(3...5))" == "sends, numbers 3 to 5")
        #expect("\(FaultMatch.sends.nth(3...))" == "sends, from number 3 on")
        #expect("\(FaultMatch.sends.nth(Int.min...2))" == "sends, numbers \(Int.min) to 2")
        #expect("\(FaultMatch.sends.nth(Int.min...))" == "sends")
        #expect("\(FaultMatch.sends.nth(Int.max))" == "sends, number \(Int.max - 1)")
    }

    @Test("One stream has gone black, and others between the same machines go on")
    func oneStream() throws {
        let network = LoopbackNetwork()
        let (first, silent) = try network.pair()
        let (second, other) = try network.pair()
        let fault = network.fault(.blackHole, on: .everything.between("client", "server").stream(1))
        #expect(network.unusedFaults == ["black hole on everything between client and server, stream #1"])
        try first.sendAll("lost")
        try second.sendAll("hello")
        #expect(try other.receiveText(5) == "hello")
        try other.sendAll("back")
        #expect(try second.receiveText(4) == "back")
        #expect(caught { try silent.receive(atMost: 1, timeout: .seconds(60)) }?.kind == .timedOut)
        #expect(fault.hitCount > 0)
    }

    @Test("A stream is reset after so many bytes exactly, whichever way the program sends them", arguments: [1, 4, 9])
    func afterBytes(_ size: Int) throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        network.fault(.reset, on: .sends.by("client").afterBytes(10))
        var sent = 0
        let error = caught {
            while sent < 100 {
                try client.sendAll(pattern(size))
                sent += size
            }
        }
        #expect(error?.kind == .connectionReset)
        #expect(sent + (error?.bytesTransferred ?? 0) == 10)
        #expect(try server.receiveExactly(10).count == 10)
        #expect(caught { try server.receive(atMost: 9) }?.kind == .connectionReset)
    }

    @Test("The first fault that is for an operation decides; removing it leaves the next one")
    func order() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        let first = network.fault(.error(.outOfResources), on: .sends)
        let second = network.fault(.error(.messageTooLarge), on: .sends.by("client"))
        #expect(caught { try client.send("x".utf8) }?.kind == .outOfResources)
        #expect((first.hitCount, second.hitCount) == (1, 0))
        first.remove()
        first.remove()
        #expect(caught { try client.send("x".utf8) }?.kind == .messageTooLarge)
        #expect(try server.send("y".utf8) == 1)
        second.remove()
        #expect(try client.send("x".utf8) == 1)
        #expect((first.hitCount, second.hitCount) == (1, 1))
    }

    @Test("A fault of a scope ends with it, also when the scope throws")
    func scope() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        let error = caught {
            try network.withFault(.error(.outOfResources), on: .sends) { try client.sendAll("x") }
        }
        #expect(error?.kind == .outOfResources)
        try client.sendAll("y")
        #expect(try server.receiveText(1) == "y")
    }

    @Test("A fault of a scope ends with it in tasks too")
    func scopeOfTasks() async throws {
        let network = LoopbackNetwork()
        try await network.run {
            let (client, _) = try network.pair()
            do {
                try await network.withFault(.error(.outOfResources), on: .sends) { try await client.sendAll("x") }
                Issue.record("the send fails")
            } catch {
                #expect((error as? TransportError)?.kind == .outOfResources)
            }
            try await client.sendAll("y")
        }
    }

    @Test("A stalled operation times out, and goes on when the fault is removed")
    func stall() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        try server.sendAll("here")
        let fault = network.fault(.stall, on: .receives.by("client"))
        #expect(caught { try client.receive(atMost: 9, timeout: .seconds(7)) }?.kind == .timedOut)
        #expect(network.now == Instant(nanoseconds: 7_000_000_000))
        #expect(fault.hitCount == 1)
        let reader = try network.spawn { try client.receive(atMost: 9) }
        try network.sleep(for: .seconds(1))
        fault.remove()
        #expect(String(try reader.join()) == "here")
        #expect(network.now == Instant(nanoseconds: 8_000_000_000))
    }

    @Test("SIM-03: the report of a deadlock names the fault that holds everybody up")
    func deadlock() throws {
        let network = LoopbackNetwork()
        let (client, _) = try network.pair()
        network.fault(.stall, on: .sends.by("client"))
        let error = caught { try client.sendAll("x") }
        #expect(error?.kind == .deadlock)
        #expect(error?.message.contains("held up by the fault \"stall on sends by client\"") == true)
    }

    @Test("Everything about a closed stream that a fault has closed looks like one that the peer has closed")
    func close() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        try server.sendAll("never seen")
        let fault = network.fault(.close, on: .receives.by("client").nth(1))
        #expect(try client.receive(atMost: 9) == nil)
        #expect(try client.receive(atMost: 9) == nil)
        #expect(fault.hitCount == 1)
        #expect(try client.send([1]) == 1)
        #expect(caught { try client.send([1]) }?.kind == .brokenPipe)
        #expect(try server.receive(atMost: 9) == nil)
    }

    @Test("Short counts hide no byte", arguments: [1, 3])
    func shortCounts(_ count: Int) throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        network.fault(.shortCount(count))
        #expect(try client.send("abcdef".utf8) == count)
        try client.sendAll("ghi")
        #expect(try server.receive(atMost: 99)?.count == count)
        #expect(try server.receiveText(3) == "ghi")
    }

    @Test("Connects are refused, by address and by name, and those to another machine are not")
    func refuse() throws {
        let network = LoopbackNetwork()
        let backend = network.backend(on: "client")
        for host in ["one", "two"] { _ = try network.serve(on: host, port: 80) { $0.stopReading() } }
        let fault = network.fault(.refuse, on: .connects.to("one").port(80))
        let error = caught { try backend.connect(host: "one", port: 80) }
        #expect(error?.kind == .connectionRefused)
        #expect(error?.attempts.count == 2)
        #expect(error?.attempts.first?.address == "[fd00::2]:80")
        #expect(fault.hitCount == 2)
        #expect(try backend.connect(host: "two", port: 80).isClosed == false)
        fault.remove()
        #expect(try backend.connect(host: "one", port: 80).isClosed == false)
    }

    @Test(
        "A connect that is held completes when the fault is removed, or times out",
        arguments: [
            FaultVerdict.hold, .blackHole, .stall,
        ])
    func heldConnect(_ verdict: FaultVerdict) throws {
        let network = LoopbackNetwork()
        let server = try network.serve(on: "server", port: 80) { $0.expectEndOfStream() }
        let fault = network.fault(verdict, on: .connects)
        let backend = network.backend(on: "client")
        let error = caught {
            try backend.connect(host: "server", port: 80, families: .v4, timeout: .seconds(3))
        }
        #expect(error?.kind == .timedOut)
        #expect(network.now == Instant(nanoseconds: 3_000_000_000))
        let connect = try network.spawn { try backend.connect(host: "server", port: 80, families: .v4).close() }
        try network.sleep(for: .seconds(1))
        #expect(server.connectionCount == 0)
        fault.remove()
        try connect.join()
        try server.verify()
    }

    @Test("A connect that is held and reaches nobody is refused then")
    func heldAndRefused() throws {
        let network = LoopbackNetwork()
        _ = network.host("server")
        let fault = network.fault(.hold)
        let connect = try network.spawn {
            caught { try network.backend(on: "client").connect(host: "server", port: 80, families: .v4) }?.kind
        }
        try network.sleep(for: .seconds(1))
        fault.release()
        #expect(try connect.join() == .connectionRefused)
    }

    @Test("Accepts fail, lose the connection, or wait")
    func accepts() throws {
        let network = LoopbackNetwork()
        let listener = try network.backend(on: "server").listen(on: .v4(.any(port: 80)))
        let client = try network.backend(on: "client").connect(host: "server", port: 80, families: .v4)
        network.withFault(.error(.tooManyOpenFiles), on: .accepts.by("server")) {
            #expect(caught { try listener.transport.tryAccept() }?.kind == .tooManyOpenFiles)
        }
        network.withFault(.stall, on: .accepts.from("client")) {
            #expect(caught { try listener.accept(timeout: .seconds(1)) }?.kind == .timedOut)
        }
        network.withFault(.reset, on: .accepts) {
            #expect(caught { try listener.transport.tryAccept() }?.kind == .connectionAborted)
        }
        #expect(caught { try client.receive(atMost: 1) }?.kind == .connectionReset)
    }

    @Test("A fault at a time hits whoever is blocked then, and ends at its time")
    func times() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        let five = Instant(nanoseconds: 5_000_000_000)
        network.fault(.stall, on: .sends.by("client").before(five))
        try client.sendAll("x")
        #expect(network.now == five)
        #expect(try server.receiveText(1) == "x")
        network.fault(.reset, on: .receives.by("client").since(five.advanced(by: .seconds(2))))
        #expect(caught { try client.receive(atMost: 1, timeout: .seconds(60)) }?.kind == .connectionReset)
        #expect(network.now == five.advanced(by: .seconds(2)))
    }

    @Test("A fault with a probability follows from the seed")
    func probability() throws {
        func hits(_ seed: UInt64, _ probability: Double) throws -> [Int] {
            let network = LoopbackNetwork(seed: seed)
            let (client, server) = try network.pair()
            defer { server.close() }
            network.fault(.error(.outOfResources), on: .sends.probability(probability))
            return (0..<100).filter { _ in caught { try client.send([1]) } != nil }
        }
        #expect(try hits(1, 0).isEmpty)
        #expect(try hits(1, 1).count == 100)
        #expect(try hits(1, 0.3) == hits(1, 0.3))
        #expect(try hits(1, 0.3) != hits(2, 0.3))
        #expect(try (15...45).contains(hits(1, 0.3).count))
    }

    @Test("Numbers of any size are taken as they are meant, and none traps")
    func numbers() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        for number in [Int.min, -1, 0, .max] {
            network.fault(.reset, on: .sends.nth(number).afterBytes(.min))
            network.fault(.reset, on: .sends.nth(number...number).probability(.nan))
        }
        network.fault(.reset, on: .sends.nth(Int.max...).afterBytes(.max))
        network.fault(.reset, on: .sends.since(Instant(nanoseconds: .max)).before(Instant(nanoseconds: .min)))
        network.fault(.delay(.seconds(Int64.max), jitter: .seconds(Int64.max)), on: .sends.nth(1))
        network.fault(.bandwidth(bytesPerSecond: .min, delay: .seconds(-1)), on: .sends.nth(2))
        network.fault(.duplicate(copies: .max), on: .datagrams)
        network.fault(.corrupt(bits: .min), on: .datagrams)
        network.fault(.shortCount(.min), on: .sends.nth(3))
        for count in [1, 1, 1] { #expect(try client.send([1, 2]) >= count) }
        #expect(caught { try server.receive(atMost: 1, timeout: .seconds(1)) }?.kind == .timedOut)
        #expect(!network.unusedFaults.contains { $0.contains("bytes per second") || $0.contains("short") })
    }

    @Test("A receive that has to wait is one operation")
    func oneOperation() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        let fault = network.fault(.reset, on: .receives.by("client").nth(2...))
        let reader = try network.spawn { [try client.receive(atMost: 1), try client.receive(atMost: 1)] }
        try network.sleep(for: .seconds(1))
        try server.sendAll("a")
        try network.sleep(for: .seconds(1))
        #expect(fault.hitCount == 1)
        #expect(caught { try reader.join() }?.kind == .connectionReset)
    }

    @Test("Faults happen to scripted peers, whose client sees them")
    func scriptedPeer() throws {
        let network = LoopbackNetwork()
        network.fault(.close, on: .sends.by("server").nth(2))
        let service = try network.serve(on: "server", port: 80) { peer in
            peer.send("first ")
            peer.send("second")
        }
        let client = try network.backend(on: "client").connect(host: "server", port: 80)
        #expect(String(try client.receiveAll()) == "first ")
        try service.verify()
    }
}
