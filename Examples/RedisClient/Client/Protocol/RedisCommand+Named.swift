extension RedisCommand {
    /// Asks whether the server is there.
    public static var ping: RedisCommand { RedisCommand("PING") }

    /// Reads a string.
    public static func get(_ key: any RedisArgument) -> RedisCommand { RedisCommand("GET", key) }

    /// Writes a string.
    public static func set(_ key: any RedisArgument, _ value: any RedisArgument) -> RedisCommand {
        RedisCommand("SET", key, value)
    }

    /// Removes keys.
    public static func del(_ keys: [any RedisArgument]) -> RedisCommand {
        RedisCommand(words: ["DEL".redisBytes] + keys.map(\.redisBytes))
    }

    /// Adds one to a number.
    public static func incr(_ key: any RedisArgument) -> RedisCommand { RedisCommand("INCR", key) }

    /// Puts values in front of a list, one after the other.
    public static func lpush(_ key: any RedisArgument, _ values: [any RedisArgument]) -> RedisCommand {
        RedisCommand(words: ["LPUSH".redisBytes, key.redisBytes] + values.map(\.redisBytes))
    }

    /// Puts values behind a list, one after the other.
    public static func rpush(_ key: any RedisArgument, _ values: [any RedisArgument]) -> RedisCommand {
        RedisCommand(words: ["RPUSH".redisBytes, key.redisBytes] + values.map(\.redisBytes))
    }

    /// Reads a part of a list; negative indices count from its end.
    public static func lrange(_ key: any RedisArgument, _ first: Int, _ last: Int) -> RedisCommand {
        RedisCommand("LRANGE", key, first, last)
    }
}
