import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("SIM-07: what a script does not expect fails it")
struct ScriptFailureTests {
    private let network = LoopbackNetwork()

    private func connect(_ script: @escaping (inout PeerScript) -> Void) throws -> (MockConnection, ScriptedService<IP>)
    {
        let service = try network.serve(on: "cache", port: 6379, script)
        return (try network.backend().connect(host: "cache", port: 6379), service)
    }

    private func failure(_ service: ScriptedService<IP>) -> String? {
        do throws(ScriptFailure) {
            try service.verify()
            return nil
        } catch {
            return error.description
        }
    }

    @Test("The first byte that differs is shown, at its place in the client's stream")
    func mismatch() throws {
        let (client, cache) = try connect { peer in
            peer.expect("HELLO\r\n")
            peer.expect("SET greeting \"hello worlds\"\r\nGET greeting\r\n")
        }
        try client.sendAll("HELLO\r\nSET greeting \"hello_worlds\"\r\nGET greeting\r\n")
        #expect(
            failure(cache) == """
                connection 1, step 2: byte 26 of the client's stream differs
                  expected:
                    000007  53 45 54 20 67 72 65 65 74 69 6e 67 20 22 68 65  SET greeting "he
                    000017  6c 6c 6f 20 77 6f 72 6c 64 73 22 0d 0a 47 45 54  llo worlds"..GET
                                     ^^
                    000027  20 67 72 65 65 74 69 6e 67 0d 0a                  greeting..
                  received:
                    000007  53 45 54 20 67 72 65 65 74 69 6e 67 20 22 68 65  SET greeting "he
                    000017  6c 6c 6f 5f 77 6f 72 6c 64 73 22 0d 0a 47 45 54  llo_worlds"..GET
                                     ^^
                    000027  20 67 72 65 65 74 69 6e 67 0d 0a                  greeting..
                """
        )
    }

    @Test("The client's error carries the failure", arguments: [NetworkProfile.tcp, .unix, .lockstep])
    func underlying(_ profile: NetworkProfile) throws {
        let network = LoopbackNetwork(profile: profile)
        _ = try network.serve(on: "cache", port: 1) { $0.expect("abc") }
        let client = try network.backend().connect(host: "cache", port: 1)
        _ = try client.send("x".utf8)
        let error = caught { try client.receive(atMost: 1) }
        #expect(error?.kind == .connectionReset)
        #expect((error?.underlying as? ScriptFailure)?.step == 1)
    }

    @Test("The error of a send that fails first carries the failure too", arguments: [NetworkProfile.tcp, .unix])
    func underlyingOfSend(_ profile: NetworkProfile) throws {
        let network = LoopbackNetwork(profile: profile)
        _ = try network.serve(on: "cache", port: 1) { $0.expect("abc") }
        let client = try network.backend().connect(host: "cache", port: 1)
        _ = try client.send("x".utf8)
        let error = caught { try client.sendAll("y") }
        #expect((error?.underlying as? ScriptFailure)?.connection == 1)
    }

    @Test("A difference is found as soon as it is there, not when everything has come")
    func early() throws {
        let (client, cache) = try connect { $0.expect("abcdef") }
        try client.sendAll("ab")
        #expect(failure(cache) == "connection 1, step 1 (expect \"abcdef\"): was never done")
        try client.sendAll("x")
        #expect(failure(cache)?.hasPrefix("connection 1, step 1: byte 2 of the client's stream differs") == true)
    }

    @Test("A stream that ends too early says what had come")
    func tooShort() throws {
        let (client, cache) = try connect { $0.expect("abc") }
        try client.sendAll("ab")
        client.close()
        #expect(
            failure(cache)
                == "connection 1, step 1 (expect \"abc\"): the client ended its stream after \"ab\""
        )
    }

    @Test("Bytes in place of the end, and an end in place of a line")
    func ends() throws {
        let (client, cache) = try connect { $0.expectEndOfStream() }
        try client.sendAll("more\u{1}")
        #expect(
            failure(cache) == "connection 1, step 1 (expect the end of the stream): \"more\\x01\" came"
        )
        let service = try network.serve(on: "other", port: 1) { $0.expectLine("a command") }
        try network.backend().connect(host: "other", port: 1).close()
        #expect(failure(service) == "connection 1, step 1 (expect a command): the client ended its stream")
    }

    @Test("A client that leaves bytes unread cuts the connection, and that is told")
    func cut() throws {
        let (client, cache) = try connect { peer in
            peer.send("unread")
            peer.expectEndOfStream()
        }
        client.close()
        #expect(
            failure(cache) == "connection 1, step 2 (expect the end of the stream): the client cut the connection"
        )
    }

    @Test("Steps that were never reached")
    func leftOver() throws {
        let (client, cache) = try connect { peer in
            peer.expect("a")
            peer.pause(for: .seconds(1))
            peer.send("late")
        }
        try client.sendAll("a")
        #expect(failure(cache) == "connection 1, step 3 (send \"late\"): was never done")
    }

    @Test("Bytes after the last step, at once or when the peer has closed", arguments: ["ab", "a"])
    func afterLastStep(_ first: String) throws {
        let (client, cache) = try connect { $0.expect("a") }
        try client.sendAll(first)
        if first == "a" { try client.sendAll("b") }
        #expect(failure(cache) == "connection 1: after the script's last step \"b\" came")
    }

    @Test("One connection too many is refused, and told after what went wrong before")
    func tooMany() throws {
        let (client, cache) = try connect { $0.expect("a") }
        try client.sendAll("a")
        #expect(caught { try network.backend().connect(to: client.remoteAddress) }?.kind == .connectionRefused)
        #expect(failure(cache) == "the client connected once more; there is 1 script")
    }

    @Test("A connection that was never made")
    func tooFew() throws {
        let cache = try network.serve(on: "cache", port: 1, { _ in }, { $0.expect("x") })
        #expect(failure(cache) == "connection 1 of 2 was never made")
        _ = try network.backend().connect(host: "cache", port: 1)
        #expect(failure(cache) == "connection 2 of 2 was never made")
    }
}
