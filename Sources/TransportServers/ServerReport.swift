/// Something that a server tells its owner: a handler has failed, a peer was refused, accepting pauses.
///
/// None of it ends the server, except ``Kind/listenerFailed``.
public struct ServerReport: Sendable, CustomStringConvertible {
    /// What has happened. The set is open.
    public struct Kind: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The name of the kind, in lower camel case.
        public let rawValue: String

        /// Makes a kind from its name.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The name of the kind.
        public var description: String { rawValue }

        /// A handler has thrown an error; its connection is closed.
        public static let handlerFailed = Self(rawValue: "handlerFailed")
        /// A connection could not be established, or not in time; it is closed.
        public static let establishingFailed = Self(rawValue: "establishingFailed")
        /// A peer has as many connections as it may; this one is cut.
        public static let peerRefused = Self(rawValue: "peerRefused")
        /// A connection was idle for too long; it is closed.
        public static let idle = Self(rawValue: "idle")
        /// A connection has lasted for too long; it is closed.
        public static let overtime = Self(rawValue: "overtime")
        /// A connection could not be accepted, or a datagram not be received; the server goes on at once.
        public static let acceptFailed = Self(rawValue: "acceptFailed")
        /// There is no room for one more connection; the server pauses and tries again.
        public static let acceptPaused = Self(rawValue: "acceptPaused")
        /// A listener is broken; what it was served for ends.
        public static let listenerFailed = Self(rawValue: "listenerFailed")
    }

    /// What has happened.
    public let kind: Kind
    /// The error behind it; nil where there is none.
    public let error: (any Error)?
    /// The address of the peer; nil where it is not known.
    public let peer: String?

    /// What has happened, to whom, and why.
    public var description: String {
        "\(kind)\(peer.map { " (\($0))" } ?? "")\(error.map { ": \($0)" } ?? "")"
    }
}
