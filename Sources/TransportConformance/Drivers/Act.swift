internal import TransportCore

/// One operation of one end, and what must come of it. A case is mostly lists of these.
struct Act: Sendable {
    let operation: Operation
    let expectation: Expectation

    init(_ operation: Operation, _ expectation: Expectation) {
        self.operation = operation
        self.expectation = expectation
    }

    /// Sends all of some bytes.
    static func send(_ bytes: [UInt8]) -> Act { Act(.send(bytes), .done) }
    /// Sends all of a text.
    static func send(_ text: String) -> Act { .send([UInt8](text.utf8)) }
    /// Hands over what layers still hold.
    static var flush: Act { .send([]) }
    /// Receives exactly these bytes.
    static func receive(_ bytes: [UInt8]) -> Act { Act(.receive(bytes.count), .bytes(bytes)) }
    /// Receives exactly this text.
    static func receive(_ text: String) -> Act { .receive([UInt8](text.utf8)) }
    /// Receives these bytes, and after them the end of the stream.
    static func receiveToEnd(_ bytes: [UInt8]) -> Act { Act(.receiveToEnd, .bytesAndEnd(bytes)) }
    /// Receives the end of the stream.
    static var end: Act { Act(.receiveToEnd, .bytesAndEnd([])) }
    /// Ends the sending direction.
    static var shutdownWrite: Act { Act(.shutdownWrite, .done) }
    /// Closes.
    static var close: Act { Act(.close, .done) }
    /// Cuts.
    static var abort: Act { Act(.abort, .done) }
    /// Fails, in one of some ways.
    static func fails(_ operation: Operation, _ kinds: TransportError.Kind...) -> Act {
        Act(operation, .failure(kinds))
    }
    /// Receives these bytes, and after them the end of the stream or one of some errors.
    static func receiveToEnd(_ bytes: [UInt8], or kinds: TransportError.Kind...) -> Act {
        Act(.receiveToEnd, .bytesAndEndOr(bytes, kinds))
    }
    /// Receives nothing more from a peer that has cut the stream.
    static func cut(_ facts: TransportFacts) -> Act {
        // Where an end is announced, one that is not is told from it.
        let kinds: [TransportError.Kind] =
            facts.contains(.detectsTruncation) ? [.connectionReset, .truncated] : [.connectionReset]
        return Act(.receiveToEnd, .bytesAndEndOr([], kinds))
    }
}

/// What an end can be asked to do.
enum Operation: Sendable, CustomStringConvertible {
    /// Send all of some bytes.
    case send([UInt8])
    /// Receive exactly so many bytes.
    case receive(Int)
    /// Receive everything there is, up to the end.
    case receiveToEnd
    /// Send until that fails, at most so many bytes.
    case sendUntilFailure(atMost: Int)
    case shutdownWrite
    case close
    case abort

    var description: String {
        switch self {
        case .send(let bytes): "send \(bytes.count) bytes"
        case .receive(let count): "receive \(count) bytes"
        case .receiveToEnd: "receive up to the end"
        case .sendUntilFailure: "send until that fails"
        case .shutdownWrite: "shut the sending direction down"
        case .close: "close"
        case .abort: "abort"
        }
    }
}

/// What an operation came to.
enum Outcome: Sendable, CustomStringConvertible {
    /// It was done.
    case done
    /// It received all that it was to receive.
    case received([UInt8])
    /// The stream ended after these bytes.
    case ended(after: [UInt8])
    /// It failed; a receive had received these bytes before.
    case failed(TransportError, after: [UInt8])

    var description: String {
        switch self {
        case .done: "done"
        case .received(let bytes): "\(bytes.count) bytes"
        case .ended(let bytes): bytes.isEmpty ? "the end of the stream" : "the end after \(bytes.count) bytes"
        case .failed(let error, let bytes):
            "\(error.kind.rawValue)\(bytes.isEmpty ? "" : " after \(bytes.count) bytes") (\(error))"
        }
    }
}

/// What must come of an operation.
enum Expectation: Sendable, CustomStringConvertible {
    case done
    case bytes([UInt8])
    case bytesAndEnd([UInt8])
    case bytesAndEndOr([UInt8], [TransportError.Kind])
    case failure([TransportError.Kind])

    var description: String {
        switch self {
        case .done: "done"
        case .bytes(let bytes): "\(bytes.count) bytes"
        case .bytesAndEnd(let bytes): Outcome.ended(after: bytes).description
        case .bytesAndEndOr(let bytes, let kinds): "the end or \(names(kinds)) after \(bytes.count) bytes"
        case .failure(let kinds): names(kinds)
        }
    }

    private func names(_ kinds: [TransportError.Kind]) -> String { kinds.map(\.rawValue).joined(separator: " or ") }

    /// How an outcome is not what was expected; nil when it is.
    func difference(from outcome: Outcome) -> String? {
        switch (self, outcome) {
        case (.done, .done): nil
        case (.bytes(let expected), .received(let bytes)), (.bytesAndEnd(let expected), .ended(let bytes)),
            (.bytesAndEndOr(let expected, _), .ended(let bytes)):
            bytes.difference(from: expected)
        case (.bytesAndEndOr(let expected, let kinds), .failed(let error, let bytes)) where kinds.contains(error.kind):
            bytes.difference(from: expected)
        case (.failure(let kinds), .failed(let error, _)) where kinds.contains(error.kind): nil
        default: outcome.description
        }
    }
}
