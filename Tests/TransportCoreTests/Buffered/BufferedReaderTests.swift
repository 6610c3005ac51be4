import TestSupport
import Testing
import TransportCore

/// Reading through a buffer, in the blocking form and in the form for tasks.
@Suite("Buffered reader", .unlessHung)
struct BufferedReaderTests {
    private func reader(
        _ actions: [ReceiveAction], bufferSize: Int = 65_536, ending: LineEnding = .newline, mode: IOMode = .blocking
    ) -> BufferedReader<ScriptedTransport> {
        Connection(ScriptedTransport(TransportScript(receiving: actions)), mode: mode)
            .reader(bufferSize: bufferSize, lineEnding: ending)
    }

    static let sizes = [65_536, 16, 2, 1, 0]

    @Test("M16, H-01: some, exactly so many, a line, the rest, at every size of the buffer", arguments: sizes)
    func everything(size: Int) throws {
        let text = "first line\nsecond\r\n0123456789\nrest of it\n"
        for pieces in [[ReceiveAction.text(text)], text.utf8.map { .bytes([$0]) }] {
            let blocking = reader(pieces + [.end], bufferSize: size)
            #expect(try blocking.read(upTo: 1) == "f".bytes)
            #expect(try blocking.readLine() == "irst line")
            #expect(try blocking.readLine(keepingEnding: true) == "second\r\n")
            #expect(try blocking.peek(3) == "012".bytes)
            #expect(try blocking.readExactly(11) == "0123456789\n".bytes)
            #expect(try blocking.readToEnd() == "rest of it\n".bytes)
            #expect(try blocking.readLine() == nil && blocking.read(upTo: 9) == nil && blocking.readToEnd() == [])
        }
    }

    @Test("H-01: the same in tasks", arguments: sizes)
    func everythingSuspending(size: Int) async throws {
        let text = "first line\nsecond\r\n0123456789\nrest of it\n"
        for pieces in [[ReceiveAction.text(text)], text.utf8.map { .bytes([$0]) }] {
            let suspending = reader(pieces + [.end], bufferSize: size)
            #expect(try await suspending.read(upTo: 1) == "f".bytes)
            #expect(try await suspending.readLine() == "irst line")
            #expect(try await suspending.readLine(keepingEnding: true) == "second\r\n")
            #expect(try await suspending.peek(3) == "012".bytes)
            #expect(try await suspending.readExactly(11) == "0123456789\n".bytes)
            #expect(try await suspending.readToEnd() == "rest of it\n".bytes)
            #expect(try await suspending.readLine() == nil)
        }
    }

    @Test("H-05: without a buffer nothing is taken that was not asked for: a second reader goes on behind the line")
    func unbuffered() throws {
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.text("one\ntwo\nthree"), .end])))
        let first = connection.reader(bufferSize: 0)
        #expect(try first.readLine() == "one")
        #expect(first.bufferedCount == 0)
        let second = connection.reader(bufferSize: 0)
        #expect(try second.readLine() == "two")
        #expect(try second.readExactly(2) == "th".bytes)
        #expect(try connection.receive(atMost: 9) == "ree".bytes)
    }

    @Test("H-06, M17: nothing there now is an error of its own, and not the end")
    func nonblocking() throws {
        let reader = reader([.text("ha"), .wouldBlock(.readable), .text("lf\n"), .end], mode: .nonblocking)
        #expect(caught { try reader.readLine() }?.kind == .wouldBlock)
        #expect(reader.buffered == "ha".bytes && reader.bufferedCount == 2)
        #expect(try reader.readLine() == "half")
        #expect(try reader.readLine() == nil)
    }

    @Test("N07, H-02: a timeout takes nothing, and the reader goes on")
    func timeout() throws {
        let reader = reader([.text("0123"), .at(.seconds(5), .text("45\n")), .end])
        #expect(caught { try reader.readExactly(6, timeout: .seconds(1)) }?.kind == .timedOut)
        #expect(caught { try reader.readLine(timeout: .seconds(1)) }?.kind == .timedOut)
        #expect(caught { try reader.readToEnd(timeout: .seconds(1)) }?.kind == .timedOut)
        #expect(caught { try reader.peek(5, timeout: .seconds(1)) }?.kind == .timedOut)
        #expect(reader.connection.transport.clock.elapsed == .seconds(4))
        #expect(reader.buffered == "0123".bytes)
        #expect(try reader.readLine(timeout: .seconds(2)) == "012345")
    }

    @Test("the end in the middle of an exact count is an error that takes nothing")
    func early() throws {
        let reader = reader([.text("abc"), .end])
        let error = caught { try reader.readExactly(4) }
        #expect(error?.kind == .unexpectedEnd && error?.bytesTransferred == 3)
        #expect(error?.description == "receive: the stream ended too early after 3 of 4 bytes")
        #expect(caught { try reader.readExactly(5) }?.kind == .unexpectedEnd)
        #expect(reader.takeBuffered() == "abc".bytes)
    }

    @Test("a large count does not make a large allocation before the bytes have come")
    func largeCount() throws {
        let block = [UInt8](repeating: 7, count: 300_000)
        let reader = reader([.bytes(block), .end])
        #expect(caught { try reader.readExactly(.max) }?.kind == .unexpectedEnd)
        #expect(try reader.readExactly(300_000) == block)
        #expect(caught { try reader.readExactly(-1) }?.kind == .invalidArgument)
        #expect(caught { try reader.read(upTo: -1) }?.kind == .invalidArgument)
        #expect(try reader.read(upTo: 0) == [])
    }

    @Test("reading to the end has a limit where one is given")
    func limitedEnd() throws {
        let reader = reader([.text("12345"), .end])
        #expect(caught { try reader.readToEnd(limit: -1) }?.kind == .invalidArgument)
        #expect(caught { try reader.readToEnd(limit: 4) }?.kind == .messageTooLarge)
        #expect(try reader.readToEnd(limit: 5) == "12345".bytes)
    }

    @Test(
        "any run of bytes ends a line",
        arguments: [
            (LineEnding.lineFeed, "a\r\nb\n", ["a\r", "b"]),
            (.carriageReturnLineFeed, "a\nb\r\nc\r\rd\r\n", ["a\nb", "c\r\rd"]),
            (.newline, "a\r\nb\n", ["a", "b"]), (.carriageReturnLineFeed, "a\r", ["a\r"]),
        ])
    func endings(_ ending: LineEnding, _ text: String, _ lines: [String]) throws {
        for pieces in [[ReceiveAction.text(text)], text.utf8.map { .bytes([$0]) }] {
            let blocking = reader(pieces + [.end], ending: ending)
            for line in lines { #expect(try blocking.readLine() == line) }
            #expect(try blocking.readLine() == nil)
        }
    }

    @Test("a delimiter of its own for one call, in between lines")
    func delimiters() throws {
        let text = "head\n1;2;;3\0\n\nrest;"
        for pieces in [[ReceiveAction.text(text)], text.utf8.map { .bytes([$0]) }] {
            let reader = reader(pieces + [.end])
            #expect(try reader.readLine() == "head")
            #expect(try reader.read(until: LineEnding(";;")) == "1;2".bytes)
            #expect(try reader.read(until: LineEnding([0])) == "3".bytes)
            #expect(try reader.readLine() == "" && reader.readLine() == "")
            #expect(try reader.read(until: LineEnding(";;")) == "rest;".bytes)
            #expect(try reader.read(until: LineEnding(";;")) == nil)
        }
        #expect(caught { try LineEnding("") }?.kind == .invalidArgument)
        let long = reader([.text("123456")])
        #expect(caught { try long.read(until: LineEnding(";"), limit: -1) }?.kind == .invalidArgument)
        #expect(caught { try long.read(until: LineEnding(";"), limit: 5) }?.kind == .messageTooLarge)
        #expect(long.bufferedCount == 6)
    }

    @Test("a line is lent without a copy, and the reader is busy meanwhile")
    func lending() throws {
        let reader = reader([.text("one\ntwo\nthree\nfour\n"), .end])
        let length = try reader.withLine { (line) throws(TransportError) in
            #expect(caught { try reader.readLine() }?.kind == .busy)
            #expect(reader.takeBuffered() == [])
            return line.byteCount
        }
        #expect(length == 3)
        // A line counts as read whatever comes of the closure.
        let failure = TransportError(.system, operation: .receive)
        #expect(caught { try reader.withLine { (_) throws(TransportError) in throw failure } }?.kind == .system)
        var lengths: [Int] = []
        try reader.forEachLine { lengths.append($0.byteCount) }
        #expect(lengths == [5, 4])
    }

    private static let textPieces: [ReceiveAction] = [
        .bytes([0x61, 0xC3]), .bytes([0xA9, 0x0D]), .bytes([0x0A, 0x0A, 0xFF, 0x62, 0x0A]), .text("the last"), .end,
    ]

    @Test("a line is lent as text, in which what is not UTF-8 is replaced", arguments: sizes)
    func lendingText(size: Int) throws {
        guard #available(macOS 26, *) else { return }
        let reader = reader(Self.textPieces, bufferSize: size)
        let first = try reader.withLineText { (line) throws(TransportError) in
            #expect(caught { try reader.readLine() }?.kind == .busy)
            return String(copying: line)
        }
        #expect(first == "aé")
        #expect(try reader.withLineText { $0.isEmpty } == true)
        #expect(try reader.withLineText { String(copying: $0) } == "\u{FFFD}b")
        #expect(try reader.withLineText { String(copying: $0) } == "the last")
        #expect(try reader.withLineText { $0.count } == nil)
    }

    @Test("the same in tasks: a line is lent as text", arguments: sizes)
    func lendingTextSuspending(size: Int) async throws {
        guard #available(macOS 26, *) else { return }
        let reader = reader(Self.textPieces, bufferSize: size)
        #expect(try await reader.withLineText { String(copying: $0) } == "aé")
        #expect(try await reader.withLineText { $0.count } == 0)
        #expect(try await reader.withLineText { String(copying: $0) } == "\u{FFFD}b")
        #expect(try await reader.withLineText { String(copying: $0) } == "the last")
        #expect(try await reader.withLineText { $0.count } == nil)
    }

    @Test("lines of every length, against splitting the whole text")
    func random() throws {
        var state: UInt64 = 88_172_645_463_325_252
        func next(_ bound: UInt64) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % bound)
        }
        for size in [1, 16, 64, 4096] {
            var lines: [[UInt8]] = []
            for _ in 0..<500 {
                lines.append((0..<next(90)).map { _ in UInt8([0x61, 0x0D, 0x8A, 0x00, 0x0B, 0x09, 0x8B][next(7)]) })
                if lines[lines.count - 1].last == 0x0D { lines[lines.count - 1].append(0x62) }
            }
            let bytes = Array(lines.map { $0 + [0x0A] }.joined())
            var pieces: [ReceiveAction] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = 1 + next(120)
                pieces.append(.bytes(Array(rest.prefix(count))))
                rest = rest.dropFirst(count)
            }
            let reader = reader(pieces + [.end], bufferSize: size)
            for line in lines { #expect(try reader.readLineBytes() == line) }
            #expect(try reader.readLineBytes() == nil)
        }
    }

    @Test("a delimiter, a lent line and the limits of a call in tasks")
    func suspending() async throws {
        let reader = reader([.text("one\ntwo;three\nfour\nfi"), .at(.seconds(5), .text("ve")), .end])
        #expect(try await reader.withLine { $0.byteCount } == 3)
        #expect(try await reader.read(until: LineEnding(";")) == "two".bytes)
        var lengths: [Int] = []
        let error = await caught { try await reader.forEachLine(timeout: .seconds(1)) { lengths.append($0.byteCount) } }
        #expect(error?.kind == .timedOut && lengths == [5, 4])
        #expect(await caught { try await reader.peek(3, timeout: .seconds(1)) }?.kind == .timedOut)
        #expect(await caught { try await reader.readExactly(5) }?.kind == .unexpectedEnd)
        #expect(try await reader.readLine(keepingEnding: true) == "five")
        reader.close()
        #expect(await caught { try await reader.readExactly(0) }?.kind == .closed)
    }

    @Test("a cancelled task takes nothing")
    func cancelled() async throws {
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.text("ab")])))
        let task = Task {
            let reader = connection.reader()
            let error = await caught { try await reader.readExactly(4) }
            return (error, reader.buffered)
        }
        #expect(await connection.transport.untilBlocked())
        task.cancel()
        let (error, held) = await task.value
        #expect(error?.kind == .cancelled && held == "ab".bytes)
    }

    @Test("H-08: a closed reader, or one of a closed connection, throws, whatever it holds")
    func closed() throws {
        let first = reader([.text("a\nb\n")])
        #expect(try first.readLine() == "a")
        first.close()
        #expect(first.isClosed && !first.connection.isClosed)
        #expect(caught { try first.readLine() }?.kind == .closed)
        #expect(caught { try first.readExactly(0) }?.kind == .closed)
        let second = reader([.text("a\nb\n")])
        #expect(try second.readLine() == "a")
        second.connection.close()
        #expect(caught { try second.readLine() }?.kind == .closed)
    }

    @Test("M39: the observer sees one operation for each receive, and none for what is held")
    func operations() throws {
        let observer = RecordingObserver()
        let transport = ScriptedTransport(TransportScript(receiving: [.text("a\nb\nc\n"), .end]))
        let reader = Connection(transport, observer: observer).reader()
        for line in ["a", "b", "c"] { #expect(try reader.readLine() == line) }
        #expect(transport.operations.count == 1)
    }
}
