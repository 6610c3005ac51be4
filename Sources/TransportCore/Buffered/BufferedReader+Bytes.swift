extension BufferedReader {
    /// Reads what there is, waiting for the first bytes when nothing is held.
    ///
    /// - Parameters:
    ///   - maximum: How many bytes to read at most, 0 or more.
    ///   - timeout: How long to wait for the first bytes. The default, nil, is that of the reader, or what the mode says.
    ///   - deadline: Until when to wait for them. The default, nil, is none.
    /// - Returns: The bytes, at least one unless `maximum` is 0, or nil at the end of the stream.
    /// - Throws: What `Connection.receive(atMost:timeout:deadline:)` throws; ``TransportError/Kind/closed`` when the reader
    ///   or the connection was closed.
    public func read(
        upTo maximum: Int, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> [UInt8]? {
        try connection.checkCount(maximum)
        return try read(timeout, deadline) { takeSome(upTo: maximum, isAtEnd: $0) }
    }

    /// Reads exactly a number of bytes.
    ///
    /// - Parameters:
    ///   - count: How many bytes, 0 or more.
    ///   - timeout: How long to wait for all of them. The default, nil, is that of the reader, or what the mode says.
    ///   - deadline: Until when to wait for them. The default, nil, is none.
    /// - Throws: ``TransportError/Kind/unexpectedEnd`` when the stream ends before. Whatever is thrown, what has come stays in
    ///   the reader.
    public func readExactly(
        _ count: Int, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> [UInt8] {
        try connection.checkCount(count)
        return try read(timeout, deadline) { (isAtEnd) throws(TransportError) in
            try takeExactly(count, isAtEnd: isAtEnd)
        }
    }

    /// Reads until the stream ends.
    ///
    /// - Parameters:
    ///   - limit: How many bytes to take at most. The default, nil, is any number: then trust the peer.
    ///   - timeout: How long to wait for the end. The default, nil, is that of the reader, or what the mode says.
    ///   - deadline: Until when to wait for it. The default, nil, is none.
    /// - Returns: What was held and what came; nothing at the end of the stream.
    /// - Throws: ``TransportError/Kind/messageTooLarge`` when more than `limit` bytes come. Whatever is thrown, what has come
    ///   stays in the reader.
    public func readToEnd(
        limit: Int? = nil, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> [UInt8] {
        try connection.checkCount(limit ?? 0)
        return try read(timeout, deadline) { (isAtEnd) throws(TransportError) in
            try takeAll(limit: limit, isAtEnd: isAtEnd)
        }
    }

    /// Gives the next bytes and leaves them there, waiting until there are so many.
    ///
    /// - Parameters:
    ///   - count: How many bytes, 0 or more.
    ///   - timeout: How long to wait for all of them. The default, nil, is that of the reader, or what the mode says.
    ///   - deadline: Until when to wait for them. The default, nil, is none.
    /// - Returns: The next `count` bytes; fewer only where the stream ends before.
    public func peek(
        _ count: Int, timeout: Duration? = nil, deadline: Deadline? = nil
    ) throws(TransportError) -> [UInt8] {
        try connection.checkCount(count)
        return try read(timeout, deadline) { look(count, isAtEnd: $0) }
    }
}

// MARK: - What both forms share

extension BufferedReader {
    func takeSome(upTo maximum: Int, isAtEnd: Bool) -> BufferedStep<[UInt8]?> {
        let count = min(maximum, input.count)
        if count == 0, maximum > 0 { return isAtEnd ? .done(nil) : .missing(isUnbuffered ? maximum : 1) }
        defer { input.consume(count) }
        return .done([UInt8](input.bytes.prefix(count)))
    }

    func takeExactly(_ count: Int, isAtEnd: Bool) throws(TransportError) -> BufferedStep<[UInt8]> {
        guard input.count >= count else {
            if isAtEnd { throw connection.endedEarly.with(bytesTransferred: input.count, of: count) }
            return .missing(count - input.count)
        }
        defer { input.consume(count) }
        return .done([UInt8](input.bytes.prefix(count)))
    }

    func takeAll(limit: Int?, isAtEnd: Bool) throws(TransportError) -> BufferedStep<[UInt8]> {
        if let limit, input.count > limit {
            throw TransportError(.messageTooLarge, operation: .receive)
                .with(message: "more than \(limit) bytes came before the end, which is the most that was to be read")
                .with(advice: "a larger limit, or close the connection")
        }
        return isAtEnd ? .done(input.takeAll()) : .missing(isUnbuffered ? 1 << 16 : 1)
    }

    func look(_ count: Int, isAtEnd: Bool) -> BufferedStep<[UInt8]> {
        guard input.count >= count || isAtEnd else { return .missing(count - input.count) }
        return .done([UInt8](input.bytes.prefix(count)))
    }
}
