/// What a client did that a scripted peer had not expected, or did not do that it had.
public struct ScriptFailure: Error, Sendable, CustomStringConvertible {
    /// Which connection of the peer, the first being 1.
    public let connection: Int
    /// Which step of the script, the first being 1; 0 when no script was left for the connection.
    public let step: Int
    /// Whether the client sent something else, and did not just stop.
    let isAboutBytes: Bool
    /// What happened, over several lines where bytes differ.
    public let description: String
}

extension ScriptFailure {
    /// A failure that is not about single bytes.
    init(connection: Int, step: Int, description: String) {
        self.init(connection: connection, step: step, isAboutBytes: false, description: description)
    }

    /// The failure of a step that expected other bytes: with the position of the first one that differs.
    static func mismatch(
        connection: Int, step: Int, expected: [UInt8], received: [UInt8], offset: Int
    ) -> ScriptFailure {
        let position =
            zip(expected, received).enumerated().first { $1.0 != $1.1 }?.offset
            ?? min(expected.count, received.count)
        // A few lines before the difference and one after it are enough to see it.
        let from = max(0, position / 16 * 16 - 32)
        let window = from..<(position / 16 * 16 + 32)
        return ScriptFailure(
            connection: connection, step: step, isAboutBytes: true,
            description: """
                connection \(connection), step \(step): byte \(offset + position) of the client's stream differs
                  expected:
                \(ByteText.dump(expected[window.clamped(to: expected.indices)], at: offset, marking: position))
                  received:
                \(ByteText.dump(received[window.clamped(to: received.indices)], at: offset, marking: position))
                """
        )
    }

    /// The failure of a step that is not about single bytes.
    static func unexpected(
        connection: Int, step number: Int, _ step: some CustomStringConvertible, _ what: String,
        isAboutBytes: Bool = false
    ) -> ScriptFailure {
        ScriptFailure(
            connection: connection, step: number, isAboutBytes: isAboutBytes,
            description: "connection \(connection), step \(number) (\(step)): \(what)"
        )
    }
}
