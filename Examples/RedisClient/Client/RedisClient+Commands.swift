extension RedisClient {
    /// Asks whether the server is there.
    public func ping(timeout: Duration? = nil) throws(RedisError) { try send(.ping, timeout: timeout) }

    /// The string of a key, or nil when there is none.
    public func get(_ key: some RedisArgument, timeout: Duration? = nil) throws(RedisError) -> [UInt8]? {
        try send(.get(key), timeout: timeout).optionalBytes()
    }

    /// The string of a key as text, or nil when there is none; what is no UTF-8 in it is repaired.
    public func text(_ key: some RedisArgument, timeout: Duration? = nil) throws(RedisError) -> String? {
        try get(key, timeout: timeout).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Writes a string.
    public func set(
        _ key: some RedisArgument, _ value: some RedisArgument, timeout: Duration? = nil
    ) throws(RedisError) {
        try send(.set(key, value), timeout: timeout)
    }

    /// Removes keys, and gives how many of them there were.
    @discardableResult
    public func del(_ keys: any RedisArgument..., timeout: Duration? = nil) throws(RedisError) -> Int {
        try send(.del(keys), timeout: timeout).integer()
    }

    /// Adds one to a number, and gives the new one.
    @discardableResult
    public func incr(_ key: some RedisArgument, timeout: Duration? = nil) throws(RedisError) -> Int {
        try send(.incr(key), timeout: timeout).integer()
    }

    /// Puts values in front of a list, one after the other, and gives its new length.
    @discardableResult
    public func lpush(
        _ key: some RedisArgument, _ values: any RedisArgument..., timeout: Duration? = nil
    ) throws(RedisError) -> Int {
        try send(.lpush(key, values), timeout: timeout).integer()
    }

    /// Puts values behind a list, one after the other, and gives its new length.
    @discardableResult
    public func rpush(
        _ key: some RedisArgument, _ values: any RedisArgument..., timeout: Duration? = nil
    ) throws(RedisError) -> Int {
        try send(.rpush(key, values), timeout: timeout).integer()
    }

    /// The elements of a list from one index through another; negative indices count from its end.
    public func lrange(
        _ key: some RedisArgument, _ first: Int = 0, _ last: Int = -1, timeout: Duration? = nil
    ) throws(RedisError) -> [[UInt8]] {
        try send(.lrange(key, first, last), timeout: timeout).listOfBytes()
    }
}

// MARK: - Values as types

extension RedisValue {
    /// The integer.
    ///
    /// - Throws: ``RedisError/unexpectedReply(_:wanted:)`` when it is none.
    public func integer() throws(RedisError) -> Int {
        guard case .integer(let number) = self else { throw .unexpectedReply(self, wanted: "an integer") }
        return number
    }

    /// The bytes of a string, or nil for no value.
    ///
    /// - Throws: ``RedisError/unexpectedReply(_:wanted:)`` when it is neither.
    public func optionalBytes() throws(RedisError) -> [UInt8]? {
        if self == .null { return nil }
        guard let bytes else { throw .unexpectedReply(self, wanted: "a string") }
        return bytes
    }

    /// The bytes of an array of strings.
    ///
    /// - Throws: ``RedisError/unexpectedReply(_:wanted:)`` when it is something else.
    public func listOfBytes() throws(RedisError) -> [[UInt8]] {
        guard case .array(let elements) = self else { throw .unexpectedReply(self, wanted: "an array of strings") }
        let list = elements.compactMap(\.bytes)
        guard list.count == elements.count else { throw .unexpectedReply(self, wanted: "an array of strings") }
        return list
    }
}
