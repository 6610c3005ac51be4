import TestSupport
import Testing
import TransportCore

/// Sending in a task: the same rules as for threads.
@Suite("Sending in tasks", .unlessHung)
struct SuspendingSendTests {
    @Test("every form sends")
    func forms() async throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        let bytes = "abc".bytes
        #expect(try await connection.send(bytes) == 3)
        #expect(try await connection.send(bytes.span.bytes) == 3)
        #expect(try await connection.send(repeatElement(0x2E, count: 2)) == 2)
        #expect(try await connection.send(bytes.span.bytes, bytes.span.bytes) == 6)
        #expect(try await connection.send(gathering: [bytes, [], bytes]) == 6)
        try await connection.sendAll(bytes)
        try await connection.sendAll(bytes.span.bytes)
        try await connection.sendAll(repeatElement(0x2E, count: 2))
        try await connection.sendAll("text")
        try await connection.sendAll(gathering: [[], bytes, bytes])
        #expect(transport.sentText == "abcabc..abcabcabcabcabcabc..textabcabc")
        #expect(!transport.trace.contains { $0.isWait })
    }

    @Test("nothing to send: nothing is tried")
    func nothing() async throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        let empty: [UInt8] = []
        #expect(try await connection.send(empty) == 0)
        #expect(try await connection.send(empty.span.bytes, empty.span.bytes) == 0)
        #expect(try await connection.send(gathering: [[], []]) == 0)
        #expect(transport.trace.isEmpty)
        try await connection.sendAll("")
        #expect(transport.trace == [.tryFlush])
    }

    @Test("all of it is sent in pieces, suspending in between", arguments: 0..<4)
    func pieces(form: Int) async throws {
        let transport = ScriptedTransport(
            TransportScript(sending: [.accept(3), .wouldBlock(.writable), .accept(1), .at(.seconds(2), .accept(4))])
        )
        let connection = Connection(transport)
        let text = "hello world"
        switch form {
        case 0: try await connection.sendAll(text)
        case 1: try await connection.sendAll(text.bytes.span.bytes)
        case 2: try await connection.sendAll(text.bytes.lazy.map { $0 })
        default: try await connection.sendAll(gathering: ["he".bytes, [], "llo w".bytes, "orld".bytes])
        }
        #expect(transport.sentText == text)
        #expect(transport.clock.elapsed == .seconds(2))
    }

    @Test("a task that waits for room is resumed when there is some")
    func suspended() async throws {
        let transport = ScriptedTransport(TransportScript(sending: [.accept(1), .clog]))
        let connection = Connection(transport)
        let send = Task { try await connection.sendAll("hello") }
        #expect(await transport.untilBlocked())
        #expect(transport.sentText == "h")
        transport.unclog()
        try await send.value
        #expect(transport.sentText == "hello")
    }

    @Test("layers are flushed, and suspend for that too")
    func flush() async throws {
        let transport = ScriptedTransport(TransportScript(flushing: [.pending(until: .seconds(3))]))
        try await Connection(transport).sendAll("x")
        #expect(transport.clock.elapsed == .seconds(3))
    }

    @Test("an error says how much was sent, and is latched")
    func failure() async {
        let broken = TransportError(.brokenPipe, operation: .send)
        for gathering in [true, false] {
            let transport = ScriptedTransport(TransportScript(sending: [.accept(2), .fail(broken)]))
            let connection = Connection(transport)
            let error = await caught {
                if gathering {
                    try await connection.sendAll(gathering: ["hel".bytes, "lo".bytes])
                } else {
                    try await connection.sendAll("hello")
                }
            }
            #expect(error?.kind == .brokenPipe)
            #expect(error?.bytesTransferred == 2)
            #expect(await caught { try await connection.send([1]) }?.kind == .brokenPipe)
        }
    }
}
