extension IP {
    /// An Internet address of either version with a port.
    ///
    /// The corresponding C type is `struct sockaddr_storage` with one of the two Internet families.
    public enum SocketAddress: Hashable, Sendable {
        /// A socket address of version 4.
        case v4(IPv4.SocketAddress)

        /// A socket address of version 6.
        case v6(IPv6.SocketAddress)

        /// Creates a socket address from one of version 4.
        public init(_ address: IPv4.SocketAddress) {
            self = .v4(address)
        }

        /// Creates a socket address from one of version 6.
        public init(_ address: IPv6.SocketAddress) {
            self = .v6(address)
        }

        /// Creates a socket address from an address and a port.
        public init(_ address: IP.Address, port: UInt16) {
            switch address {
            case .v4(let address): self = .v4(IPv4.SocketAddress(address, port: port))
            case .v6(let address): self = .v6(IPv6.SocketAddress(address, port: port))
            }
        }

        /// Creates a socket address from an address and a port that has not been checked yet.
        ///
        /// - Parameters:
        ///   - address: The address of the machine.
        ///   - port: A number from 0 to 65535.
        /// - Throws: `TransportError` of kind `.invalidArgument` if `port` is out of this range.
        public init(_ address: IP.Address, validatingPort port: Int) throws(TransportError) {
            self.init(address, port: try PortNumber.validated(port))
        }

        /// The address of the machine.
        public var address: IP.Address {
            switch self {
            case .v4(let address): .v4(address.address)
            case .v6(let address): .v6(address.address)
            }
        }

        /// The port, from 0 to 65535 in this machine's byte order.
        public var port: UInt16 {
            switch self {
            case .v4(let address): address.port
            case .v6(let address): address.port
            }
        }

        /// Returns the same address with another port; the flow label and the scope stay.
        public func with(port: UInt16) -> IP.SocketAddress {
            switch self {
            case .v4(let address): .v4(address.with(port: port))
            case .v6(let address): .v6(address.with(port: port))
            }
        }

        /// The socket address of version 4, or nil if it is one of version 6.
        public var ipv4: IPv4.SocketAddress? {
            if case .v4(let address) = self { address } else { nil }
        }

        /// The socket address of version 6, or nil if it is one of version 4.
        public var ipv6: IPv6.SocketAddress? {
            if case .v6(let address) = self { address } else { nil }
        }

        /// The same socket address with a mapped IPv4 address turned into the IPv4 address itself.
        ///
        /// An IPv6 socket that also accepts IPv4 reports its IPv4 peers as mapped ones. The flow label and the scope of
        /// a mapped address have no meaning and are dropped.
        public var canonical: IP.SocketAddress {
            if case .v6(let address) = self, let mapped = address.ipv4Mapped { .v4(mapped) } else { self }
        }
    }
}
