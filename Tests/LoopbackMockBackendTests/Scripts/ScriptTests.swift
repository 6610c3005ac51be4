import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Scripted peers")
struct ScriptTests {
    private func connect(
        _ network: LoopbackNetwork = LoopbackNetwork(), _ script: @escaping (inout PeerScript) -> Void
    ) throws -> (MockConnection, ScriptedService<IP>) {
        let service = try network.serve(on: "cache", port: 6379, script)
        return (try network.backend().connect(host: "cache", port: 6379), service)
    }

    @Test("Text, bytes, lines and what a closure recognises are expected, then answered", arguments: NamedProfile.all)
    func conversation(_ profile: NamedProfile) throws {
        let (client, cache) = try connect(LoopbackNetwork(profile: profile.profile)) { peer in
            peer.expect("PING\r\n")
            peer.send("+PONG\r\n")
            peer.expect([0, 1, 255])
            peer.send([254])
            peer.expectLine("a name")
            peer.reply { name in "hello, ".utf8 + name }
            peer.expect("four bytes") { $0.count < 4 ? nil : 4 }
            peer.reply { $0.reversed() }
            peer.expectEndOfStream()
            peer.send("bye")
        }
        try client.sendAll("PING\r\n")
        #expect(try client.receiveText(7) == "+PONG\r\n")
        try client.sendAll([0, 1, 255])
        #expect(try client.receiveExactly(1) == [254])
        try client.sendAll("Ada\n")
        #expect(try client.receiveText(11) == "hello, Ada\n")
        try client.sendAll("abcd")
        #expect(try client.receiveText(4) == "dcba")
        try client.shutdownWrite()
        #expect(String(try client.receiveAll()) == "bye")
        #expect(cache.connectionCount == 1)
        try cache.verify()
    }

    @Test("A reply is made once, however slowly it goes out")
    func replyOnce() throws {
        let count = Locked(0)
        let (client, cache) = try connect(LoopbackNetwork(profile: .lockstep)) { peer in
            peer.expect("?")
            peer.reply { _ in
                count.withLock { count in
                    count += 1
                    return Array("answer \(count)".utf8)
                }
            }
        }
        try client.sendAll("?")
        #expect(String(try client.receiveAll()) == "answer 1")
        try cache.verify()
    }

    @Test("A pause takes the network's time, also as the last step")
    func pause() throws {
        let network = LoopbackNetwork()
        let (client, cache) = try connect(network) { peer in
            peer.pause(for: .seconds(20))
            peer.send("x")
            peer.pause(for: .seconds(10))
        }
        #expect(caught { try client.receive(atMost: 1, timeout: .seconds(19)) }?.kind == .timedOut)
        #expect(String(try client.receive(atMost: 1)) == "x")
        #expect(network.now == Instant(nanoseconds: 20_000_000_000))
        #expect(try client.receive(atMost: 1) == nil)
        #expect(network.now == Instant(nanoseconds: 30_000_000_000))
        try cache.verify()
    }

    @Test("A pause of any length can be written down")
    func pauses() throws {
        let (client, _) = try connect {
            $0.pause(for: .seconds(-1))
            $0.send("x")
            $0.pause(for: .seconds(Int64.max))
        }
        #expect(String(try client.receive(atMost: 1)) == "x")
        #expect(caught { try client.receive(atMost: 1, timeout: .seconds(86400)) }?.kind == .timedOut)
    }

    @Test("sendEndOfStream ends one direction only")
    func endOfStream() throws {
        let (client, cache) = try connect { peer in
            peer.send("x")
            peer.sendEndOfStream()
            peer.expect("y")
            peer.expectEndOfStream()
        }
        #expect(String(try client.receiveAll()) == "x")
        try client.sendAll("y")
        client.close()
        try cache.verify()
    }

    @Test("reset cuts the connection after what was sent, in every profile", arguments: NamedProfile.all)
    func reset(_ profile: NamedProfile) throws {
        let (client, cache) = try connect(LoopbackNetwork(profile: profile.profile)) { peer in
            peer.send("ab")
            peer.reset()
        }
        #expect(try client.receiveText(2) == "ab")
        let error = caught { try client.receive(atMost: 1) }
        #expect(error?.kind == .connectionReset)
        #expect(error?.underlying == nil)
        try cache.verify()
    }

    @Test("When the peer stops reading, sending times out and says how far it got")
    func stopReading() throws {
        let (client, cache) = try connect { peer in
            peer.expect("go")
            peer.stopReading()
        }
        try client.sendAll("go")
        let error = caught { try client.sendAll(pattern(100_000), timeout: .seconds(30)) }
        #expect(error?.kind == .timedOut)
        #expect(error?.bytesTransferred == 65536)
        #expect(error?.retrySafety == .someSent)
        try cache.verify()
    }

    @Test("Each connection has its script, in order")
    func several() throws {
        let network = LoopbackNetwork()
        let service = try network.serve(on: "cache", port: 1, { $0.send("one") }, { $0.send("two") })
        for expected in ["one", "two"] {
            let client = try network.backend().connect(host: "cache", port: 1)
            #expect(String(try client.receiveAll()) == expected)
        }
        try service.verify()
        #expect(service.connectionCount == 2)
    }

    @Test("A port is served once")
    func inUse() throws {
        let network = LoopbackNetwork()
        _ = try network.serve(on: "cache", port: 1, { $0.send("one") })
        #expect(caught { try network.serve(on: "cache", port: 1) }?.kind == .addressInUse)
        #expect(caught { try network.backend(on: "cache").listen(port: 1) }?.kind == .addressInUse)
    }
}
