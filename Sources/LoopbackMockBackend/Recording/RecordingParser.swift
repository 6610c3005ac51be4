internal import TransportCore

/// A text that is no recording.
public struct RecordingSyntaxError: Error, Hashable, CustomStringConvertible {
    /// The line that is wrong, the first being 1.
    public let line: Int
    /// What is wrong with it.
    public let reason: String

    /// The line and what is wrong with it.
    public var description: String { "line \(line) of the recording: \(reason)" }
}

extension Recording {
    /// Reads a recording from its text.
    ///
    /// - Parameter text: What ``text`` gives, edited by hand or not.
    /// - Throws: ``RecordingSyntaxError`` with the line that is wrong.
    public init(_ text: String) throws(RecordingSyntaxError) {
        var parser = RecordingParser()
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            try parser.take(Array(line))
        }
        self = try parser.finish()
    }
}

/// Reads the text of a recording, line by line.
private struct RecordingParser {
    private var connections: [Recording.Conversation] = []
    private var hasHeading = false
    private var lineNumber = 0

    /// What is left of the present line.
    private var rest: ArraySlice<UInt8> = []

    private func wrong(_ reason: String) -> RecordingSyntaxError {
        RecordingSyntaxError(line: lineNumber, reason: reason)
    }

    mutating func take(_ line: [UInt8]) throws(RecordingSyntaxError) {
        lineNumber += 1
        rest = line[...]
        while let last = rest.last, [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")].contains(last) {
            rest.removeLast()
        }
        let isContinuation = rest.first == UInt8(ascii: " ")
        skipSpaces()
        guard !rest.isEmpty, rest.first != UInt8(ascii: "#") else { return }
        guard hasHeading else { return try takeHeading() }
        if isContinuation { return try takeContinuation() }
        let word = takeWord()
        if word == "connection" {
            guard takeWord() == "to" else { throw wrong("\"connection to\" and a name were expected") }
            connections.append(.init(peer: String(decoding: try takeQuoted(), as: UTF8.self)))
        } else {
            guard !connections.isEmpty else { throw wrong("no connection has begun") }
            guard let time = nanoseconds(word) else { throw wrong("\(QuotedInput(word)) is no time in seconds") }
            connections[connections.count - 1].events.append(try takeEvent(.nanoseconds(time)))
        }
        try expectEnd()
    }

    func finish() throws(RecordingSyntaxError) -> Recording {
        guard hasHeading else { throw RecordingSyntaxError(line: max(1, lineNumber), reason: "the text is empty") }
        return Recording(connections: connections)
    }

    // MARK: Lines

    private mutating func takeHeading() throws(RecordingSyntaxError) {
        let line = String(decoding: rest, as: UTF8.self)
        guard line.hasPrefix(Recording.heading) else { throw wrong("\"\(Recording.heading)1\" was expected") }
        let version = line.dropFirst(Recording.heading.count)
        guard version == "\(Recording.version)" else {
            throw wrong("version \(QuotedInput.bare(version)) is not known")
        }
        hasHeading = true
    }

    private mutating func takeEvent(_ time: Duration) throws(RecordingSyntaxError) -> Recording.Event {
        let sender: Recording.Sender
        switch takeWord() {
        case "client": sender = .client
        case "server": sender = .server
        case let word: throw wrong("\"client\" or \"server\" was expected, not \(QuotedInput(word))")
        }
        let beginning = rest
        switch takeWord() {
        case "ends": return .init(time: time, sender: sender, .end)
        case "resets": return .init(time: time, sender: sender, .reset)
        default:
            rest = beginning
            return .init(time: time, sender: sender, .bytes(try takeBytes()))
        }
    }

    private mutating func takeContinuation() throws(RecordingSyntaxError) {
        guard let connection = connections.indices.last, let event = connections[connection].events.indices.last,
            case .bytes(var bytes) = connections[connection].events[event].content
        else { throw wrong("there are no bytes that it could go on with") }
        // Not kept twice, so that appending does not copy everything each time.
        connections[connection].events[event].content = .end
        bytes += try takeBytes()
        connections[connection].events[event].content = .bytes(bytes)
        try expectEnd()
    }

    // MARK: Words

    private mutating func skipSpaces() { rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") } }

    private mutating func takeWord() -> String {
        skipSpaces()
        let word = rest.prefix { $0 != UInt8(ascii: " ") }
        rest = rest.dropFirst(word.count)
        return String(decoding: word, as: UTF8.self)
    }

    private mutating func expectEnd() throws(RecordingSyntaxError) {
        skipSpaces()
        guard rest.isEmpty else { throw wrong("\(QuotedInput(bytes: rest)) is too much") }
    }

    /// Seconds with up to nine decimals, in nanoseconds.
    private func nanoseconds(_ word: String) -> Int64? {
        let parts = word.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let first = parts.first, let seconds = Int64(first)
        else { return nil }
        let decimals = parts.count > 1 ? String(parts[1]) : "0"
        guard decimals.count <= 9, let fraction = Int64(decimals + String(repeating: "0", count: 9 - decimals.count))
        else { return nil }
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, sumOverflow) = scaled.addingReportingOverflow(fraction)
        return overflow || sumOverflow ? nil : sum
    }

    private mutating func takeBytes() throws(RecordingSyntaxError) -> [UInt8] {
        skipSpaces()
        if rest.first == UInt8(ascii: "\"") { return try takeQuoted() }
        guard takeWord() == "hex" else { throw wrong("text in quotes, hex, ends or resets was expected") }
        var bytes: [UInt8] = []
        while true {
            let word = takeWord()
            if word.isEmpty { return bytes }
            guard word.utf8.count == 2, let byte = hexadecimal(word) else {
                throw wrong("\(QuotedInput(word)) is no byte in hexadecimal")
            }
            bytes.append(byte)
        }
    }

    private mutating func takeQuoted() throws(RecordingSyntaxError) -> [UInt8] {
        skipSpaces()
        guard rest.popFirst() == UInt8(ascii: "\"") else { throw wrong("text in quotes was expected") }
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return bytes
            case UInt8(ascii: "\\"): bytes.append(try takeEscape())
            default: bytes.append(byte)
            }
        }
        throw wrong("the closing quote is missing")
    }

    private mutating func takeEscape() throws(RecordingSyntaxError) -> UInt8 {
        switch rest.popFirst() {
        case UInt8(ascii: "r"): return UInt8(ascii: "\r")
        case UInt8(ascii: "n"): return UInt8(ascii: "\n")
        case UInt8(ascii: "t"): return UInt8(ascii: "\t")
        case UInt8(ascii: "\""): return UInt8(ascii: "\"")
        case UInt8(ascii: "\\"): return UInt8(ascii: "\\")
        case UInt8(ascii: "x"):
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard digits.utf8.count == 2, let byte = hexadecimal(digits) else {
                throw wrong("\\x takes two hexadecimal digits")
            }
            rest = rest.dropFirst(2)
            return byte
        default: throw wrong("there is no such escape; \\r \\n \\t \\\" \\\\ and \\x00 are")
        }
    }

    /// A number of hexadecimal digits alone: the library's own parser also takes signs.
    private func hexadecimal(_ digits: String) -> UInt8? {
        digits.utf8.allSatisfy { $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") } ? UInt8(digits, radix: 16) : nil
    }
}
