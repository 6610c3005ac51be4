public import TransportCore

/// Something in a ``LoopbackNetwork`` that works and still should not be: what was left open, unread or undone.
public struct HygieneFinding: Sendable, CustomStringConvertible {
    /// What kind of thing it is.
    public let kind: Kind
    /// Where in the program the connection or listener was made that it is about; nil when it is about none.
    public let origin: SourceSite?
    /// On how many connections or listeners that were made at that place it was found.
    public internal(set) var count = 1
    /// The first of them, in words.
    let text: String

    /// What was found, in words, with the place.
    public var description: String {
        let place = origin.map { ", made at \($0)" } ?? ""
        let others = count > 1 ? " (and \(count - 1) more made there)" : ""
        return "\(kind): \(text)\(place)\(others)"
    }

    /// How many sends of one byte are many.
    static let manyOneByteSends = 100

    /// A kind of finding.
    public struct Kind: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The name of the kind.
        public let rawValue: String

        /// Makes a kind of one's own.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The name of the kind.
        public var description: String { rawValue }

        /// A connection or listener is still open.
        public static let unclosed = Kind(rawValue: "unclosed")
        /// A connection or listener was closed only because its last user went away.
        public static let dropped = Kind(rawValue: "dropped")
        /// A connection was closed with received bytes that nobody had read, which TCP tells the peer with a reset.
        public static let unreadBytes = Kind(rawValue: "unreadBytes")
        /// A layer was closed with output that it had accepted and that was never flushed.
        public static let unflushedOutput = Kind(rawValue: "unflushedOutput")
        /// A script has failed, or has steps or connections left over.
        public static let script = Kind(rawValue: "script")
        /// A fault rule has never applied.
        public static let unusedFault = Kind(rawValue: "unusedFault")
        /// A thread or task that the network does not know wanted to wait in it, which failed with
        /// ``/TransportCore/TransportError/Kind/invalidState``.
        public static let unknownTask = Kind(rawValue: "unknownTask")
        /// Receives have waited without a deadline: had the peer said nothing, they would have waited for ever.
        public static let endlessWait = Kind(rawValue: "endlessWait")
        /// A hundred sends or more of one byte each: every one is a system call, and maybe a packet.
        public static let oneByteSends = Kind(rawValue: "oneByteSends")
    }
}

extension Set<HygieneFinding.Kind> {
    /// What is worth knowing and often intended: ``HygieneFinding/Kind/dropped``,
    /// ``HygieneFinding/Kind/endlessWait``.
    public static var notes: Set<HygieneFinding.Kind> { [.dropped, .endlessWait] }
}

/// The network was not left clean.
public struct HygieneFailure: Error, CustomStringConvertible {
    /// What was found.
    public let findings: [HygieneFinding]

    /// What was found, one line for each.
    public var description: String {
        "the network was not left clean:\n" + findings.map { "  \($0)" }.joined(separator: "\n")
    }
}
