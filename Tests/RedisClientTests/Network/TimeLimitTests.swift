import LoopbackMockBackend
import RedisClient
import Testing
import TransportCore

@Suite("Time limits of calls")
struct TimeLimitTests {
    @Test("A server that says nothing is given up after exactly 30 seconds")
    func silence() throws {
        let network = LoopbackNetwork()
        _ = try network.serve(on: "cache", port: 6379) { peer in
            peer.expect(wire("INCR", "a"))
            peer.expectEndOfStream()
        }
        let error = failure { try network.client().incr("a") }
        #expect(error?.networkKind == .timedOut)
        #expect(error?.progress?.inDoubtCount == 1)
        #expect(network.elapsed == .seconds(30))
    }

    @Test("A slow server is waited for")
    func slow() throws {
        let network = LoopbackNetwork()
        let cache = try network.serve(on: "cache", port: 6379) { peer in
            peer.expect(wire("GET", "a"))
            peer.pause(for: .milliseconds(29_999))
            peer.send("$1\r\na\r\n")
        }
        #expect(try network.client().text("a") == "a")
        #expect(network.elapsed == .milliseconds(29_999))
        try cache.verify()
    }

    @Test("A server that sends a byte now and then does not stretch the limit")
    func drip() throws {
        let network = LoopbackNetwork()
        _ = try network.serve(on: "cache", port: 6379) { peer in
            peer.expect(wire("GET", "a"))
            for byte in "$5\r\nhello\r\n".utf8 {
                peer.send([byte])
                peer.pause(for: .seconds(5))
            }
        }
        #expect(failure { try network.client().get("a") }?.networkKind == .timedOut)
        #expect(network.elapsed == .seconds(30))
    }

    @Test("A call's own limit counts in place of the client's")
    func ownLimit() throws {
        let network = LoopbackNetwork()
        _ = try network.serve(on: "cache", port: 6379) { peer in
            peer.expect(wire("BLPOP", "list", "0"))
            peer.pause(for: .seconds(60))
            peer.send("*-1\r\n")
        }
        let client = network.client { $0.timeout = .seconds(1) }
        #expect(try client.send(RedisCommand("BLPOP", "list", 0), timeout: .seconds(90)) == .null)
        #expect(network.elapsed == .seconds(60))
    }

    @Test(
        "A reply that comes too late is not taken for that of the next command, whichever comes first",
        arguments: [Duration.zero, .seconds(2)])
    func lateReply(_ pause: Duration) throws {
        let network = LoopbackNetwork()
        let listener = try network.backend(on: "cache").listen(port: 6379)
        let server = try network.spawn {
            let first = try listener.accept()
            _ = try first.receiveExactly(wire("GET", "a").utf8.count)
            try network.backend().sleep(for: .seconds(3))
            try first.sendAll("$1\r\na\r\n")
            let second = try listener.accept()
            let request = try second.receiveExactly(wire("GET", "b").utf8.count)
            try second.sendAll("$1\r\nb\r\n")
            return (try? first.receive(atMost: 100), request)
        }
        let client = network.client { $0.timeout = .seconds(2) }
        #expect(failure { try client.get("a") }?.networkKind == .timedOut)
        try client.backend.sleep(for: pause)
        #expect(try client.text("b") == "b")
        let (left, request) = try server.join()
        #expect(left == nil)  // nothing more came over the first connection
        #expect(request == wire("GET", "b").bytes)
    }

    @Test("A command that could not be sent whole was not carried out, and the connection is not used again")
    func sending() throws {
        let network = LoopbackNetwork()
        let value = [UInt8](repeating: 7, count: 1 << 20)
        let cache = try network.serve(
            on: "cache", port: 6379,
            { peer in
                peer.expect("*3\r\n")
                peer.stopReading()
                peer.pause(for: .seconds(60))
            },
            { peer in
                peer.expect(wire("INCR", "a"))
                peer.send(":1\r\n")
            })
        let client = network.client()
        let error = failure { try client.set("a", value) }
        #expect(error?.networkKind == .timedOut)
        #expect(error?.progress?.inDoubtCount == 0)
        #expect(network.elapsed == .seconds(30))
        #expect(try client.incr("a") == 1)
        #expect(cache.connectionCount == 2)
    }

    @Test("Of a pipeline that could not be sent whole, only what was sent whole is in doubt")
    func sendingPipeline() throws {
        let network = LoopbackNetwork()
        _ = try network.serve(on: "cache", port: 6379) { $0.stopReading() }
        let error = failure {
            try network.client().pipeline {
                $0.add(.incr("a"))
                $0.add(.incr("b"))
                $0.add(.set("c", [UInt8](repeating: 7, count: 1 << 20)))
                $0.add(.incr("d"))
            }
        }
        #expect(error?.networkKind == .timedOut)
        #expect(error?.progress?.inDoubtCount == 2)
    }

    @Test("One limit holds for waiting, connecting and the reply together")
    func wholeCall() throws {
        let network = LoopbackNetwork()
        let cache = network.backend(on: "cache")
        let server = try network.spawn {
            try cache.sleep(for: .seconds(10))
            let connection = try cache.listen(port: 6379).accept()
            let request = try connection.receive(atMost: 100)
            return (request, try connection.receive(atMost: 100))
        }
        let error = failure { try network.client { $0.attempts = 100 }.get("a") }
        #expect(error?.networkKind == .timedOut)
        #expect(network.elapsed == .seconds(30))
        let (request, end) = try server.join()
        #expect(request == wire("GET", "a").bytes)
        #expect(end == nil)
    }

    @Test("A call without time does nothing, and leaves a good connection alone")
    func noTime() throws {
        let network = LoopbackNetwork()
        let cache = try network.serve(on: "cache", port: 6379) { peer in
            for _ in 0..<2 {
                peer.expect(wire("PING"))
                peer.send("+PONG\r\n")
            }
        }
        let client = network.client()
        try client.ping()
        let error = failure { try client.incr("a", timeout: .zero) }
        #expect(error?.networkKind == .timedOut)
        #expect(error?.progress?.inDoubtCount == 0)
        try client.ping()
        try cache.verify()
    }
}
