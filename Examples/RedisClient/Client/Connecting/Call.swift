internal import TransportCore

/// The commands of one call, and how far they are.
struct Call {
    private let commands: [RedisCommand]
    private let hasTransaction: Bool
    var progress = CallProgress()

    /// The command with which the present attempt began.
    private var first = 0
    /// The end of each command of the present attempt, in bytes from its beginning.
    private var ends: [Int] = []
    /// How many of the attempt's bytes the connection took.
    private var sent = 0
    /// The end of the commands that a server may have seen.
    private var doubtEnd = 0

    init(_ commands: [RedisCommand]) {
        self.commands = commands
        self.hasTransaction = commands.contains { $0.name == "MULTI" }
    }

    /// Whether every command has its reply.
    var isDone: Bool { progress.replies.count == commands.count }

    /// Why the commands cannot be sent, or nil.
    var obstacle: String? {
        var isInTransaction = false
        for command in commands {
            if let obstacle = command.obstacle { return obstacle }
            switch command.name {
            case "MULTI": isInTransaction = true
            case "EXEC", "DISCARD": isInTransaction = false
            default: break
            }
        }
        return isInTransaction ? "a transaction must be in one pipeline, from MULTI to EXEC or DISCARD" : nil
    }

    /// Prepares for a new connection: nothing of the rest is sent.
    mutating func beginAttempt() {
        first = progress.replies.count
        ends = []
        sent = 0
    }

    /// Sends the rest of the commands and receives their replies.
    mutating func exchange(
        over conversation: Conversation<some Transport>, until deadline: Deadline
    ) throws(Breakdown) {
        var request: [UInt8] = []
        for command in commands[first...] {
            command.encode(into: &request)
            ends.append(request.count)
        }
        try conversation.exchange(
            request, count: ends.count, sent: &sent, replies: &progress.replies, until: deadline)
    }

    /// Works out what a failed attempt leaves in doubt: the server does not carry out what it has not seen whole.
    mutating func endFailedAttempt() {
        doubtEnd = max(doubtEnd, sentEnd)
        progress.inDoubtCount = max(0, doubtEnd - progress.replies.count)
    }

    /// Whether the rest may be sent over another connection.
    var isSafeToGoOn: Bool {
        // A transaction is begun again or not at all: what the server had of it is gone with the connection.
        if hasTransaction, sentEnd > 0 { return false }
        return commands[progress.replies.count..<max(progress.replies.count, sentEnd)].allSatisfy(\.isSafeToRepeat)
    }

    /// The end of the commands of which the connection took every byte.
    private var sentEnd: Int { first + (ends.firstIndex { $0 > sent } ?? ends.count) }
}
