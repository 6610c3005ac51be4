/// What would let an operation go on that could not be done at once.
///
/// It names the readiness of the lowest transport, the one that really waits. A layer answers with its own need in
/// place of that of the transport below it: a TLS receive may need the socket to become *writable*.
public struct Need: Hashable, Sendable {
    /// Directions in which readiness is awaited.
    public struct Interest: OptionSet, Hashable, Sendable {
        /// The bits of the set.
        public let rawValue: UInt8

        /// Makes a set from its bits.
        @inlinable
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        /// Something to receive: data, an end, a connection, an error.
        @inlinable public static var readable: Interest { Interest(rawValue: 1) }
        /// Room to send, or the end of connecting.
        @inlinable public static var writable: Interest { Interest(rawValue: 2) }
    }

    /// The readiness that is awaited; any one of the directions is enough.
    public var interest: Interest

    /// The earliest time at which trying again makes sense, for layers that delay on purpose. Nil for "any time".
    public var notBefore: Instant?

    /// The `errno` with which the system said "not now", or 0; kept so that a person can see it in the error.
    public var systemCode: Int32

    /// Makes a need.
    ///
    /// - Parameters:
    ///   - interest: The readiness that is awaited.
    ///   - notBefore: The earliest time for another try. The default is any time.
    ///   - systemCode: The `errno` behind it. The default, 0, is none.
    @inlinable
    public init(_ interest: Interest, notBefore: Instant? = nil, systemCode: Int32 = 0) {
        self.interest = interest
        self.notBefore = notBefore
        self.systemCode = systemCode
    }

    /// Something to receive.
    @inlinable public static var readable: Need { Need(.readable) }
    /// Room to send.
    @inlinable public static var writable: Need { Need(.writable) }
}
