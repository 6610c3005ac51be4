/// A command: words of any bytes, the first of which is its name.
///
/// ```swift
/// try client.send(RedisCommand("HSET", "user:1", "name", "Ada"))
/// ```
public struct RedisCommand: Sendable {
    /// The words.
    public let words: [[UInt8]]

    /// Whether doing it twice does no harm. Only such a command is sent again when it may have been done already.
    public let isSafeToRepeat: Bool

    /// Makes a command of a name and arguments.
    public init(_ name: String, _ arguments: any RedisArgument...) {
        self.init(words: [name.redisBytes] + arguments.map(\.redisBytes))
    }

    /// Makes a command of words.
    ///
    /// - Parameters:
    ///   - words: The words, the name first.
    ///   - isSafeToRepeat: Whether doing it twice does no harm. The default, nil, is true for the reading commands of
    ///     Redis that this client knows, and false for all others.
    public init(words: [[UInt8]], isSafeToRepeat: Bool? = nil) {
        self.words = words
        let name = Self.name(of: words)
        self.isSafeToRepeat = isSafeToRepeat ?? Self.readingCommands.contains(name)
    }

    /// The name, in capitals.
    public var name: String { Self.name(of: words) }

    private static func name(of words: [[UInt8]]) -> String {
        words.first.map { String(decoding: $0, as: UTF8.self).uppercased() } ?? ""
    }

    /// Commands that change nothing.
    private static let readingCommands: Set<String> = [
        "BITCOUNT", "BITPOS", "DBSIZE", "ECHO", "EXISTS", "GET", "GETBIT", "GETRANGE", "HEXISTS", "HGET", "HGETALL",
        "HKEYS", "HLEN", "HMGET", "HSCAN", "HSTRLEN", "HVALS", "INFO", "KEYS", "LINDEX", "LLEN", "LPOS", "LRANGE",
        "MGET", "PING", "PTTL", "RANDOMKEY", "SCAN", "SCARD", "SINTER", "SISMEMBER", "SMEMBERS", "SSCAN", "STRLEN",
        "SUNION", "TIME", "TTL", "TYPE", "XLEN", "XRANGE", "ZCARD", "ZCOUNT", "ZRANGE", "ZRANK", "ZSCAN", "ZSCORE",
    ]

    // MARK: What cannot be sent

    /// Why the client cannot send the command, or nil.
    var obstacle: String? {
        guard !words.isEmpty, !name.isEmpty else { return "a command needs a name" }
        let second = words.dropFirst().first.map { String(decoding: $0, as: UTF8.self).uppercased() }
        if Self.unansweredCommands.contains(name) || (name == "CLIENT" && second == "REPLY") {
            return "\(name) changes how the server answers, and this client expects one reply for each command"
        }
        if Self.connectionCommands.contains(name) {
            return "\(name) is lost when the client connects again: set it in the client's configuration"
        }
        if name == "WATCH" {
            return "WATCH needs a connection that stays: do it in a script of the server (EVAL)"
        }
        return nil
    }

    private static let unansweredCommands: Set<String> = [
        "HELLO", "MONITOR", "PSUBSCRIBE", "PSYNC", "PUNSUBSCRIBE", "SSUBSCRIBE", "SUBSCRIBE", "SUNSUBSCRIBE", "SYNC",
        "UNSUBSCRIBE",
    ]
    private static let connectionCommands: Set<String> = ["AUTH", "RESET", "SELECT"]

    // MARK: Bytes

    /// Appends the command as a server expects it: an array of strings.
    func encode(into bytes: inout [UInt8]) {
        bytes += "*\(words.count)\r\n".utf8
        for word in words {
            bytes += "$\(word.count)\r\n".utf8
            bytes += word
            bytes += "\r\n".utf8
        }
    }
}
