import RedisClient
import Testing

@Suite("Replies, cut anywhere")
struct ReplyParserTests {
    /// What a stream comes to: its replies, and what is wrong with it.
    struct Outcome: Equatable {
        var replies: [RedisValue] = []
        var violation: ReplyViolation?
    }

    /// Parses a stream in pieces.
    static func parse(_ pieces: [ArraySlice<UInt8>], limits: ReplyLimits = ReplyLimits()) -> Outcome {
        var parser = ReplyParser(limits: limits)
        var outcome = Outcome()
        do throws(ReplyViolation) {
            for piece in pieces {
                parser.append(piece)
                while let reply = try parser.next() { outcome.replies.append(reply) }
            }
        } catch {
            outcome.violation = error
        }
        return outcome
    }

    static func parse(_ text: String, limits: ReplyLimits = ReplyLimits()) -> Outcome {
        parse([text.bytes[...]], limits: limits)
    }

    /// Every kind of value.
    static let stream =
        "+OK\r\n-ERR no\r\n:42\r\n:-9223372036854775808\r\n$5\r\nhe\r\no\r\n$0\r\n\r\n$-1\r\n*-1\r\n*0\r\n"
        + "*3\r\n:1\r\n*2\r\n$1\r\nx\r\n*0\r\n-ERR in\r\n*1\r\n*1\r\n*1\r\n$-1\r\n+\r\n:+7\r\n"

    static let replies: [RedisValue] = [
        .simple("OK"), .error(ServerError(message: "ERR no")), .integer(42), .integer(.min), .bulk("he\r\no".bytes),
        .bulk([]), .null, .null, .array([]),
        .array([
            .integer(1), .array([.bulk("x".bytes), .array([])]), .error(ServerError(message: "ERR in")),
        ]),
        .array([.array([.array([.null])])]), .simple(""), .integer(7),
    ]

    @Test("Every kind of value is read")
    func whole() {
        #expect(Self.parse(Self.stream) == Outcome(replies: Self.replies))
    }

    @Test("A cut at any byte changes nothing, nor do single bytes")
    func cuts() {
        let bytes = Self.stream.bytes
        for cut in 0...bytes.count {
            #expect(Self.parse([bytes[..<cut], bytes[cut...]]) == Outcome(replies: Self.replies), "cut at \(cut)")
        }
        #expect(Self.parse(bytes.indices.map { bytes[$0...$0] }) == Outcome(replies: Self.replies))
    }

    @Test("A reply comes with its last byte, not later, and nothing is begun then")
    func lastByte() throws {
        for reply in ["+OK\r\n", "$3\r\nabc\r\n", "*2\r\n:1\r\n$1\r\n\n\r\n", "*0\r\n", "$-1\r\n"] {
            var parser = ReplyParser()
            #expect(parser.isBetweenReplies)
            for byte in reply.bytes.dropLast() {
                parser.append([byte])
                #expect(try parser.next() == nil)
                #expect(!parser.isBetweenReplies)
            }
            parser.append([UInt8(ascii: "\n")])
            #expect(!parser.isBetweenReplies)
            #expect(try parser.next() != nil)
            #expect(parser.isBetweenReplies)
        }
    }

    @Test(
        "What is no reply is told by its kind and its place",
        arguments: [
            ("x", .unknownType(UInt8(ascii: "x")), 0), ("+OK\r\n\r\n", .unknownType(13), 5),
            ("HTTP/1.1 200 OK\r\n", .unknownType(UInt8(ascii: "H")), 0), ("\0", .unknownType(0), 0),
            ("%1\r\n", .unknownType(UInt8(ascii: "%")), 0), ("*1\r\n_\r\n", .unknownType(UInt8(ascii: "_")), 4),
            ("+OK\n", .badLineEnd, 0), ("+\n", .badLineEnd, 0), ("+a\rb\r\n", .badLineEnd, 0),
            (":1\r\r\n", .badLineEnd, 0),
            (":\r\n", .badInteger, 0), (":-\r\n", .badInteger, 0), (":1a\r\n", .badInteger, 0),
            (":9223372036854775808\r\n", .badInteger, 0), (":-9223372036854775809\r\n", .badInteger, 0),
            (":--1\r\n", .badInteger, 0), (": 1\r\n", .badInteger, 0),
            ("$\r\n", .badLength, 0), ("$-2\r\n", .badLength, 0), ("$+3\r\n", .badLength, 0),
            ("$abc\r\n", .badLength, 0),
            ("$99999999999999999999\r\n", .badLength, 0), ("*-2\r\n", .badLength, 0), ("*1.5\r\n", .badLength, 0),
            ("$3\r\nabcd\r\n", .badBulkEnd, 0), ("*1\r\n$3\r\nab\r\n\r\n", .badBulkEnd, 4),
            ("$536870913\r\n", .bulkTooLong, 0), ("$9223372036854775807\r\n", .bulkTooLong, 0),
            ("*1048576\r\n", .tooManyElements, 0), ("*9223372036854775807\r\n", .tooManyElements, 0),
            ("*2\r\n*1048000\r\n*1000\r\n", .tooManyElements, 14),
        ] as [(String, ReplyViolation.Kind, Int)])
    func violations(_ text: String, _ kind: ReplyViolation.Kind, _ offset: Int) {
        let violation = Self.parse(text).violation
        #expect(violation?.kind == kind)
        #expect(violation?.offset == offset)
        #expect(violation?.description.hasPrefix("at byte \(offset) of the server's stream, ") == true)
        let bytes = text.bytes
        #expect(Self.parse(bytes.indices.map { bytes[$0...$0] }).violation == violation)
    }

    @Test("A broken stream stays broken")
    func staysBroken() {
        var parser = ReplyParser()
        parser.append("x".utf8)
        for _ in 0..<2 {
            #expect(throws: ReplyViolation.self) { try parser.next() }
            parser.append("+OK\r\n".utf8)
            #expect(!parser.isBetweenReplies)
        }
    }

    @Test("What is just within the limits is taken, and one more is not")
    func limits() {
        let limits = ReplyLimits(lineLength: 4, bulkLength: 3, elementCount: 4, depth: 2)
        func kind(_ text: String) -> ReplyViolation.Kind? {
            let outcome = Self.parse(text, limits: limits)
            let bytes = text.bytes
            #expect(Self.parse(bytes.indices.map { bytes[$0...$0] }, limits: limits) == outcome)
            #expect((outcome.replies.count == 1) == (outcome.violation == nil))
            return outcome.violation?.kind
        }
        #expect(kind("+abcd\r\n") == nil)
        #expect(kind("+abcde\r\n") == .lineTooLong)
        #expect(kind("$3\r\nabc\r\n") == nil)
        #expect(kind("$4\r\nabcd\r\n") == .bulkTooLong)
        #expect(kind("*3\r\n:1\r\n:2\r\n:3\r\n") == nil)
        #expect(kind("*4\r\n") == .tooManyElements)
        #expect(kind("*2\r\n*1\r\n:1\r\n:2\r\n") == nil)
        #expect(kind("*2\r\n*2\r\n") == .tooManyElements)
        #expect(kind("*1\r\n*1\r\n:1\r\n") == nil)
        #expect(kind("*1\r\n*1\r\n*1\r\n") == .tooDeep)
    }

    @Test("Limits of any size are usable")
    func anyLimits() {
        let none = ReplyLimits(lineLength: .min, bulkLength: .min, elementCount: .min, depth: .min)
        #expect(Self.parse("+\r\n", limits: none).violation?.kind == .lineTooLong)
        var all = ReplyLimits(lineLength: .max, bulkLength: .max, elementCount: .max, depth: .max)
        all.depth = .max
        #expect(Self.parse(Self.stream, limits: all).replies == Self.replies)
        // The greatest lengths wait for bytes that never come, without memory for them.
        #expect(Self.parse("$9223372036854775807\r\nabc", limits: all) == Outcome())
        #expect(Self.parse("*9223372036854775806\r\n+a\r\n", limits: all) == Outcome())
        // The deepest arrays are shown, compared and given up without an end of the stack.
        let deep = Self.parse(String(repeating: "*1\r\n", count: 512) + ":1\r\n", limits: all)
        #expect(deep.replies.first?.description.hasSuffix("1) (integer) 1") == true)
        #expect(Self.parse(String(repeating: "*1\r\n", count: 513), limits: all).violation?.kind == .tooDeep)
    }

    @Test("Values are shown as redis-cli shows them")
    func descriptions() {
        #expect(RedisValue.simple("a\u{1B}[2Jü").description == #"a\u{1B}[2Jü"#)
        #expect(RedisValue.error(ServerError(message: "ERR \u{1B}[2J")).description == #"(error) ERR \u{1B}[2J"#)
        #expect(RedisValue.bulk([0x22, 0x5C, 10, 13, 9, 0, 0xFF, 0x41]).description == #""\"\\\n\r\t\x00\xffA""#)
        let list = RedisValue.array(
            [.integer(1)] + Array(repeating: .null, count: 8) + [.array([.simple("a"), .null])])
        #expect(list.description.hasPrefix(" 1) (integer) 1\n 2) (nil)\n"))
        #expect(list.description.hasSuffix("\n10) 1) a\n    2) (nil)"))
    }
}
