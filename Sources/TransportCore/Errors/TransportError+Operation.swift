extension TransportError {
    /// What was being done when an error happened.
    ///
    /// The set is open: layers name their own operations with `Operation(rawValue:)`.
    public struct Operation: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The name of the operation, a verb in lower camel case.
        public let rawValue: String

        /// Makes an operation from its name; any name is an operation.
        @inlinable
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The name of the operation.
        public var description: String { rawValue }
    }
}

// Computed: the constants of a call are in the code then, and nothing has to be initialised, loaded or retained.
extension TransportError.Operation {
    /// Reading an address or a part of one from text or bytes.
    @inlinable public static var parseAddress: Self { Self(rawValue: "parseAddress") }
    /// Turning a name into addresses.
    @inlinable public static var resolve: Self { Self(rawValue: "resolve") }
    /// Making a socket or another endpoint.
    @inlinable public static var open: Self { Self(rawValue: "open") }
    /// Giving an endpoint its local address.
    @inlinable public static var bind: Self { Self(rawValue: "bind") }
    /// Beginning to listen.
    @inlinable public static var listen: Self { Self(rawValue: "listen") }
    /// Taking a new connection from a listener.
    @inlinable public static var accept: Self { Self(rawValue: "accept") }
    /// Connecting to a peer.
    @inlinable public static var connect: Self { Self(rawValue: "connect") }
    /// Receiving bytes or a datagram.
    @inlinable public static var receive: Self { Self(rawValue: "receive") }
    /// Sending bytes or a datagram.
    @inlinable public static var send: Self { Self(rawValue: "send") }
    /// Handing over output that a layer still holds.
    @inlinable public static var flush: Self { Self(rawValue: "flush") }
    /// Ending the sending direction.
    @inlinable public static var shutdownWrite: Self { Self(rawValue: "shutdownWrite") }
    /// Ending the connection.
    @inlinable public static var close: Self { Self(rawValue: "close") }
    /// Cutting the connection.
    @inlinable public static var abort: Self { Self(rawValue: "abort") }
    /// Waiting for readiness.
    @inlinable public static var wait: Self { Self(rawValue: "wait") }
    /// Reading an option.
    @inlinable public static var getOption: Self { Self(rawValue: "getOption") }
    /// Changing an option.
    @inlinable public static var setOption: Self { Self(rawValue: "setOption") }
    /// Asking for the local or the remote address.
    @inlinable public static var getAddress: Self { Self(rawValue: "getAddress") }
    /// Taking a descriptor over that was made elsewhere.
    @inlinable public static var adopt: Self { Self(rawValue: "adopt") }
    /// Giving a descriptor away.
    @inlinable public static var detach: Self { Self(rawValue: "detach") }
    /// Making a second descriptor of something.
    @inlinable public static var duplicate: Self { Self(rawValue: "duplicate") }
    /// Ending one direction or both.
    @inlinable public static var shutdown: Self { Self(rawValue: "shutdown") }
    /// Choosing how long operations may wait.
    @inlinable public static var setMode: Self { Self(rawValue: "setMode") }
}
