#if canImport(Glibc)
import BSDSocketBackend
import RedisClient
import Testing
import TransportCore

/// The same client, over real sockets, against a real server.
@Suite(
    "Against a real redis-server",
    .enabled(
        if: RedisServer.program != nil,
        "redis-server is not installed: Scripts/test installs it where it may; elsewhere, apt-get install redis-tools")
)
struct RealServerTests {
    /// What every kind of connection can do.
    private func exchange(_ client: RedisClient<some Backend>) throws {
        try client.ping()
        try client.set("a", "1")
        #expect(try client.text("a") == "1")
        #expect(try client.get("none") == nil)
        #expect(try client.incr("a") == 2)
        #expect(try client.rpush("list", "x", "y") == 2)
        #expect(try client.lpush("list", "w") == 3)
        #expect(try client.lrange("list") == ["w", "x", "y"].map(\.bytes))
        #expect(try client.del("a", "list", "none") == 2)

        let every = (0...255).map { UInt8($0) }
        try client.set(every, every.reversed() as [UInt8])
        #expect(try client.get(every) == every.reversed())
        let large = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        try client.set("large", large)
        #expect(try client.get("large") == large)

        let nested = try client.send(
            RedisCommand("EVAL", "return {1, {'x', {}, false}, redis.error_reply('ERR in')}", 0))
        let inner = RedisValue.array([.bulk("x".bytes), .array([]), .null])
        #expect(nested == .array([.integer(1), inner, .error(ServerError(message: "ERR in"))]))
        guard case .server(let error) = failure({ try client.lpush("large", "x") }) else {
            return #expect(Bool(false), "a string is no list")
        }
        #expect(error.code == "WRONGTYPE")
    }

    @Test("Values of every kind and size go both ways, over TCP, a Unix socket and TLS")
    func values() throws {
        let server = try RedisServer(withTLS: true)
        try exchange(server.overTCP())
        try exchange(server.overUnix())
        try exchange(server.overTLS())
    }

    /// Far more than the buffers of the system hold, both ways.
    private func pipeline(_ client: RedisClient<some Backend>) throws {
        let numbers = try client.pipeline { for _ in 0..<10_000 { $0.add(.incr("n")) } }
        #expect(numbers == (1...10_000).map { .integer($0) })
        let value = [UInt8](repeating: 7, count: 100_000)
        let echoes = try client.pipeline { for _ in 0..<200 { $0.add(RedisCommand("ECHO", value)) } }
        #expect(echoes.count == 200)
        #expect(echoes.allSatisfy { $0 == .bulk(value) })
        let mixed = try client.pipeline {
            $0.add(RedisCommand("MULTI"))
            $0.add(.set("t", "x"))
            $0.add(.incr("t"))
            $0.add(RedisCommand("EXEC"))
        }
        guard case .array(let results) = mixed.last else { return #expect(Bool(false)) }
        #expect(results.first == .simple("OK"))
        #expect(results.last?.description.hasPrefix("(error) ERR value is not an integer") == true)
    }

    @Test("Long pipelines and large ones")
    func pipelines() throws {
        let server = try RedisServer(withTLS: true)
        try pipeline(server.overTCP())
        try server.overTCP().del("n")
        try pipeline(server.overUnix())
        try server.overTCP().del("n")
        try pipeline(server.overTLS())
    }

    @Test("A command that takes too long times out, and its late reply is not taken for another one's")
    func timeout() throws {
        let server = try RedisServer()
        let client = server.overTCP()
        try client.set("a", "1")
        let error = failure {
            try client.send(RedisCommand("BLPOP", "nothing", 0), timeout: .milliseconds(50))
        }
        #expect(error?.networkKind == .timedOut)
        #expect(error?.progress?.inDoubtCount == 1)
        #expect(try client.text("a") == "1")

        let asleep = failure { try client.send(RedisCommand("DEBUG", "SLEEP", "0.2"), timeout: .milliseconds(20)) }
        #expect(asleep?.networkKind == .timedOut)
        #expect(try client.text("a") == "1")
    }

    @Test("A server that stands still takes what fits, and the rest times out without being carried out")
    func frozen() throws {
        let server = try RedisServer()
        let client = server.overUnix()
        try client.set("a", "1")
        server.setFrozen(true)
        let error = failure { try client.set("a", [UInt8](repeating: 7, count: 8 << 20), timeout: .milliseconds(50)) }
        #expect(error?.networkKind == .timedOut)
        #expect(error?.progress?.inDoubtCount == 0)
        server.setFrozen(false)
        #expect(try client.text("a") == "1")
    }

    @Test("A connection that the server cut is replaced")
    func cut() throws {
        let server = try RedisServer()
        let client = server.overUnix()
        let other = server.overTCP()
        #expect(try client.incr("n") == 1)
        let id = try client.send(RedisCommand("CLIENT", "ID")).integer()
        #expect(try other.send(RedisCommand("CLIENT", "KILL", "ID", id)) == .integer(1))
        // The end is there before the killer's reply: it is seen before the write is sent.
        #expect(try client.incr("n") == 2)
        #expect(try client.send(RedisCommand("CLIENT", "ID")).integer() != id)
    }

    @Test("A server that comes back is found again; what was waiting for a reply is in doubt")
    func restart() throws {
        let server = try RedisServer()
        let client = server.overTCP()
        try client.set("a", "1")
        server.stop()
        let refused = failure { try client.ping(timeout: .milliseconds(200)) }
        #expect(refused?.networkKind == .connectionRefused)
        try server.start()
        #expect(try client.get("a") == nil)

        // It has no reply: the server ends.
        let doubtful = failure { try client.send(RedisCommand("SHUTDOWN", "NOSAVE")) }
        #expect(doubtful?.networkKind == .unexpectedEnd)
        #expect(doubtful?.progress?.inDoubtCount == 1)
        #expect(doubtful?.progress?.attempts == 1)
    }

    @Test("A password and a database are given to every new connection")
    func logIn() throws {
        let server = try RedisServer()
        let owner = server.overTCP()
        try owner.send(RedisCommand("CONFIG", "SET", "requirepass", "secret"))
        #expect(failure { try server.overUnix().ping() }?.serverMessage?.hasPrefix("NOAUTH") == true)
        let wrong = server.overTCP { $0.password = "wrong" }
        #expect(failure { try wrong.ping() }?.serverMessage?.hasPrefix("WRONGPASS") == true)
        let client = server.overTCP {
            $0.password = "secret"
            $0.database = 3
        }
        try client.set("a", "1")
        client.close()
        #expect(try client.text("a") == "1")
        #expect(try owner.get("a") == nil)
    }
}
#endif
