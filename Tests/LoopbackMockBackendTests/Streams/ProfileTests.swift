import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Profiles with values that make no sense")
struct ProfileTests {
    @Test("Bytes arrive, and a full buffer is full", arguments: [Int.min, -1, 0, .max], [Int.min, -1, 0, .max])
    func extremes(_ capacity: Int, _ threshold: Int) throws {
        var profile = NetworkProfile.tcp
        profile.capacity = capacity
        profile.writableThreshold = threshold
        let network = LoopbackNetwork(profile: profile)
        let (client, server) = try network.pair()
        let sender = try network.spawn { try client.sendAll("hello") }
        #expect(try server.receiveText(5) == "hello")
        try sender.join()
    }

    @Test(
        "So are chunks", arguments: [ChunkPolicy.fixed(0), .fixed(-1), .fixed(.max), .cut(at: [-1, .max, 0, 0, 3, 2])])
    func chunks(_ policy: ChunkPolicy) throws {
        let network = LoopbackNetwork(profile: .tcp.with(receives: policy, sends: policy))
        let (client, server) = try network.pair()
        try client.sendAll("hello")
        #expect(try server.receiveText(5) == "hello")
    }
}
