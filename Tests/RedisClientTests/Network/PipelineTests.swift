import LoopbackMockBackend
import RedisClient
import Testing
import TransportCore

@Suite("Pipelines")
struct PipelineTests {
    @Test(
        "10,000 commands go through buffers that hold a few: neither side waits for the other",
        arguments: [(NetworkProfile.tcp, 10_000), (.unix, 10_000), (.hostile, 1000)])
    func many(_ profile: NetworkProfile, _ count: Int) throws {
        let network = LoopbackNetwork(profile: profile)
        // Replies longer than their commands: those that came while the client wrote are not all that will come.
        let padding = String(repeating: "-", count: 200)
        let server = try network.serveCommands { words in "+\(words[1])\(padding)\r\n" }
        let client = network.client()
        let replies = try client.pipeline { for number in 0..<count { $0.add(RedisCommand("ECHO", number)) } }
        #expect(replies == (0..<count).map { .simple("\($0)\(padding)") })
        client.close()
        #expect(try server.join() == count)
    }

    @Test("A client that only wrote would wait for ever: the test above has buffers that fill")
    func onlyWriting() throws {
        let network = LoopbackNetwork()
        let server = try network.serveCommands { words in "$\(words[1].utf8.count)\r\n\(words[1])\r\n" }
        let connection = try network.backend().connect(host: "cache", port: 6379)
        do throws(TransportError) {
            try connection.sendAll((0..<10_000).map { wire("ECHO", "\($0)") }.joined())
            Issue.record("everything could be sent")
        } catch {
            #expect(error.kind == .deadlock)
        }
        connection.close()
        _ = try? server.join()
    }

    @Test("Buffers of one byte are enough")
    func lockstep() throws {
        let network = LoopbackNetwork(profile: .lockstep)
        let server = try network.serveCommands { _ in "+OK\r\n" }
        let client = network.client()
        let replies = try client.pipeline { for _ in 0..<50 { $0.add(.ping) } }
        #expect(replies.count == 50)
        client.close()
        #expect(try server.join() == 50)
    }

    @Test("Replies may be much larger than their commands")
    func largeReplies() throws {
        let network = LoopbackNetwork()
        let value = String(repeating: "0123456789", count: 10_000)
        let server = try network.serveCommands { _ in "$\(value.utf8.count)\r\n\(value)\r\n" }
        let client = network.client()
        let replies = try client.pipeline { for _ in 0..<20 { $0.add(.get("a")) } }
        #expect(replies == Array(repeating: .bulk(value.bytes), count: 20))
        client.close()
        #expect(try server.join() == 20)
    }

    @Test("Errors of single commands are among the replies, in their place")
    func errors() throws {
        let network = LoopbackNetwork()
        let server = try network.serveCommands { $0[0] == "INCR" ? "-ERR no number\r\n" : "+OK\r\n" }
        let client = network.client()
        let replies = try client.pipeline {
            $0.add(.set("a", "x"))
            $0.add(.incr("a"))
            $0.add(.set("a", "y"))
        }
        #expect(replies == [.simple("OK"), .error(ServerError(message: "ERR no number")), .simple("OK")])
        client.close()
        #expect(try server.join() == 3)
    }

    @Test("A pipeline without commands does not even connect")
    func empty() throws {
        #expect(try LoopbackNetwork().client().pipeline { _ in } == [])
    }

    @Test("A transaction may be in a pipeline")
    func transaction() throws {
        let network = LoopbackNetwork()
        let server = try network.serveCommands { words in
            switch words[0] {
            case "MULTI": "+OK\r\n"
            case "EXEC": "*1\r\n:1\r\n"
            default: "+QUEUED\r\n"
            }
        }
        let client = network.client()
        let replies = try client.pipeline {
            $0.add(RedisCommand("MULTI"))
            $0.add(.incr("a"))
            $0.add(RedisCommand("EXEC"))
        }
        #expect(replies == [.simple("OK"), .simple("QUEUED"), .array([.integer(1)])])
        client.close()
        #expect(try server.join() == 3)
    }
}
