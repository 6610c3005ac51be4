import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("The log")
struct LogTests {
    @Test("A conversation reads as what happened, with times, names, bytes and the script's steps")
    func text() throws {
        let network = LoopbackNetwork(seed: 7)
        _ = try network.serve(on: "cache", port: 6379) { peer in
            peer.expect("PING\r\n")
            peer.pause(for: .milliseconds(1500))
            peer.send("+PONG\r\n")
            peer.expectEndOfStream()
        }
        let client = try network.backend(on: "web").connect(host: "cache", port: 6379, families: .v4)
        try client.sendAll("PING\r\n")
        #expect(try client.receiveText(7) == "+PONG\r\n")
        try client.shutdownWrite()
        #expect(try client.receive(atMost: 1) == nil)
        client.close()
        #expect(
            network.log.text == """
                The log of an in-memory network, seed 7. To run it again: SWIFT_TRANSPORT_SEED=7
                  0 s      cache plays scripts at port 6379
                  0 s  #1  web connects to cache (10.0.0.2:49152 → 10.0.0.1:6379)
                  0 s  #1  web sends 6 bytes "PING\\r\\n"
                  0 s  #1  cache receives 6 bytes "PING\\r\\n"
                  0 s  #1  cache does step 1: expect "PING\\r\\n"
                  0 s  #1  cache does step 2: pause for 1.5 seconds
                1.5 s      time goes on by 1.5 s
                1.5 s  #1  cache sends 7 bytes "+PONG\\r\\n"
                1.5 s  #1  web receives 7 bytes "+PONG\\r\\n"
                1.5 s  #1  web ends its stream
                1.5 s  #1  cache does step 4: expect the end of the stream
                1.5 s  #1  cache closes
                1.5 s  #1  web sees the end
                1.5 s  #1  web closes

                """
        )
    }

    @Test("Listeners, refusals, resets, errors, and two ends on one machine")
    func others() throws {
        let network = LoopbackNetwork()
        let backend = network.backend()
        let address = IP.SocketAddress.v4(.loopback(port: 80))
        _ = caught { try backend.connect(to: address) }
        let listener = try backend.listen(on: address)
        let client = try backend.connect(to: address)
        let server = try listener.accept()
        try server.sendAll([UInt8](repeating: UInt8(ascii: "a"), count: 40))
        server.abort()
        _ = try client.receiveExactly(40)
        _ = caught { try client.receive(atMost: 1) }
        client.close()
        listener.close()
        let lines = network.log.text.split(separator: "\n").dropFirst().map { $0.dropFirst(5) }
        #expect(
            lines == [
                "#1  localhost/client connects to localhost/server (127.0.0.1:49152 → 127.0.0.1:80)",
                "    localhost cannot connect to 127.0.0.1:80: connectionRefused",
                "    localhost listens at 127.0.0.1:80",
                "#2  localhost/client connects to localhost/server (127.0.0.1:49153 → 127.0.0.1:80)",
                "#2  localhost/server accepts",
                "#2  localhost/server sends 40 bytes \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"…",
                "#2  localhost/server cuts the connection",
                "#2  localhost/client receives 40 bytes \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"…",
                "#2  localhost/client gets the error connectionReset",
                "#2  localhost/client closes",
                "    localhost stops listening at 127.0.0.1:80",
            ])
    }

    @Test("Events are values to ask questions of, and streams can be looked at alone")
    func values() throws {
        let network = LoopbackNetwork()
        let first = try network.pair()
        let second = try network.pair()
        try first.client.sendAll("one")
        try second.server.sendAll("three")
        let log = network.log
        let sent = log.events.filter { $0.kind == .send }
        #expect(sent.map(\.count) == [3, 5])
        #expect(sent.map(\.stream) == [1, 2])
        #expect(sent.map(\.side) == [.client, .server])
        #expect(sent.map { String($0.preview) } == ["one", "three"])
        #expect(log.streams[2]?.server.host == "server")
        let only = log.only(2)
        #expect(only.events.map(\.kind) == [.connect, .accept, .send])
        #expect(only.streams.keys.sorted() == [2])
        #expect(log.events.first?.kind.description == "listen")
    }

    @Test("The latest 4096 events are kept, and the older ones counted")
    func forgets() throws {
        let network = LoopbackNetwork()
        let (client, server) = try network.pair()
        let before = network.log.events.count
        for number in 0..<5000 {
            try client.sendAll([UInt8(truncatingIfNeeded: number)])
            _ = try server.receiveExactly(1)
        }
        let log = network.log
        #expect(log.events.count == 4096)
        #expect(log.forgottenCount == before + 10_000 - 4096)
        #expect(log.events.first?.kind == .send)
        #expect(log.events.last?.preview == [UInt8(truncatingIfNeeded: 4999)])
        #expect(log.text.contains("\n(\(before + 10_000 - 4096) older events are not shown)\n"))
        #expect(log.streams.count == 1)
    }

    @Test("A network remembers the streams of its latest events, not every one there was")
    func forgetsStreams() throws {
        let network = LoopbackNetwork()
        let listener = try network.backend(on: "server").listen(port: 1)
        for _ in 0..<9000 {
            let client = try network.backend().connect(host: "server", port: 1)
            try listener.accept().close()
            client.close()
        }
        let log = network.log
        #expect(log.streams.count < 9000)
        #expect(log.events.allSatisfy { $0.stream.map { log.streams[$0] != nil } ?? true })
        listener.close()
        #expect(network.hygiene.isEmpty)
    }
}
