/// What can be a word of a command: text, bytes or a number.
public protocol RedisArgument {
    /// The word's bytes.
    var redisBytes: [UInt8] { get }
}

extension String: RedisArgument {
    /// The text as UTF-8.
    public var redisBytes: [UInt8] { Array(utf8) }
}

extension Array: RedisArgument where Element == UInt8 {
    /// The bytes themselves.
    public var redisBytes: [UInt8] { self }
}

extension Int: RedisArgument {
    /// The number in decimal.
    public var redisBytes: [UInt8] { String(self).redisBytes }
}
