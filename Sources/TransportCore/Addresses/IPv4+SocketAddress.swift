extension IPv4 {
    /// An Internet address of version 4 with a port, such as 127.0.0.1:80.
    ///
    /// The corresponding C type is `struct sockaddr_in`.
    public struct SocketAddress: Hashable, Sendable {
        /// The address of the machine.
        public var address: IPv4.Address

        /// The port, from 0 to 65535 in this machine's byte order; 0 lets the system choose when listening.
        public var port: UInt16

        /// Creates a socket address.
        public init(_ address: IPv4.Address, port: UInt16) {
            self.address = address
            self.port = port
        }

        /// Creates a socket address with a port that has not been checked yet.
        ///
        /// - Parameters:
        ///   - address: The address of the machine.
        ///   - port: A number from 0 to 65535.
        /// - Throws: `TransportError` of kind `.invalidArgument` if `port` is out of this range.
        public init(_ address: IPv4.Address, validatingPort port: Int) throws(TransportError) {
            self.init(address, port: try PortNumber.validated(port))
        }

        /// Creates a socket address from a host that is a literal, or one of two special texts.
        ///
        /// | host | address |
        /// |---|---|
        /// | "" | ``IPv4/Address/any``: listen on all addresses; Linux connects to itself |
        /// | "<broadcast>" | ``IPv4/Address/broadcast`` |
        /// | anything else | read as ``IPv4/Address/init(parsing:)`` reads it |
        ///
        /// Names are an error; only a resolver can look them up.
        ///
        /// - Parameters:
        ///   - host: The host.
        ///   - port: The port.
        /// - Throws: `TransportError` of kind `.invalidArgument` if `host` is none of these.
        public init(host: some StringProtocol, port: UInt16) throws(TransportError) {
            if host.isEmpty {
                self = .any(port: port)
            } else if host == "<broadcast>" {
                self = .broadcast(port: port)
            } else {
                let address = try host.parsedAddress(
                    as: "a numeric IPv4 host (names need a resolver)",
                    IPv4.Address.parse
                )
                self.init(address, port: port)
            }
        }

        /// Returns the same address with another port.
        public func with(port: UInt16) -> IPv4.SocketAddress {
            IPv4.SocketAddress(address, port: port)
        }
    }
}

extension IPv4.SocketAddress {
    /// Returns 0.0.0.0 with a port: all of this machine's addresses.
    public static func any(port: UInt16) -> IPv4.SocketAddress { IPv4.SocketAddress(.any, port: port) }

    /// Returns 127.0.0.1 with a port: this machine, from this machine only.
    public static func loopback(port: UInt16) -> IPv4.SocketAddress { IPv4.SocketAddress(.loopback, port: port) }

    /// Returns 255.255.255.255 with a port: all machines of the local network.
    ///
    /// Sending to it needs the socket option `SO_BROADCAST`.
    public static func broadcast(port: UInt16) -> IPv4.SocketAddress { IPv4.SocketAddress(.broadcast, port: port) }
}

extension IPv4.SocketAddress: LosslessStringConvertible {
    /// Creates a socket address from its text, such as "127.0.0.1:80".
    ///
    /// The address is read as ``IPv4/Address/init(parsing:)`` reads it; the port is a decimal number from 0 to 65535
    /// without leading zeros, and must be there.
    ///
    /// - Parameter text: The text.
    /// - Throws: `TransportError` of kind `.invalidArgument` that says what is wrong, and at which place, counted in
    ///   UTF-8 bytes from 0.
    public init(parsing text: some StringProtocol) throws(TransportError) {
        self = try text.parsedAddress(as: "an IPv4 socket address", Self.parse)
    }

    /// Creates a socket address from its text, or returns nil where ``init(parsing:)`` throws.
    public init?(_ description: String) {
        guard let address = description.parsedAddressOrNil(Self.parse) else { return nil }
        self = address
    }

    /// The address and the port, separated by a colon.
    public var description: String { "\(address):\(port)" }

    static func parse(_ bytes: Span<UInt8>) throws(AddressSyntaxError) -> IPv4.SocketAddress {
        guard bytes.count > 0 else { throw AddressSyntaxError(.empty, at: 0) }
        let end = bytes.lastOffset(of: AddressCharacter.colon) ?? bytes.count
        guard end > 0 else { throw AddressSyntaxError(.addressMissing, at: 0) }
        let address = try IPv4.Address.parse(bytes.extracting(0..<end))
        guard end < bytes.count else { throw AddressSyntaxError(.portMissing, at: end) }
        return IPv4.SocketAddress(address, port: try PortNumber.parse(bytes, from: end + 1))
    }
}
