/// How a client behaves.
public struct RedisConfiguration: Sendable {
    /// How long a call may take in all, connecting again included, unless it says otherwise. 30 s unless set.
    public var timeout: Duration = .seconds(30)
    /// How long one attempt to connect may take, log-in included. 3 s unless set.
    public var connectTimeout: Duration = .seconds(3)
    /// How many connections one call may try, when they fail. 10 unless set; 1 never tries again.
    public var attempts = 10
    /// How long to wait between them.
    public var backoff = Backoff()
    /// How much of a reply is taken.
    public var limits = ReplyLimits()
    /// The user to log in as; nil is the server's default user.
    public var username: String?
    /// The password to log in with; nil does not log in.
    public var password: String?
    /// The number of the database. 0 unless set.
    public var database = 0

    /// Makes a configuration with the usual values.
    public init() {}

    /// What every new connection begins with.
    var greeting: [RedisCommand] {
        var commands: [RedisCommand] = []
        if let password {
            let words = ["AUTH".redisBytes] + (username.map { [$0.redisBytes] } ?? []) + [password.redisBytes]
            commands.append(RedisCommand(words: words))
        }
        if database != 0 { commands.append(RedisCommand("SELECT", database)) }
        return commands
    }
}
