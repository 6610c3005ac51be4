import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Streams carry bytes")
struct TransferTests {
    @Test(
        "SIM-05 BAS: bytes arrive whole and in order in every profile, both ways at once", arguments: NamedProfile.all)
    func everyProfile(_ profile: NamedProfile) throws {
        let network = LoopbackNetwork(profile: profile.profile, seed: 7)
        let (client, server) = try network.pair()
        let sent = pattern(profile.profile.capacity < 2000 ? 300 : 100_000)
        let echo = try network.spawn {
            while let bytes = try server.receive(atMost: 700) { try server.sendAll(bytes) }
            try server.shutdownWrite()
        }
        let writer = try network.spawn {
            try client.sendAll(sent)
            try client.shutdownWrite()
        }
        #expect(try client.receiveAll() == sent)
        try echo.join()
        try writer.join()
    }

    @Test("A policy decides how many bytes a receive gives")
    func receives() throws {
        func sizes(_ policy: ChunkPolicy) throws -> [Int] {
            let (client, server) = try LoopbackNetwork(profile: .tcp.with(receives: policy), seed: 1).pair()
            try client.sendAll(pattern(12))
            try client.shutdownWrite()
            var sizes: [Int] = []
            while let bytes = try server.receive(atMost: 100) { sizes.append(bytes.count) }
            return sizes
        }
        #expect(try sizes(.whole) == [12])
        #expect(try sizes(.oneByte) == Array(repeating: 1, count: 12))
        #expect(try sizes(.fixed(5)) == [5, 5, 2])
        #expect(try sizes(.fixed(0)).count == 12)
        #expect(try sizes(.cut(at: [9, 3, -1, 0])) == [3, 6, 3])
        let random = try sizes(.random)
        #expect(random.reduce(0, +) == 12)
        #expect(try sizes(.random) == random)
    }

    @Test("A policy decides how many bytes a send takes")
    func sends() throws {
        let profile = NetworkProfile.tcp.with(receives: .whole, sends: .cut(at: [2, 4]))
        let (client, server) = try LoopbackNetwork(profile: profile).pair()
        #expect(try client.send("abcdef".utf8) == 2)
        #expect(try client.send("cdef".utf8) == 2)
        #expect(try client.send("ef".utf8) == 2)
        #expect(try server.receiveText(6) == "abcdef")
    }

    @Test("Other seeds cut a hostile stream elsewhere, the same seed in the same places")
    func seeds() throws {
        func sizes(_ seed: UInt64) throws -> [Int] {
            let (client, server) = try LoopbackNetwork(profile: .hostile, seed: seed).pair()
            try client.sendAll(pattern(400))
            try client.shutdownWrite()
            var sizes: [Int] = []
            while let bytes = try server.receive(atMost: 1000) { sizes.append(bytes.count) }
            return sizes
        }
        #expect(try sizes(1) == sizes(1))
        #expect(try sizes(1) != sizes(2))
    }

    @Test("ZER: empty sends and receives are done at once")
    func empty() throws {
        let (client, server) = try LoopbackNetwork().pair()
        #expect(try client.send([]) == 0)
        #expect(try server.receive(atMost: 0) == [])
        #expect(caught { try server.receive(atMost: 1, timeout: .zero) }?.kind == .wouldBlock)
    }

    @Test("M9: a full stream takes nothing, and is writable again only when enough is free", arguments: [100, 6400])
    func backPressure(_ capacity: Int) throws {
        var profile = NetworkProfile.tcp
        profile.capacity = capacity
        profile.writableThreshold = capacity / 4
        let (client, server) = try LoopbackNetwork(profile: profile).pair()
        let error = caught { try client.sendAll(pattern(capacity + 1), timeout: .seconds(5)) }
        #expect(error?.kind == .timedOut)
        #expect(error?.bytesTransferred == capacity)
        #expect(try !client.wait(for: .writable, timeout: .zero))
        _ = try server.receiveExactly(1)
        #expect(try !client.wait(for: .writable, timeout: .zero))
        _ = try server.receiveExactly(capacity / 4)
        #expect(try client.wait(for: .writable, timeout: .zero))
    }

    @Test("A smaller capacity than the threshold does not make a stream unwritable for ever")
    func smallCapacity() throws {
        var profile = NetworkProfile.tcp
        profile.capacity = 10
        let (client, server) = try LoopbackNetwork(profile: profile).pair()
        #expect(try client.wait(for: .writable, timeout: .seconds(1)))
        try client.sendAll(pattern(10))
        #expect(try !client.wait(for: .writable, timeout: .seconds(1)))
        _ = try server.receiveExactly(10)
        #expect(try client.wait(for: .writable, timeout: .seconds(1)))
    }
}
