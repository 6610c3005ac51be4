import TestSupport
import Testing
import TransportCore

/// Writing through a buffer, in the blocking form and in the form for tasks.
@Suite("Buffered writer", .unlessHung)
struct BufferedWriterTests {
    private func writer(
        _ actions: [SendAction] = [], _ buffering: Buffering = .full, mode: IOMode = .blocking
    ) -> BufferedWriter<ScriptedTransport> {
        Connection(ScriptedTransport(TransportScript(sending: actions)), mode: mode).writer(buffering: buffering)
    }

    /// The blocking forms, also in a test that is a task.
    private func blocking<Value>(_ body: () throws -> Value) rethrows -> Value { try body() }

    private func error(_ body: () throws -> Void) -> TransportError? { caught(body) }

    private func sends(_ writer: BufferedWriter<ScriptedTransport>) -> Int {
        writer.connection.transport.operations.count { if case .trySend = $0 { true } else { false } }
    }

    @Test("M16: many small pieces go out as one, on flushing")
    func gathers() async throws {
        let writer = writer()
        for piece in ["a", "bc", ""] { try blocking { try writer.write(piece) } }
        try await writer.write("def")
        #expect(writer.connection.transport.sent.isEmpty && writer.bufferedCount == 6)
        try blocking { try writer.flush() }
        #expect(writer.connection.transport.sentText == "abcdef" && writer.bufferedCount == 0)
        #expect(sends(writer) == 1)
        try await writer.write([0x67])
        try await writer.flush()
        #expect(writer.connection.transport.sentText == "abcdefg")
    }

    @Test("M16: buffer size 0 sends at once, line with each line, n when n would be passed")
    func sizes() async throws {
        let none = writer([], .none)
        try blocking { try none.write("ab") }
        try await none.write("cd")
        #expect(none.connection.transport.sentText == "abcd" && none.bufferedCount == 0)

        let line = writer([], .line)
        try blocking { try line.write("no") }
        #expect(line.connection.transport.sentText == "")
        try blocking { try line.write("w\nand") }
        #expect(line.connection.transport.sentText == "now\nand")
        try await line.write("x\n")
        #expect(line.connection.transport.sentText == "now\nandx\n")

        let size = writer([], .size(4))
        for piece in ["a", "b", "cd"] { try blocking { try size.write(piece) } }
        #expect(size.connection.transport.sentText == "")
        try await size.write("e")
        #expect(size.connection.transport.sentText == "abcde" && size.bufferedCount == 0)
        #expect(Buffering.size(-1) == .none && Buffering.size(0) == .none)
    }

    @Test("what is larger than the buffer goes out behind what is held, in order")
    func large() async throws {
        let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0) }
        for isBlocking in [true, false] {
            let writer = writer([.accept(1), .accept(3), .accept(500)], .size(16))
            try blocking { try writer.write("head") }
            if isBlocking { try blocking { try writer.write(bytes) } } else { try await writer.write(bytes) }
            #expect(writer.connection.transport.sent == "head".bytes + bytes)
        }
    }

    @Test("H-07: what could not be sent is held, and the error says how much of the call was taken")
    func timeout() async throws {
        let writer = writer([.accept(3), .clog], .size(4))
        try blocking { try writer.write("abcd") }
        var error = self.error { try writer.write("efghij", timeout: .seconds(1)) }
        // Three of the held ones went out, and none of the call.
        #expect(error?.kind == .timedOut && error?.bytesTransferred == 0)
        #expect(writer.bufferedCount == 1)
        error = await caught { try await writer.flush(timeout: .seconds(1)) }
        #expect(error?.kind == .timedOut && writer.bufferedCount == 1)
        writer.connection.transport.rewrite { $0.sending = [.accept(1), .accept(2), .clog] }
        error = self.error { try writer.write("efghij", timeout: .seconds(1)) }
        #expect(error?.kind == .timedOut && error?.bytesTransferred == 2 && writer.bufferedCount == 0)
        writer.connection.transport.unclog()
        try blocking { try writer.write("ghij") }
        try blocking { try writer.flush() }
        #expect(writer.connection.transport.sentText == "abcdefghij")
    }

    @Test("H-07: nonblocking, a full peer is would-block, and writing goes on behind it")
    func nonblocking() throws {
        let writer = writer([.accept(2), .clog], .none, mode: .nonblocking)
        let error = caught { try writer.write("abcd") }
        #expect(error?.kind == .wouldBlock && error?.bytesTransferred == 2)
        writer.connection.transport.unclog()
        try writer.write("cd")
        #expect(writer.connection.transport.sentText == "abcd")
    }

    @Test("a deadline that has passed comes first, also where nothing need be sent")
    func passed() throws {
        let writer = writer()
        #expect(caught { try writer.write("a", deadline: .passed) }?.kind == .timedOut)
        #expect(writer.bufferedCount == 0)
        try writer.write("a", deadline: .never)
        #expect(writer.bufferedCount == 1)
    }

    @Test("closing sends what is held; where that fails for now, the writer stays open with it")
    func closing() async throws {
        let first = writer()
        try blocking { try first.write("abc") }
        try blocking { try first.close() }
        #expect(first.connection.transport.sentText == "abc" && first.isClosed && !first.connection.isClosed)
        #expect(self.error { try first.write("d") }?.kind == .closed)
        try blocking { try first.close() }

        let second = writer([.clog])
        try blocking { try second.write("abc") }
        #expect(await caught { try await second.close(timeout: .seconds(1)) }?.kind == .timedOut)
        #expect(!second.isClosed && second.bufferedCount == 3)
        second.connection.transport.unclog()
        try await second.close()
        #expect(second.connection.transport.sentText == "abc")

        let third = writer([.fail(TransportError(.brokenPipe, operation: .send))])
        try blocking { try third.write("abc") }
        #expect(self.error { try third.close() }?.kind == .brokenPipe)
        #expect(third.isClosed)
        #expect(third.connection.transport.ownerNotes.contains("outputLost(byteCount: 3)"))
    }

    @Test("a writer that goes away sends what can be sent at once, and tells of what is lost")
    func dropped() throws {
        let open = ScriptedTransport()
        let clogged = ScriptedTransport(TransportScript(sending: [.accept(1), .clog]))
        for transport in [open, clogged] {
            let connection = Connection(transport)
            try connection.writer().write("abc")
            #expect(!connection.isClosed)
        }
        #expect(open.sentText == "abc" && clogged.sentText == "a")
        #expect(clogged.ownerNotes.contains("outputLost(byteCount: 2)"))
        #expect(!open.ownerNotes.contains { $0.hasPrefix("outputLost") })
    }

    @Test("what is held can be given up")
    func discard() throws {
        let writer = writer()
        try writer.write("abc")
        #expect(writer.discardBuffered() == "abc".bytes)
        try writer.flush()
        #expect(writer.connection.transport.sent.isEmpty)
    }
}
