extension TransportError {
    /// What was being done when an error happened.
    ///
    /// The set is open: layers name their own operations with `Operation(rawValue:)`.
    public struct Operation: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The name of the operation, a verb in lower camel case.
        public let rawValue: String

        /// Makes an operation from its name; any name is an operation.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The name of the operation.
        public var description: String { rawValue }
    }
}

extension TransportError.Operation {
    /// Reading an address or a part of one from text or bytes.
    public static let parseAddress = Self(rawValue: "parseAddress")
    /// Turning a name into addresses.
    public static let resolve = Self(rawValue: "resolve")
    /// Making a socket or another endpoint.
    public static let open = Self(rawValue: "open")
    /// Giving an endpoint its local address.
    public static let bind = Self(rawValue: "bind")
    /// Beginning to listen.
    public static let listen = Self(rawValue: "listen")
    /// Taking a new connection from a listener.
    public static let accept = Self(rawValue: "accept")
    /// Connecting to a peer.
    public static let connect = Self(rawValue: "connect")
    /// Receiving bytes or a datagram.
    public static let receive = Self(rawValue: "receive")
    /// Sending bytes or a datagram.
    public static let send = Self(rawValue: "send")
    /// Handing over output that a layer still holds.
    public static let flush = Self(rawValue: "flush")
    /// Ending the sending direction.
    public static let shutdownWrite = Self(rawValue: "shutdownWrite")
    /// Ending the connection.
    public static let close = Self(rawValue: "close")
    /// Cutting the connection.
    public static let abort = Self(rawValue: "abort")
    /// Waiting for readiness.
    public static let wait = Self(rawValue: "wait")
    /// Reading an option.
    public static let getOption = Self(rawValue: "getOption")
    /// Changing an option.
    public static let setOption = Self(rawValue: "setOption")
    /// Asking for the local or the remote address.
    public static let getAddress = Self(rawValue: "getAddress")
    /// Choosing how long operations may wait.
    public static let setMode = Self(rawValue: "setMode")
}
