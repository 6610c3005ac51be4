/// An error that the server answered with: it understood the command and did not do it, or not all of it.
public struct ServerError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The server's words, such as "WRONGTYPE Operation against a key holding the wrong kind of value".
    public let message: String

    /// Makes an error of the server's words.
    public init(message: String) { self.message = message }

    /// The first word, which programs look at: "ERR", "WRONGTYPE", "NOAUTH" …
    public var code: String { String(message.prefix { $0 != " " }) }

    /// The server's words, for a terminal or a log.
    public var description: String { visible(message) }
}
