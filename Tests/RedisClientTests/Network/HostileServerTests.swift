import LoopbackMockBackend
import RedisClient
import TestSupport
import Testing
import TransportCore

@Suite("Servers that are none")
struct HostileServerTests {
    @Test("Whatever a server sends, the call ends with a value or a typed error", arguments: 0..<10)
    func random(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("+-:$*\r\n\r\n\r\n0123-1a".utf8)
        for round in 0..<20 {
            let reply = (0..<Int.random(in: 0...60, using: &random)).map { _ in
                round % 2 == 0
                    ? alphabet.randomElement(using: &random) ?? 0 : UInt8.random(in: .min ... .max, using: &random)
            }
            let network = LoopbackNetwork(profile: .hostile, seed: seed)
            _ = try network.serve(on: "cache", port: 6379) { peer in
                peer.expect(wire("GET", "a"))
                peer.send(reply)
                if round % 3 == 0 { peer.pause(for: .seconds(60)) }
            }
            let client = network.client { $0.attempts = 1 }
            do throws(RedisError) {
                _ = try client.send(.get("a"))
            } catch {
                if case .invalidCommand = error { Issue.record(error) }
                #expect(!error.description.isEmpty)
            }
            #expect(network.elapsed <= .seconds(30))
        }
    }

    @Test("A reply that never ends is ended by the limits, not by memory")
    func endless() throws {
        for (piece, kind) in [
            ("*1\r\n", ReplyViolation.Kind.tooDeep), ("+aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", .lineTooLong),
        ] {
            let network = LoopbackNetwork()
            let listener = try network.backend(on: "cache").listen(port: 6379)
            let server = try network.spawn {
                let connection = try listener.accept()
                var sent = 0
                // Until the client has had enough.
                while (try? connection.sendAll(piece)) != nil { sent += piece.utf8.count }
                return sent
            }
            let error = failure { try network.client().get("a") }
            #expect(error?.violationKind == kind)
            #expect(try server.join() < 1 << 20)
        }
    }

    @Test("After bytes that are no reply the connection is given up, and nothing is sent again")
    func noReply() throws {
        let network = LoopbackNetwork()
        let cache = try network.serve(
            on: "cache", port: 6379,
            { peer in
                peer.expect(wire("GET", "a"))
                peer.send("HTTP/1.1 400 Bad Request\r\n")
                peer.expectEndOfStream()
            },
            { peer in
                peer.expect(wire("GET", "b"))
                peer.send("$1\r\nb\r\n")
            })
        let client = network.client()
        let error = failure { try client.get("a") }
        #expect(error?.violationKind == .unknownType(UInt8(ascii: "H")))
        #expect(error?.progress?.inDoubtCount == 1)
        #expect(cache.connectionCount == 1)
        #expect(try client.text("b") == "b")
        try cache.verify()
    }
}
