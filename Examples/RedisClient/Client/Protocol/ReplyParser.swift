/// Takes a server's bytes, cut anywhere, and gives its replies (RESP, version 2).
///
/// Whatever the bytes are, the outcome is replies, "more has to come" or a ``ReplyViolation``, and the same for every
/// way of cutting them. No byte is looked at more than a few times, however small the pieces.
public struct ReplyParser {
    /// An array whose elements are still coming.
    private struct OpenArray {
        let count: Int
        var elements: [RedisValue] = []
    }

    private let limits: ReplyLimits
    private var buffer: [UInt8] = []
    /// Where in the buffer the next value, or the rest of the present one, begins.
    private var position = 0
    /// Up to where the buffer is known to have no end of the present line.
    private var searched = 0
    /// How many bytes of the stream came before the buffer.
    private var discarded = 0
    /// The string whose length has come.
    private var announced: (length: Int, offset: Int)?
    private var open: [OpenArray] = []
    /// How many values the present reply has so far, announced ones included.
    private var elementCount = 0
    private var violation: ReplyViolation?

    /// Makes a parser for a new stream.
    public init(limits: ReplyLimits = ReplyLimits()) { self.limits = limits }

    /// Whether everything that has come was given out, and nothing is begun.
    public var isBetweenReplies: Bool {
        position == buffer.count && open.isEmpty && announced == nil && violation == nil
    }

    /// Takes more of the stream.
    public mutating func append(_ bytes: some Sequence<UInt8>) { buffer.append(contentsOf: bytes) }

    /// The next reply, or nil when more of it has to come.
    ///
    /// - Throws: What is wrong with the stream; from then on, always the same.
    public mutating func next() throws(ReplyViolation) -> RedisValue? {
        if let violation { throw violation }
        defer { compact() }
        do throws(ReplyViolation) {
            while let value = try nextElement() {
                guard let reply = place(value) else { continue }
                elementCount = 0
                return reply
            }
            return nil
        } catch {
            violation = error
            throw error
        }
    }

    /// Puts a value into the innermost open array. Gives the whole reply when that completes it.
    private mutating func place(_ value: RedisValue) -> RedisValue? {
        var value = value
        while var array = open.popLast() {
            array.elements.append(value)
            if array.elements.count < array.count {
                open.append(array)
                return nil
            }
            value = .array(array.elements)
        }
        return value
    }

    /// Drops what was given out, when that is most of the buffer: each byte is moved at most once on average.
    private mutating func compact() {
        guard position > buffer.count / 2 else { return }
        // A buffer that was large once is not kept for ever.
        buffer.removeFirst(position)
        if buffer.isEmpty, buffer.capacity > 1 << 20 { buffer = [] }
        discarded += position
        searched = max(0, searched - position)
        position = 0
    }
}

// MARK: - Values

extension ReplyParser {
    /// The next value that is complete; arrays with elements are opened on the way.
    private mutating func nextElement() throws(ReplyViolation) -> RedisValue? {
        while true {
            if let announced { return try bulk(announced.length, at: announced.offset) }
            let start = position
            guard let type = buffer[start...].first else { return nil }
            guard Self.types.contains(type) else { throw failure(.unknownType(type), start) }
            guard let line = try line() else { return nil }
            if open.isEmpty { elementCount = 1 }
            guard elementCount <= limits.elementCount else { throw failure(.tooManyElements, start) }
            switch type {
            case UInt8(ascii: "+"): return .simple(text(line))
            case UInt8(ascii: "-"): return .error(ServerError(message: text(line)))
            case UInt8(ascii: ":"):
                guard let number = number(line) else { throw failure(.badInteger, start) }
                return .integer(number)
            case UInt8(ascii: "$"):
                guard let length = try length(line, at: start) else { return .null }
                guard length <= limits.bulkLength else { throw failure(.bulkTooLong, start) }
                announced = (length, discarded + start)
            default:
                guard let count = try length(line, at: start) else { return .null }
                guard count <= limits.elementCount - elementCount else { throw failure(.tooManyElements, start) }
                guard open.count < limits.depth else { throw failure(.tooDeep, start) }
                elementCount += count
                if count == 0 { return .array([]) }
                open.append(OpenArray(count: count))
            }
        }
    }

    private static let types = Array("+-:$*".utf8)
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let lineFeed = UInt8(ascii: "\n")

    private func failure(_ kind: ReplyViolation.Kind, _ start: Int) -> ReplyViolation {
        ReplyViolation(kind: kind, offset: discarded + start)
    }

    /// Takes a line, and gives where it is in the buffer, without its type and its end. Nil when more has to come.
    private mutating func line() throws(ReplyViolation) -> Range<Int>? {
        let end = buffer[max(searched, position)...].firstIndex(of: Self.lineFeed)
        // What lies between the type and the line feed: the line and its CR.
        let length = (end ?? buffer.count) - position - 1
        guard length - 1 <= limits.lineLength else { throw failure(.lineTooLong, position) }
        guard let end else {
            searched = buffer.count
            return nil
        }
        guard buffer[end - 1] == Self.carriageReturn else { throw failure(.badLineEnd, position) }
        let line = position + 1..<end - 1
        guard !buffer[line].contains(Self.carriageReturn) else { throw failure(.badLineEnd, position) }
        position = end + 1
        return line
    }

    /// Takes a string whose length is known. Nil when more has to come.
    private mutating func bulk(_ length: Int, at offset: Int) throws(ReplyViolation) -> RedisValue? {
        guard buffer.count - position - 2 >= length else { return nil }
        let end = position + length
        guard buffer[end] == Self.carriageReturn, buffer[end + 1] == Self.lineFeed else {
            throw ReplyViolation(kind: .badBulkEnd, offset: offset)
        }
        let bytes = Array(buffer[position..<end])
        position = end + 2
        announced = nil
        return .bulk(bytes)
    }

    private func text(_ line: Range<Int>) -> String { String(decoding: buffer[line], as: UTF8.self) }

    /// The length of a string or array; nil for -1, which stands for none.
    private func length(_ line: Range<Int>, at start: Int) throws(ReplyViolation) -> Int? {
        if buffer[line].elementsEqual("-1".utf8) { return nil }
        guard buffer[line].first.map(isDigit) == true, let number = number(line) else {
            throw failure(.badLength, start)
        }
        return number
    }

    /// A decimal number with or without a sign.
    private func number(_ line: Range<Int>) -> Int? {
        var digits = buffer[line]
        let isNegative = digits.first == UInt8(ascii: "-")
        if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
        guard !digits.isEmpty, digits.allSatisfy(isDigit) else { return nil }
        var result = 0
        for digit in digits {
            let value = Int(digit - UInt8(ascii: "0"))
            let (scaled, overflow) = result.multipliedReportingOverflow(by: 10)
            // Away from zero: the least number has no positive counterpart.
            let (sum, sumOverflow) = scaled.addingReportingOverflow(isNegative ? -value : value)
            if overflow || sumOverflow { return nil }
            result = sum
        }
        return result
    }

    private func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
