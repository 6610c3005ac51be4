import LoopbackMockBackend
import RedisClient
import Testing
import TransportCore

/// The error that a call throws; reports when there is none, or another one.
@discardableResult
func failure<Value>(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Value
) -> RedisError? {
    do {
        let value = try body()
        Issue.record("no error but \(value)", sourceLocation: sourceLocation)
    } catch let error as RedisError {
        return error
    } catch {
        Issue.record(error, sourceLocation: sourceLocation)
    }
    return nil
}

extension RedisError {
    /// The kind of the network's error, when that is what happened.
    var networkKind: TransportError.Kind? { transportError?.kind }

    /// What was wrong with a reply, when that is what happened.
    var violationKind: ReplyViolation.Kind? {
        if case .malformedReply(let violation, _) = self { violation.kind } else { nil }
    }

    var serverMessage: String? {
        if case .server(let error) = self { error.message } else { nil }
    }
}

extension String {
    var bytes: [UInt8] { Array(utf8) }
}

extension LoopbackNetwork {
    /// A client of the machine "cache".
    func client(_ configure: (inout RedisConfiguration) -> Void = { _ in }) -> RedisClient<LoopbackBackend<IP>> {
        var configuration = RedisConfiguration()
        configure(&configuration)
        return RedisClient(host: "cache", configuration: configuration, via: backend())
    }

    /// The network's time since it was made.
    var elapsed: Duration { .nanoseconds(now.nanoseconds) }
}

/// The bytes of a command, written independently of the client.
func wire(_ words: String...) -> String {
    "*\(words.count)\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
}
