public import TransportCore

/// Why a call has no answer, or not the one that was asked for.
public enum RedisError: Error, Sendable {
    /// The server answered with an error.
    case server(ServerError)
    /// The server could not be reached, or the connection was lost, or time was up.
    case network(TransportError, CallProgress)
    /// The server sent bytes that are no reply. The connection was closed.
    case malformedReply(ReplyViolation, CallProgress)
    /// The reply is of another type than the call needs.
    case unexpectedReply(RedisValue, wanted: String)
    /// The client cannot send this; nothing was done.
    case invalidCommand(String)
}

/// How far a call got that did not get to its end.
public struct CallProgress: Sendable {
    /// How many connections were used or tried.
    public internal(set) var attempts = 0
    /// The replies that did come, to the first commands of the call.
    public internal(set) var replies: [RedisValue] = []
    /// How many of the commands after those the server may have carried out without our knowing. The others it has not.
    public internal(set) var inDoubtCount = 0
}

extension RedisError {
    /// The network's error, when that is what happened.
    public var transportError: TransportError? {
        if case .network(let error, _) = self { error } else { nil }
    }

    /// How far the call got, when it broke off.
    public var progress: CallProgress? {
        switch self {
        case .network(_, let progress), .malformedReply(_, let progress): progress
        default: nil
        }
    }
}

extension RedisError: CustomStringConvertible {
    /// What happened, in one line.
    public var description: String {
        switch self {
        case .server(let error): "the server answered with an error: \(error)"
        case .network(let error, let progress): "\(error)\(progress.remark)"
        case .malformedReply(let violation, let progress): "the reply is broken: \(violation)\(progress.remark)"
        case .unexpectedReply(let value, let wanted): "the reply is \(value) and not \(wanted)"
        case .invalidCommand(let reason): reason
        }
    }

    /// What happened and what may help, in several lines for a person.
    public var explanation: String {
        guard case .network(let error, let progress) = self else { return description }
        return progress.remark.isEmpty ? error.explanation : "\(error.explanation)\n  \(progress.remark.dropFirst(2))"
    }
}

extension CallProgress {
    /// What a person must know besides the error; begins with "; " unless it is empty.
    fileprivate var remark: String {
        var text = attempts > 1 ? "; \(attempts) connections were tried" : ""
        if !replies.isEmpty { text += "; \(replies.count) replies had come" }
        if inDoubtCount > 0 {
            text += inDoubtCount == 1 ? "; the command" : "; \(inDoubtCount) commands"
            text += " may have been carried out all the same"
        }
        return text
    }
}
