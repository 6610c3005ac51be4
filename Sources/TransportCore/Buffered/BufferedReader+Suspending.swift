// The forms for tasks. Each does what the blocking form of the same name does, and suspends the task in place of blocking
// its thread; a task that was cancelled gets `cancelled`, and nothing is lost by that.

extension BufferedReader {
    /// Reads what there is, suspending the task when nothing is held. Otherwise like the blocking form.
    public func read(
        upTo maximum: Int, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> [UInt8]? {
        try connection.checkCount(maximum)
        return try await read(timeout, deadline) { takeSome(upTo: maximum, isAtEnd: $0) }
    }

    /// Reads exactly a number of bytes, suspending the task as often as it takes. Otherwise like the blocking form.
    public func readExactly(
        _ count: Int, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> [UInt8] {
        try connection.checkCount(count)
        return try await read(timeout, deadline) { (isAtEnd) throws(TransportError) in
            try takeExactly(count, isAtEnd: isAtEnd)
        }
    }

    /// Reads until the stream ends, suspending the task as often as it takes. Otherwise like the blocking form.
    public func readToEnd(
        limit: Int? = nil, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> [UInt8] {
        try connection.checkCount(limit ?? 0)
        return try await read(timeout, deadline) { (isAtEnd) throws(TransportError) in
            try takeAll(limit: limit, isAtEnd: isAtEnd)
        }
    }

    /// Gives the next bytes and leaves them there, suspending the task until there are so many. Otherwise like the blocking
    /// form.
    public func peek(
        _ count: Int, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> [UInt8] {
        try connection.checkCount(count)
        return try await read(timeout, deadline) { look(count, isAtEnd: $0) }
    }

    /// Lends the bytes of the next line to a closure, suspending the task until the line is there. Otherwise like the
    /// blocking form.
    @inlinable
    public func withLine<Result>(
        timeout: Duration? = nil, deadline: Deadline? = nil, _ body: (RawSpan) throws(TransportError) -> Result
    ) async throws(TransportError) -> Result? {
        guard let line = try await nextLine(timeout, deadline) else { return nil }
        isLent = true
        defer { isLent = false }
        return try body(RawSpan(_unsafeBytes: input.bytes(line.content)))
    }

    /// Lends the next line as text to a closure, suspending the task until the line is there. Otherwise like the blocking
    /// form.
    @available(macOS 26, *)
    @inlinable
    public func withLineText<Result>(
        timeout: Duration? = nil, deadline: Deadline? = nil, _ body: (UTF8Span) throws(TransportError) -> Result
    ) async throws(TransportError) -> Result? {
        guard let line = try await nextLine(timeout, deadline) else { return nil }
        isLent = true
        defer { isLent = false }
        return try lendText(line.content, to: body)
    }

    /// Reads the next line as text, suspending the task until it is there. Otherwise like the blocking form.
    @inlinable
    public func readLine(
        keepingEnding: Bool = false, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> String? {
        guard let line = try await nextLine(timeout, deadline) else { return nil }
        return input.text(keepingEnding ? line.whole : line.content)
    }

    /// Reads the next line as bytes, suspending the task until it is there. Otherwise like the blocking form.
    @inlinable
    public func readLineBytes(
        keepingEnding: Bool = false, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> [UInt8]? {
        guard let line = try await nextLine(timeout, deadline) else { return nil }
        return [UInt8](input.bytes(keepingEnding ? line.whole : line.content))
    }

    /// Reads up to a delimiter other than the reader's line ending, suspending the task until it is there. Otherwise like
    /// the blocking form.
    public func read(
        until delimiter: LineEnding, limit: Int? = nil, timeout: Duration? = nil, deadline: Deadline? = nil
    ) async throws(TransportError) -> [UInt8]? {
        try connection.checkCount(limit ?? 0)
        var searched = 0
        return try await read(timeout, deadline) { (isAtEnd) throws(TransportError) in
            try takeBytes(until: delimiter, limit: limit, isAtEnd: isAtEnd, searched: &searched)
        }
    }

    /// Lends each line to a closure until the stream ends, suspending the task between lines. Otherwise like the blocking
    /// form.
    @inlinable
    public func forEachLine(
        timeout: Duration? = nil, _ body: (RawSpan) throws(TransportError) -> Void
    ) async throws(TransportError) {
        while try await withLine(timeout: timeout, body) != nil {}
    }
}

extension BufferedReader {
    @inlinable
    func nextLine(_ timeout: Duration?, _ deadline: Deadline?) async throws(TransportError) -> FoundLine? {
        try await read(timeout, deadline) { (isAtEnd) throws(TransportError) in try findLine(isAtEnd: isAtEnd) }
    }

    /// Makes attempts at the buffer until one is done, receiving more in between. Like the blocking form.
    @inlinable
    func read<Result>(
        _ timeout: Duration?, _ deadline: Deadline?,
        _ attempt: (_ isAtEnd: Bool) throws(TransportError) -> BufferedStep<Result>
    ) async throws(TransportError) -> Result {
        try ensureUsable()
        try connection.control.checkCancellation(.receive)
        if deadline == nil, case .done(let result) = try attempt(false) { return result }
        let limit = try connection.control.taskLimit(
            timeout ?? self.timeout, deadline, .receive, clock: connection.transport
        )
        var isAtEnd = false, isLater = false
        while true {
            switch try attempt(isAtEnd) {
            case .done(let result): return result
            case .missing(let count):
                guard !isAtEnd else { throw TransportError(.invalidState, operation: .receive) }
                if isLater { try connection.checkTask(limit, .receive) }
                isLater = true
                let received = try await connection.receiveOnce(limit) { () throws(TransportError) in
                    // Prepared at each attempt: meanwhile an actor that owns the reader may have read from it.
                    let portion = prepare(count)
                    return try input.append(atMost: portion) { (span: inout OutputRawSpan) throws(TransportError) in
                        try connection.transport.tryReceive(into: &span)
                    }
                }
                isAtEnd = received == nil
            }
        }
    }
}
