import LoopbackMockBackend
import RedisClient
import Testing
import TransportCore

@Suite("Connections that are lost")
struct LostConnectionTests {
    private static let reply = "$5\r\nhello\r\n"

    /// How a server goes away.
    enum Ending: CaseIterable {
        case close, reset

        func perform(_ peer: inout PeerScript) { if self == .reset { peer.reset() } }

        var kind: TransportError.Kind { self == .reset ? .connectionReset : .unexpectedEnd }
    }

    @Test("A read is asked again when its reply breaks off, at any byte", arguments: Ending.allCases)
    func readIsRepeated(_ ending: Ending) throws {
        for count in 0..<Self.reply.utf8.count {
            let network = LoopbackNetwork()
            let cache = try network.serve(
                on: "cache", port: 6379,
                { peer in
                    peer.expect(wire("GET", "a"))
                    peer.send(Self.reply.utf8.prefix(count))
                    ending.perform(&peer)
                },
                { peer in
                    peer.expect(wire("GET", "a"))
                    peer.send(Self.reply)
                })
            #expect(try network.client().text("a") == "hello", "after \(count) bytes")
            try cache.verify()
        }
    }

    @Test("A write is not: it may have been done, and the error says so", arguments: Ending.allCases)
    func writeIsNotRepeated(_ ending: Ending) throws {
        for count in 0..<":1\r\n".utf8.count {
            let network = LoopbackNetwork()
            let cache = try network.serve(on: "cache", port: 6379) { peer in
                peer.expect(wire("INCR", "a"))
                peer.send(":1\r\n".utf8.prefix(count))
                ending.perform(&peer)
            }
            let error = failure { try network.client().incr("a") }
            #expect(error?.networkKind == ending.kind, "after \(count) bytes")
            #expect(error?.transportError?.address == "cache:6379")
            #expect(error?.progress?.inDoubtCount == 1)
            #expect(error?.progress?.attempts == 1)
            #expect(error?.description.hasSuffix("; the command may have been carried out all the same") == true)
            #expect(cache.connectionCount == 1)
            try cache.verify()
        }
    }

    @Test("What the caller declares to be safe is repeated")
    func declaredSafe() throws {
        let network = LoopbackNetwork()
        let cache = try network.serve(
            on: "cache", port: 6379,
            { $0.expect(wire("DEL", "a")) },
            { peer in
                peer.expect(wire("DEL", "a"))
                peer.send(":0\r\n")
            })
        let command = RedisCommand(words: ["DEL".bytes, "a".bytes], isSafeToRepeat: true)
        #expect(try network.client().send(command) == .integer(0))
        try cache.verify()
    }

    @Test("A connection that ended while nobody used it is noticed before a write goes over it")
    func staleConnection() throws {
        for ending in Ending.allCases {
            let network = LoopbackNetwork()
            let cache = try network.serve(
                on: "cache", port: 6379,
                { peer in
                    peer.expect(wire("PING"))
                    peer.send("+PONG\r\n")
                    ending.perform(&peer)
                },
                { peer in
                    peer.expect(wire("INCR", "a"))
                    peer.send(":1\r\n")
                })
            let client = network.client()
            try client.ping()
            #expect(try client.incr("a") == 1)
            // It had worked, so that the new one needs no wait.
            #expect(network.elapsed == .zero)
            try cache.verify()
        }
    }

    @Test("After a reply that nobody asked for, the connection is given up: later replies would be shifted")
    func unaskedReply() throws {
        for pause in [Duration.zero, .seconds(1)] {
            let network = LoopbackNetwork()
            let cache = try network.serve(
                on: "cache", port: 6379,
                { peer in
                    peer.expect(wire("GET", "a"))
                    peer.send("$1\r\na\r\n")
                    // Without a pause it comes together with the reply, otherwise when nobody reads.
                    if pause > .zero { peer.pause(for: pause) }
                    peer.send("$1\r\nx\r\n")
                    peer.expect(wire("GET", "b"))
                    peer.send("$1\r\nb\r\n")
                    peer.expectEndOfStream()
                },
                { peer in
                    peer.expect(wire("GET", "b"))
                    peer.send("$1\r\nb\r\n")
                })
            let client = network.client()
            #expect(try client.text("a") == "a")
            try client.backend.sleep(for: .seconds(2))
            #expect(try client.text("b") == "b")
            #expect(cache.connectionCount == 2)
        }
    }

    @Test("A pipeline of reads goes on with the first that has no reply; one of writes says how far it came")
    func pipelines() throws {
        func run(_ command: RedisCommand) throws -> (Result<[RedisValue], RedisError>, ScriptedService<IP>) {
            let network = LoopbackNetwork()
            let bytes = wire(command.name, "a")
            let cache = try network.serve(
                on: "cache", port: 6379,
                { peer in
                    for _ in 0..<5 { peer.expect(bytes) }
                    peer.send(":0\r\n:1\r\n:")
                },
                { peer in
                    for _ in 0..<3 { peer.expect(bytes) }
                    peer.send(":2\r\n:3\r\n:4\r\n")
                })
            let client = network.client()
            let outcome = Result { () throws(RedisError) in
                try client.pipeline { for _ in 0..<5 { $0.add(command) } }
            }
            return (outcome, cache)
        }
        let (reads, cache) = try run(.get("a"))
        #expect(try reads.get() == (0..<5).map { .integer($0) })
        try cache.verify()

        let (writes, other) = try run(.incr("a"))
        let error = failure { try writes.get() }
        #expect(error?.networkKind == .unexpectedEnd)
        #expect(error?.progress?.replies == [.integer(0), .integer(1)])
        #expect(error?.progress?.inDoubtCount == 3)
        #expect(other.connectionCount == 1)
        #expect(
            error?.description.hasSuffix("; 2 replies had come; 3 commands may have been carried out all the same")
                == true)
    }

    @Test("A transaction is not continued on another connection, although all that is in it are reads")
    func transaction() throws {
        let network = LoopbackNetwork()
        let cache = try network.serve(on: "cache", port: 6379) { peer in
            peer.expect(wire("MULTI") + wire("GET", "a") + wire("EXEC"))
            peer.send("+OK\r\n+QUEUED\r\n")
        }
        let error = failure {
            try network.client().pipeline {
                $0.add(RedisCommand("MULTI"))
                $0.add(.get("a"))
                $0.add(RedisCommand("EXEC"))
            }
        }
        #expect(error?.networkKind == .unexpectedEnd)
        #expect(error?.progress?.inDoubtCount == 1)
        #expect(cache.connectionCount == 1)
    }

    @Test("Nor is one of which the rest was not even sent")
    func unsentTransaction() throws {
        let network = LoopbackNetwork()
        let cache = try network.serve(on: "cache", port: 6379) { peer in
            peer.expect(wire("MULTI"))
            peer.send("+OK\r\n")
            peer.stopReading()
            peer.pause(for: .seconds(1))
            peer.reset()
        }
        let error = failure {
            try network.client().pipeline {
                $0.add(RedisCommand("MULTI"))
                $0.add(RedisCommand("ECHO", [UInt8](repeating: 7, count: 200_000)))
                $0.add(RedisCommand("EXEC"))
            }
        }
        #expect(error?.networkKind == .connectionReset)
        #expect(error?.progress?.replies == [.simple("OK")])
        #expect(error?.progress?.inDoubtCount == 0)
        #expect(error?.progress?.attempts == 1)
        #expect(cache.connectionCount == 1)
    }
}
