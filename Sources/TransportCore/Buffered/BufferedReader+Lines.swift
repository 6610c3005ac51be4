extension BufferedReader {
    /// Lends the bytes of the next line to a closure. No copy and no allocation: the way to read many lines.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait for the whole of the line. The default, nil, is that of the reader, or what the mode says.
    ///   - deadline: Until when to wait for it. The default, nil, is none.
    ///   - body: Is given the bytes of the line without its ending, which are valid until it returns. The line counts as
    ///     read, whatever comes of `body`. In it the reader is ``TransportError/Kind/busy``.
    /// - Returns: What `body` returns, or nil at the end of the stream. What comes after the last ending is a line, too,
    ///   unless the reader ``requiresEnding``.
    /// - Throws: ``TransportError/Kind/messageTooLarge`` for a line that is longer than ``maximumLineLength``, and
    ///   ``TransportError/Kind/unexpectedEnd`` for one whose ending is missing where the reader ``requiresEnding``, again and
    ///   again, until ``takeBuffered()`` takes its beginning away; what
    ///   `Connection.receive(atMost:timeout:deadline:)` throws; and what `body` throws.
    @inlinable
    public func withLine<Result>(
        timeout: Duration? = nil, deadline: Deadline? = nil, _ body: (RawSpan) throws(TransportError) -> Result
    ) throws(TransportError) -> Result? {
        guard let line = try nextLine(timeout, deadline) else { return nil }
        isLent = true
        defer { isLent = false }
        return try body(RawSpan(_unsafeBytes: input.bytes(line.content)))
    }

    /// Lends the next line as text to a closure. No copy and no allocation, but for what is not UTF-8.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait for the whole of the line. The default, nil, is that of the reader, or what the mode says.
    ///   - deadline: Until when to wait for it. The default, nil, is none.
    ///   - body: Is given the line without its ending, which is valid until it returns. Bytes that are not UTF-8 appear as
    ///     U+FFFD. Otherwise as with `withLine(timeout:deadline:_:)`.
    /// - Returns: What `body` returns, or nil at the end of the stream.
    /// - Throws: As `withLine(timeout:deadline:_:)` does.
    @available(macOS 26, *)
    @inlinable
    public func withLineText<Result>(
        timeout: Duration? = nil, deadline: Deadline? = nil, _ body: (UTF8Span) throws(TransportError) -> Result
    ) throws(TransportError) -> Result? {
        guard let line = try nextLine(timeout, deadline) else { return nil }
        isLent = true
        defer { isLent = false }
        return try lendText(line.content, to: body)
    }

    /// Reads the next line as text.
    ///
    /// - Parameters:
    ///   - keepingEnding: Whether the ending is part of the text, as in Python: a line without it is the last one. The
    ///     default is no.
    ///   - timeout: How long to wait for the whole of the line. The default, nil, is that of the reader, or what the mode says.
    ///   - deadline: Until when to wait for it. The default, nil, is none.
    /// - Returns: The line, or nil at the end of the stream. Bytes that are not UTF-8 appear as U+FFFD.
    /// - Throws: As `withLine(timeout:deadline:_:)` does.
    @inlinable
    public func readLine(
        keepingEnding: Bool = false, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> String? {
        guard let line = try nextLine(timeout, deadline) else { return nil }
        return input.text(keepingEnding ? line.whole : line.content)
    }

    /// Reads the next line as bytes. Like `readLine(keepingEnding:timeout:deadline:)`.
    @inlinable
    public func readLineBytes(
        keepingEnding: Bool = false, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> [UInt8]? {
        guard let line = try nextLine(timeout, deadline) else { return nil }
        return [UInt8](input.bytes(keepingEnding ? line.whole : line.content))
    }

    /// Reads up to a delimiter other than the reader's line ending.
    ///
    /// - Parameters:
    ///   - delimiter: What to read up to; it is read, too, and not part of the result.
    ///   - limit: How many bytes may come before it. The default, nil, is ``maximumLineLength``.
    ///   - timeout: How long to wait for it. The default, nil, is that of the reader, or what the mode says.
    ///   - deadline: Until when to wait for it. The default, nil, is none.
    /// - Returns: The bytes before it; what comes after the last one, if the stream ends and the reader does not require
    ///   an ending (``requiresEnding``); nil at the end of the stream.
    /// - Throws: As `withLine(timeout:deadline:_:)` does.
    public func read(
        until delimiter: LineEnding, limit: Int? = nil, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> [UInt8]? {
        try connection.checkCount(limit ?? 0)
        var searched = 0
        return try read(timeout, deadline) { (isAtEnd) throws(TransportError) in
            try takeBytes(until: delimiter, limit: limit, isAtEnd: isAtEnd, searched: &searched)
        }
    }

    /// Lends each line to a closure until the stream ends, like `withLine(timeout:deadline:_:)`.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait for each line. The default, nil, is that of the reader, or what the mode says.
    ///   - body: Is given the bytes of each line, which are valid until it returns; what it throws is thrown.
    @inlinable
    public func forEachLine(
        timeout: Duration? = nil, _ body: (RawSpan) throws(TransportError) -> Void
    ) throws(TransportError) {
        while try withLine(timeout: timeout, body) != nil {}
    }
}

// MARK: - What both forms share

/// Where a line is in the buffer.
@usableFromInline
struct FoundLine {
    @usableFromInline let whole: Range<Int>
    @usableFromInline let content: Range<Int>

    @inlinable
    init(whole: Range<Int>, content: Range<Int>) {
        self.whole = whole
        self.content = content
    }
}

extension BufferedReader {
    /// Reads the next line; its bytes stay where they are until more are received.
    @inlinable @inline(__always)
    func nextLine(_ timeout: Duration?, _ deadline: Deadline?) throws(TransportError) -> FoundLine? {
        try ensureUsable()
        // As in `read`, without a closure, which would cost the reader a reference for each line.
        if deadline == nil, let line = try takeHeldLine() { return line }
        return try receiveLine(timeout, deadline)
    }

    /// Reads the next line, receiving what is missing of it.
    @inlinable @inline(never)
    func receiveLine(_ timeout: Duration?, _ deadline: Deadline?) throws(TransportError) -> FoundLine? {
        try readOn(timeout, deadline) { (isAtEnd) throws(TransportError) in try findLine(isAtEnd: isAtEnd) }
    }

    /// The common case by itself: the next line, if it is here and its ending is one byte.
    @inlinable @inline(__always)
    func takeHeldLine() throws(TransportError) -> FoundLine? {
        guard lineEnding.bytes.count == 1, let index = input.firstIndex(of: lineEnding.firstByte, from: input.searched)
        else { return nil }
        let start = input.start
        let content = Range(uncheckedBounds: (start, contentEnd(index, lineEnding)))
        guard content.upperBound &- start <= maximumLineLength else { throw tooLong(maximumLineLength) }
        input.consume(index &+ 1 &- start)
        return FoundLine(whole: Range(uncheckedBounds: (start, index &+ 1)), content: content)
    }

    /// Finds the next line and marks it as read.
    @inlinable
    func findLine(isAtEnd: Bool) throws(TransportError) -> BufferedStep<FoundLine?> {
        if let line = try takeHeldLine() { return .done(line) }
        return try findOtherLine(lineEnding, maximumLineLength, isAtEnd: isAtEnd)
    }

    /// Lends a part of the buffer as text.
    @available(macOS 26, *)
    @inlinable
    func lendText<Result>(
        _ range: Range<Int>, to body: (UTF8Span) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        let bytes = Span<UInt8>(_unsafeElements: input.bytes(range).assumingMemoryBound(to: UInt8.self))
        if let text = try? UTF8Span(validating: bytes) { return try body(text) }
        let repaired = input.text(range)
        return try body(repaired.utf8Span)
    }

    /// Finds a line with a longer ending, or the last one, or tells that there is none yet.
    @usableFromInline
    func findOtherLine(
        _ ending: LineEnding, _ maximum: Int, isAtEnd: Bool
    ) throws(TransportError) -> BufferedStep<FoundLine?> {
        let found = input.firstIndex(of: ending.bytes, from: input.searched)
        // Where the ending is missing, what is here may be the first part of it.
        input.searched = found ?? max(input.searched, input.end - (ending.bytes.count - 1))
        let contentEnd = contentEnd(found ?? input.end, ending)
        let possible = found == nil ? min(contentEnd, input.searched) : contentEnd
        guard possible - input.start <= maximum else { throw tooLong(maximum) }
        if let found {
            let whole = input.start..<(found + ending.bytes.count)
            defer { input.consume(whole.count) }
            return .done(FoundLine(whole: whole, content: whole.lowerBound..<contentEnd))
        }
        guard isAtEnd else { return .missing(1) }
        guard input.count > 0 else { return .done(nil) }
        let whole = input.start..<input.end
        guard whole.count <= maximum + (ending.includesCarriageReturn ? 1 : 0) else { throw tooLong(maximum) }
        if requiresEnding { throw cutLine(whole.count) }
        defer { input.consume(whole.count) }
        return .done(FoundLine(whole: whole, content: whole))
    }

    /// - Parameter searched: How many bytes are known not to have the delimiter; to be kept from attempt to attempt.
    func takeBytes(
        until delimiter: LineEnding, limit: Int?, isAtEnd: Bool, searched: inout Int
    ) throws(TransportError) -> BufferedStep<[UInt8]?> {
        // What the buffer knows was found out for the reader's own ending.
        let known = input.searched
        input.searched = input.start + searched
        var isTaken = false
        defer {
            if !isTaken {
                searched = input.searched - input.start
                input.searched = known
            }
        }
        switch try findOtherLine(delimiter, limit ?? maximumLineLength, isAtEnd: isAtEnd) {
        case .done(let line):
            isTaken = true
            return .done(line.map { [UInt8](input.bytes($0.content)) })
        case .missing(let count): return .missing(count)
        }
    }

    /// Where the content of a line ends whose ending begins at `index`.
    @inlinable
    func contentEnd(_ index: Int, _ ending: LineEnding) -> Int {
        guard ending.includesCarriageReturn, index > input.start,
            input.memory.load(fromByteOffset: index &- 1, as: UInt8.self) == 0x0D
        else { return index }
        return index &- 1
    }

    private func cutLine(_ count: Int) -> TransportError {
        connection.endedEarly.with(bytesTransferred: count)
            .with(message: "the stream ended in the middle of a line")
    }

    @usableFromInline
    func tooLong(_ maximum: Int) -> TransportError {
        TransportError(.messageTooLarge, operation: .receive)
            .with(message: "a line has more than \(maximum) bytes, which is the most that this reader takes")
            .with(
                advice: "a larger maximumLineLength, or close the connection: the peer may not be one that sends lines")
    }
}
