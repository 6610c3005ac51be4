import TestSupport
import Testing
import TransportCore

/// Reading line by line.
@Suite("Lines", .unlessHung)
struct BufferedLinesTests {
    private func reader(
        _ actions: [ReceiveAction], maximumLength: Int = 10, timeout: Duration? = nil
    ) -> BufferedReader<ScriptedTransport> {
        Connection(ScriptedTransport(TransportScript(receiving: actions)))
            .lines(maximumLength: maximumLength, timeout: timeout).reader
    }

    private func all(_ reader: BufferedReader<ScriptedTransport>) async throws(TransportError) -> [String] {
        var lines: [String] = []
        for try await line in reader.lines { lines.append(line) }
        return lines
    }

    private func allBlocking(_ reader: BufferedReader<ScriptedTransport>) throws(TransportError) -> [String] {
        var lines: [String] = []
        while let line = try reader.readLine() { lines.append(line) }
        return lines
    }

    @Test(
        "lines end with LF or CR LF, and the last one with the stream",
        arguments: [
            ("\n", [""]), ("a\n", ["a"]), ("a", ["a"]), ("a\r\nb\nc", ["a", "b", "c"]), ("\r\n\r\n", ["", ""]),
            ("a\rb\n", ["a\rb"]), ("a\r\r\n", ["a\r"]), ("a\n\r", ["a", "\r"]), ("1234567890\r\n", ["1234567890"]),
            ("1234567890\nx", ["1234567890", "x"]), ("é\n", ["é"]),
        ]
    )
    func ends(text: String, lines: [String]) async throws {
        #expect(try await all(reader([.text(text), .end])) == lines)
        #expect(try allBlocking(reader([.text(text), .end])) == lines)
        // However the bytes come.
        #expect(try await all(reader(text.utf8.map { .bytes([$0]) } + [.end])) == lines)
        #expect(try allBlocking(reader(text.utf8.map { .bytes([$0]) } + [.end])) == lines)
    }

    private func strictReader() -> BufferedReader<ScriptedTransport> {
        Connection(ScriptedTransport(TransportScript(receiving: [.text("+OK\r\n+PO"), .end])))
            .reader(requiringEnding: true)
    }

    @Test("where the reader requires an ending, a line without one is no line, and stays in the reader")
    func cutLine() throws {
        let reader = strictReader()
        #expect(try reader.readLine() == "+OK")
        let calls: [() throws -> Void] = [
            { _ = try reader.readLine() },
            { _ = try reader.readLineBytes() },
            { _ = try reader.withLine { _ in } },
            { try reader.forEachLine { _ in } },
            { _ = try reader.read(until: .carriageReturnLineFeed) },
        ]
        for call in calls {
            let error = caught { try call() }
            #expect(error?.kind == .unexpectedEnd)
            #expect(error?.bytesTransferred == 3)
            #expect(error?.message.contains("in the middle of a line") == true)
        }
        #expect(reader.takeBuffered() == Array("+PO".utf8))
        #expect(try reader.readLine() == nil)
    }

    @Test("the same in tasks: a loop over lines ends with an error in the middle of one")
    func cutLineSuspending() async throws {
        let reader = strictReader()
        #expect(try await reader.readLine() == "+OK")
        #expect(await caught { try await reader.readLine() }?.kind == .unexpectedEnd)
        var lines: [String] = []
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.text("a\nb"), .end])))
        let error = await caught {
            for try await line in connection.lines(requiringEnding: true) { lines.append(line) }
        }
        #expect(lines == ["a"])
        #expect(error?.kind == .unexpectedEnd)
    }

    @Test("a stream without anything has no lines")
    func nothing() async throws {
        #expect(try await all(reader([.end])) == [])
    }

    @Test("many lines at once come out one by one, across the reader's portions")
    func many() async throws {
        let lines = (0..<5000).map { "line \($0)" }
        let bytes = Array(lines.joined(separator: "\r\n").utf8)
        #expect(try await all(reader([.bytes(bytes), .end])) == lines)
    }

    @Test("bytes that are not UTF-8 are replaced in text, and kept in bytes")
    func notText() async throws {
        let bytes: [UInt8] = [0x61, 0xFF, 0x0A, 0xFE, 0x0A]
        let reader = reader([.bytes(bytes), .end])
        #expect(try await reader.readLine() == "a\u{FFFD}")
        #expect(try await reader.readLineBytes() == [0xFE])
        #expect(try await reader.readLineBytes() == nil)
        #expect(try await reader.readLine() == nil)
    }

    @Test("N07, H-02: a timeout in the middle of a line loses nothing")
    func timeout() async throws {
        let reader = reader(
            [.text("one\ntw"), .at(.seconds(2), .text("o")), .at(.seconds(4), .text("\nthr")), .end],
            timeout: .seconds(3)
        )
        var lines: [String] = []
        do {
            for try await line in reader.lines { lines.append(line) }
            Issue.record("the line came in time")
        } catch {
            // The time is for the whole line: the piece in the middle does not renew it.
            #expect(error.kind == .timedOut)
        }
        #expect(reader.connection.transport.clock.elapsed == .seconds(3))
        #expect(reader.buffered == "two".bytes)
        for try await line in reader.lines { lines.append(line) }
        #expect(lines == ["one", "two", "thr"])
    }

    @Test("a call's own limits, and cancelling; lines that are held need no waiting")
    func limits() async throws {
        let reader = reader([.text("one\ntwo\nthr")])
        #expect(try await reader.readLine(timeout: .zero) == "one")
        #expect(await caught { try await reader.readLine(deadline: .passed) }?.kind == .timedOut)
        #expect(try await reader.readLine(timeout: .zero) == "two")
        #expect(await caught { try await reader.readLine(timeout: .zero) }?.kind == .wouldBlock)
        let transport = reader.connection.transport
        let connection = reader.connection
        let task = Task {
            let reader = connection.reader()
            let error = await caught { try await reader.readLine() }
            return (error, reader.takeBuffered())
        }
        transport.feed(.text("ee"))
        #expect(await transport.untilBlocked())
        task.cancel()
        let (error, rest) = await task.value
        #expect(error?.kind == .cancelled)
        #expect(rest == "ee".bytes)
        #expect(reader.buffered == "thr".bytes)
    }

    @Test("a line that is too long is an error each time, and is not lost", arguments: [true, false])
    func tooLong(hasEnd: Bool) async throws {
        let reader = reader([.text("ok\n12345678901" + (hasEnd ? "\nnext\n" : "")), .end])
        #expect(try await reader.readLine() == "ok")
        for _ in 0..<2 {
            let error = await caught { try await reader.readLine() }
            #expect(error?.kind == .messageTooLarge)
            #expect(error?.message == "a line has more than 10 bytes, which is the most that this reader takes")
            #expect(error?.aftermath == .usable)
            #expect(error?.explanation.contains("try: a larger maximumLineLength") == true)
            #expect(error?.explanation.contains("datagram") == false)
        }
        #expect(reader.takeBuffered() == ("12345678901" + (hasEnd ? "\nnext\n" : "")).bytes)
        #expect(try await reader.readLine() == nil)
    }

    @Test("a peer that sends no end of line does not fill the memory")
    func bounded() async {
        let block = ReceiveAction.bytes([UInt8](repeating: 0x61, count: 1 << 20))
        let reader = reader([block], maximumLength: 10_000)
        #expect(await caught { try await reader.readLine() }?.kind == .messageTooLarge)
        #expect(reader.buffered.count <= 2 * 65_536)
    }

    @Test("what follows the lines is given, and the connection goes on from there")
    func handOver() async throws {
        let reader = reader([.text("length: 6\r\n\r\nabc"), .text("def"), .end])
        var header: [String] = []
        while let line = try await reader.readLine(), !line.isEmpty { header.append(line) }
        #expect(header == ["length: 6"])
        var body = reader.takeBuffered()
        body += try await reader.connection.receiveExactly(6 - body.count)
        #expect(body == "abcdef".bytes)
        #expect(reader.buffered.isEmpty)
    }

    @Test("an error in the middle of a line leaves the line")
    func failure() async {
        let reset = TransportError(.connectionReset, operation: .receive)
        let reader = reader([.text("half"), .fail(reset)])
        #expect(await caught { try await reader.readLine() }?.kind == .connectionReset)
        #expect(reader.buffered == "half".bytes)
    }
}
