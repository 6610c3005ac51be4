import LoopbackMockBackend
import RedisClient
import Testing
import TransportCore

@Suite("Replies in pieces")
struct SplitReplyTests {
    private static let reply = "*3\r\n$5\r\nhe\r\no\r\n$-1\r\n:-12\r\n"
    private static let value = RedisValue.array([.bulk("he\r\no".bytes), .null, .integer(-12)])

    /// Sends one command twice, so that a byte too many or too few shows in the second reply.
    private func ask(_ profile: NetworkProfile, seed: UInt64 = 0) throws {
        let network = LoopbackNetwork(profile: profile, seed: seed)
        let cache = try network.serve(on: "cache", port: 6379) { peer in
            for _ in 0..<2 {
                peer.expect(wire("EVAL", "…", "0"))
                peer.send(Self.reply)
            }
            peer.expectEndOfStream()
        }
        let client = network.client()
        for _ in 0..<2 { #expect(try client.send(RedisCommand("EVAL", "…", 0)) == Self.value) }
        client.close()
        try cache.verify()
    }

    @Test("A reply may be cut at any byte", arguments: 0...reply.utf8.count)
    func cut(_ position: Int) throws {
        try ask(.tcp.with(receives: .cut(at: [position, Self.reply.utf8.count + position])))
    }

    @Test("It may come byte by byte, and commands may go so", arguments: [NetworkProfile.lockstep, .tcp, .unix])
    func byteByByte(_ profile: NetworkProfile) throws {
        try ask(profile.with(receives: .oneByte, sends: .oneByte))
    }

    @Test("It may come in any pieces", arguments: 0..<20)
    func random(_ seed: UInt64) throws {
        try ask(.hostile, seed: seed)
    }

    @Test("Many replies may come in one piece")
    func coalesced() throws {
        let network = LoopbackNetwork()
        let cache = try network.serve(on: "cache", port: 6379) { peer in
            for _ in 0..<100 { peer.expect(wire("PING")) }
            peer.send((0..<100).map { ":\($0)\r\n" }.joined())
        }
        let replies = try network.client().pipeline { for _ in 0..<100 { $0.add(.ping) } }
        #expect(replies == (0..<100).map { .integer($0) })
        try cache.verify()
    }

    @Test("A value larger than all buffers comes and goes whole", arguments: [NetworkProfile.tcp, .unix, .hostile])
    func large(_ profile: NetworkProfile) throws {
        let network = LoopbackNetwork(profile: profile)
        let value = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let request = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$\(value.count)\r\n".bytes + value + [13, 10]
        let listener = try network.backend(on: "cache").listen(port: 6379)
        let server = try network.spawn {
            let connection = try listener.accept()
            let set = try connection.receiveExactly(request.count)
            try connection.sendAll("+OK\r\n")
            let get = try connection.receiveExactly(wire("GET", "a").utf8.count)
            try connection.sendAll("$\(value.count)\r\n".bytes + value + [13, 10])
            return (set, get)
        }
        let client = network.client()
        try client.set("a", value)
        #expect(try client.get("a") == value)
        let (set, get) = try server.join()
        #expect(set == request)
        #expect(get == wire("GET", "a").bytes)
    }
}
