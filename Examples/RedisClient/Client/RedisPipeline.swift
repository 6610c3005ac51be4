/// Commands that are sent at once. Comes from ``RedisClient/pipeline(timeout:_:)``.
public struct RedisPipeline {
    var commands: [RedisCommand] = []

    /// Adds a command.
    public mutating func add(_ command: RedisCommand) { commands.append(command) }
}
