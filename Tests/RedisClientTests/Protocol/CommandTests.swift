import LoopbackMockBackend
import RedisClient
import Testing
import TransportCore

@Suite("Commands")
struct CommandTests {
    @Test("The named commands are sent and their replies are read as what they are")
    func named() throws {
        let network = LoopbackNetwork()
        let cache = try network.serve(on: "cache", port: 6379) { peer in
            for (request, reply) in [
                (wire("PING"), "+PONG\r\n"), (wire("SET", "a", "1"), "+OK\r\n"), (wire("GET", "a"), "$1\r\n1\r\n"),
                (wire("GET", "b"), "$-1\r\n"), (wire("GET", "é"), "$2\r\né\r\n"), (wire("INCR", "a"), ":2\r\n"),
                (wire("DEL", "a", "b"), ":1\r\n"), (wire("LPUSH", "l", "x", "2"), ":2\r\n"),
                (wire("RPUSH", "l", "y"), ":3\r\n"), (wire("LRANGE", "l", "0", "-1"), "*2\r\n$1\r\n2\r\n$1\r\nx\r\n"),
                (wire("TYPE", "l"), "+list\r\n"),
            ] {
                peer.expect(request)
                peer.send(reply)
            }
            peer.expectEndOfStream()
        }
        let client = network.client()
        try client.ping()
        try client.set("a", 1)
        #expect(try client.get("a") == "1".bytes)
        #expect(try client.get("b") == nil)
        #expect(try client.text("é") == "é")
        #expect(try client.incr("a") == 2)
        #expect(try client.del("a", "b") == 1)
        #expect(try client.lpush("l", "x", 2) == 2)
        #expect(try client.rpush("l", "y") == 3)
        #expect(try client.lrange("l") == ["2".bytes, "x".bytes])
        #expect(try client.send(RedisCommand("TYPE", "l")) == .simple("list"))
        client.close()
        try cache.verify()
    }

    @Test("Keys and values may have any bytes, also those that end lines")
    func binary() throws {
        let key: [UInt8] = [0, 13, 10, 255]
        let value = (0...255).map { UInt8($0) } + "\r\n$-1\r\n".bytes
        let network = LoopbackNetwork(profile: .hostile, seed: 4)
        let cache = try network.serve(on: "cache", port: 6379) { peer in
            peer.expect("*3\r\n$3\r\nSET\r\n$4\r\n".bytes + key + "\r\n$\(value.count)\r\n".bytes + value + [13, 10])
            peer.send("+OK\r\n")
            peer.expect("*2\r\n$3\r\nGET\r\n$4\r\n".bytes + key + [13, 10])
            peer.send("$\(value.count)\r\n".bytes + value + [13, 10])
            peer.expect("*2\r\n$3\r\nGET\r\n$0\r\n\r\n")
            peer.send("$0\r\n\r\n")
            peer.expectEndOfStream()
        }
        let client = network.client()
        try client.set(key, value)
        #expect(try client.get(key) == value)
        #expect(try client.get("") == [])
        client.close()
        try cache.verify()
    }

    @Test("An error of the server is thrown, and the connection goes on")
    func serverError() throws {
        let network = LoopbackNetwork()
        let cache = try network.serve(on: "cache", port: 6379) { peer in
            peer.expect(wire("INCR", "a"))
            peer.send("-WRONGTYPE not a number\r\n")
            peer.expect(wire("PING"))
            peer.send("+PONG\r\n")
        }
        let client = network.client()
        guard case .server(let error) = failure({ try client.incr("a") }) else { return #expect(Bool(false)) }
        #expect(error.code == "WRONGTYPE")
        #expect(error.message == "WRONGTYPE not a number")
        try client.ping()
        try cache.verify()
    }

    @Test("A reply of another type is an error, and the connection goes on")
    func otherType() throws {
        let network = LoopbackNetwork()
        let cache = try network.serve(on: "cache", port: 6379) { peer in
            for reply in ["+soon\r\n", "*1\r\n$1\r\na\r\n", ":1\r\n", "*1\r\n:1\r\n"] {
                peer.expect("a command") { $0.suffix(2) == [13, 10] ? $0.count : nil }
                peer.send(reply)
            }
        }
        let client = network.client()
        let errors = [
            failure { try client.incr("a") }, failure { try client.get("a") }, failure { try client.lrange("a") },
            failure { try client.lrange("a") },
        ]
        #expect(errors.allSatisfy { if case .unexpectedReply = $0 { true } else { false } })
        #expect(errors[0]?.description == "the reply is soon and not an integer")
        try cache.verify()
    }

    @Test(
        "What would break the order of replies, or be lost with the connection, is refused before anything is sent",
        arguments: [
            [], [""], ["subscribe", "a"], ["MONITOR"], ["CLIENT", "reply", "OFF"], ["HELLO", "3"], ["AUTH", "x"],
            ["SELECT", "1"], ["WATCH", "a"], ["MULTI"],
        ])
    func refused(_ words: [String]) throws {
        let network = LoopbackNetwork()
        let client = network.client()
        let command = RedisCommand(words: words.map(\.bytes))
        for error in [failure { try client.send(command) }, failure { try client.pipeline { $0.add(command) } }] {
            guard case .invalidCommand(let reason) = error else { return #expect(Bool(false), "\(words)") }
            #expect(!reason.isEmpty)
        }
    }

    @Test("A time limit that is none is refused", arguments: [Duration.seconds(-1), .seconds(Int64.max)])
    func badTimeout(_ timeout: Duration) throws {
        let error = failure { try LoopbackNetwork().client().ping(timeout: timeout) }
        #expect(error?.networkKind == .invalidArgument)
        #expect(error?.progress?.attempts == 0)
    }

    @Test("Every new connection logs in and chooses its database; a refused password is the server's error")
    func logIn() throws {
        let network = LoopbackNetwork()
        let greeting = wire("AUTH", "me", "secret") + wire("SELECT", "3")
        let cache = try network.serve(
            on: "cache", port: 6379,
            { peer in
                peer.expect(greeting)
                peer.send("+OK\r\n+OK\r\n")
                peer.expect(wire("PING"))
                peer.send("+PONG\r\n")
            },
            { peer in
                peer.expect(greeting)
                peer.send("-WRONGPASS no\r\n-NOAUTH no\r\n")
                peer.expectEndOfStream()
            })
        let client = network.client {
            $0.username = "me"
            $0.password = "secret"
            $0.database = 3
        }
        try client.ping()
        #expect(failure { try client.ping() }?.serverMessage == "WRONGPASS no")
        try cache.verify()
    }
}
