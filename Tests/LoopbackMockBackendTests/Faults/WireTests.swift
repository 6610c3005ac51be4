import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Faults happen to what is on its way")
struct WireTests {
    @Test("What is sent arrives exactly that much later, and the sender need not wait")
    func delay() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        network.fault(.delay(.milliseconds(80)), on: .everything.between("client", "server"))
        try client.sendAll("ping")
        #expect(network.milliseconds == 0)
        #expect(caught { try server.receive(atMost: 9, timeout: .milliseconds(79)) }?.kind == .timedOut)
        #expect(try server.receiveText(4) == "ping")
        #expect(network.milliseconds == 80)
        try server.sendAll("pong")
        #expect(try client.receiveText(4) == "pong")
        #expect(network.milliseconds == 160)
    }

    @Test("The end of a stream, a close and a reset come behind the data that was sent before")
    func ends() throws {
        for ending in 0..<3 {
            let network = LoopbackNetwork()
            let (client, server) = try network.pair()
            network.fault(.delay(.seconds(1)), on: .sends)
            try client.sendAll("data")
            switch ending {
            case 0: try client.shutdownWrite()
            case 1: client.close()
            default: client.abort()
            }
            #expect(try server.receiveText(4) == "data")
            #expect(network.milliseconds == 1000)
            if ending == 2 {
                #expect(caught { try server.receive(atMost: 1) }?.kind == .connectionReset)
            } else {
                #expect(try server.receive(atMost: 1) == nil)
            }
            #expect(network.milliseconds == 1000)
        }
    }

    @Test("An end that is sent alone is delayed like data")
    func endAlone() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        network.fault(.delay(.seconds(2)), on: .sends.from("client"))
        client.close()
        #expect(try server.receive(atMost: 1) == nil)
        #expect(network.milliseconds == 2000)
    }

    @Test("A connect takes its delay")
    func connect() throws {
        let network = LoopbackNetwork()
        _ = try network.serve(on: "server", port: 80) { $0.send("hello") }
        network.fault(.delay(.milliseconds(30)), on: .everything.between("client", "server"))
        let connection = try network.backend(on: "client").connect(host: "server", port: 80)
        #expect(network.milliseconds == 30)
        #expect(try connection.receiveText(5) == "hello")
        #expect(network.milliseconds == 60)
    }

    @Test("SIM-05: a jitter changes times and no order, and follows from the seed")
    func jitter() throws {
        func times(_ seed: UInt64) throws -> [Int64] {
            let network = LoopbackNetwork(seed: seed)
            let (client, server) = try network.pair()
            network.fault(.delay(.milliseconds(10), jitter: .milliseconds(50)), on: .sends)
            var times: [Int64] = []
            for number in 0..<20 {
                try client.sendAll([UInt8(number)])
                try network.sleep(for: .milliseconds(5))
            }
            for number in 0..<20 {
                #expect(try server.receiveExactly(1) == [UInt8(number)])
                times.append(network.now.nanoseconds)
            }
            return times
        }
        #expect(try times(1) == times(1))
        #expect(try times(1) != times(2))
    }

    @Test("A slow line lets so many bytes pass in a second, piece by piece")
    func bandwidth() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        network.fault(.bandwidth(bytesPerSecond: 1000, delay: .seconds(1)), on: .sends.from("client"))
        try client.sendAll(pattern(3000))
        var arrivals: [Int] = []
        var received: [UInt8] = []
        while received.count < 3000 {
            received += try server.receive(atMost: 3000) ?? []
            arrivals.append(Int(network.milliseconds))
        }
        #expect(received == pattern(3000))
        #expect(arrivals == [2448, 3896, 4000])
    }

    @Test("M9: what is on its way takes room, so that the sender has to wait for the line")
    func backPressure() throws {
        var profile = NetworkProfile.tcp
        profile.capacity = 100
        profile.writableThreshold = 1
        let network = LoopbackNetwork(profile: profile)
        let (client, server) = try network.pair()
        network.fault(.delay(.seconds(1)), on: .sends)
        #expect(try client.send(pattern(150)) == 100)
        #expect(caught { try client.send([1], timeout: .seconds(5)) }?.kind == .timedOut)
        let late = try network.spawn {
            try network.sleep(for: .seconds(1))
            return try server.receiveExactly(100)
        }
        try client.sendAll(pattern(10))
        #expect(network.milliseconds == 6000)
        #expect(try late.join() == pattern(100))
        #expect(try server.receiveExactly(10) == pattern(10))
        #expect(network.milliseconds == 7000)
    }

    @Test("SIM-04: what is held arrives in order when it is released, and what comes later is held again")
    func hold() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        let hold = network.fault(.hold, on: .sends.from("client"))
        try client.sendAll("one ")
        try client.sendAll("two")
        #expect(caught { try server.receive(atMost: 9, timeout: .seconds(1)) }?.kind == .timedOut)
        hold.release()
        #expect(try server.receiveText(7) == "one two")
        try client.sendAll("three")
        #expect(caught { try server.receive(atMost: 9, timeout: .seconds(1)) }?.kind == .timedOut)
        hold.remove()
        try client.sendAll("four")
        #expect(try server.receiveText(9) == "threefour")
        #expect(hold.hitCount == 3)
    }

    @Test("What is sent after a hold was removed does not overtake what a delay still has")
    func noOvertaking() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        let delay = network.fault(.delay(.seconds(1)), on: .sends)
        try client.sendAll("first")
        delay.remove()
        try client.sendAll("second")
        #expect(try server.receiveText(11) == "firstsecond")
        #expect(network.milliseconds == 1000)
    }

    @Test("A stream survives a partition, and goes on when it is healed")
    func partition() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        _ = network.backend(on: "elsewhere")
        // Also where everything is delayed already.
        network.fault(.delay(.zero), on: .everything)
        let partition = network.partition("server", from: "client")
        try client.sendAll("ping")
        try server.sendAll("pong")
        #expect(caught { try server.receive(atMost: 9, timeout: .seconds(9)) }?.kind == .timedOut)
        #expect(caught { try client.receive(atMost: 9, timeout: .seconds(1)) }?.kind == .timedOut)
        let error = caught {
            try network.backend(on: "client").connect(
                to: try client.remoteAddress, options: StreamOptions(), timeout: .seconds(5)
            )
        }
        #expect(error?.kind == .timedOut)
        partition.heal()
        #expect(try server.receiveText(4) == "ping")
        #expect(try client.receiveText(4) == "pong")
        #expect(network.milliseconds == 15_000)
    }

    @Test("SIM-03: the report of a deadlock says what is on its way and what holds it")
    func deadlock() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        network.fault(.hold, on: .sends.from("client"))
        try client.sendAll("lost")
        let error = caught { try server.receive(atMost: 1) }
        #expect(error?.kind == .deadlock)
        #expect(error?.message.contains("4 bytes to receive on the way (hold on sends from client)") == true)
    }

    @Test("SIM-05: whatever faults do to a stream, its bytes arrive whole and in order", arguments: 0..<20)
    func anything(_ seed: UInt64) throws {
        let network = LoopbackNetwork(profile: .hostile, seed: seed)
        let (client, server) = try network.pair()
        network.fault(.shortCount(3), on: .everything.probability(0.2))
        network.fault(.delay(.seconds(1), jitter: .seconds(5)), on: .sends.probability(0.3))
        network.fault(.bandwidth(bytesPerSecond: 500), on: .sends.probability(0.3))
        let hold = network.fault(.hold, on: .sends.probability(0.05))
        let writer = try network.spawn {
            try client.sendAll(pattern(10_000))
            try client.shutdownWrite()
        }
        let releaser = try network.spawn {
            for _ in 0..<200 {
                try network.sleep(for: .seconds(2))
                hold.release()
            }
            hold.remove()
        }
        #expect(try server.receiveAll() == pattern(10_000))
        try writer.join()
        try releaser.join()
    }

    @Test("CLO: whatever a sender is told, it can go on from there", arguments: 0..<20)
    func progress(_ seed: UInt64) throws {
        let network = LoopbackNetwork(profile: .hostile, seed: seed)
        let (client, server) = try network.pair()
        network.fault(.stall, on: .sends.probability(0.05).before(Instant(nanoseconds: 100_000_000_000)))
        network.fault(.error(.outOfResources), on: .sends.probability(0.1))
        network.fault(.shortCount(2), on: .everything.probability(0.2))
        let writer = try network.spawn {
            var rest = pattern(5000)[...]
            while !rest.isEmpty {
                let error = caught { try client.sendAll(rest, timeout: .seconds(3)) }
                rest = rest.dropFirst(error?.bytesTransferred ?? rest.count)
            }
            client.close()
        }
        #expect(try server.receiveAll() == pattern(5000))
        try writer.join()
    }

    @Test("Bytes that reach a closed end are answered with a reset")
    func closedMeanwhile() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        network.fault(.delay(.seconds(1)), on: .sends)
        try client.sendAll("x")
        server.close()
        try network.sleep(for: .seconds(3))
        #expect(try client.receive(atMost: 1) == nil)
        #expect(caught { try client.sendAll("y") }?.kind == .brokenPipe)
    }

    @Test("A scripted peer gets what its client sent before it closed, late as it comes")
    func scriptedPeer() throws {
        let network = LoopbackNetwork()
        let service = try network.serve(on: "server", port: 80) { peer in
            peer.expect("late")
            peer.expectEndOfStream()
        }
        network.fault(.delay(.seconds(1)), on: .sends)
        let connection = try network.backend(on: "client").connect(host: "server", port: 80)
        try connection.sendAll("late")
        connection.close()
        #expect(throws: ScriptFailure.self) { try service.verify() }
        try network.sleep(for: .seconds(2))
        try service.verify()
    }

    @Test("A network with something on the way goes away")
    func abandoned() throws {
        weak var kept: LoopbackNetwork?
        do {
            let network = LoopbackNetwork()
            kept = network
            _ = try network.serve(on: "server", port: 80) { $0.expectLine() }
            let backend = network.backend(on: "client")
            let connection = try backend.connect(host: "server", port: 80)
            network.fault(.hold)
            try connection.sendAll("held")
            #expect(caught { try backend.connect(host: "server", port: 80, timeout: .seconds(1)) }?.kind == .timedOut)
        }
        #expect(kept == nil)
    }
}

extension LoopbackNetwork {
    /// The time in milliseconds.
    var milliseconds: Int64 { now.nanoseconds / 1_000_000 }
}
