extension IP {
    /// An Internet address of either version.
    ///
    /// IPv4 addresses are ordered before IPv6 addresses. Addresses encode as their text.
    public enum Address: Hashable, Sendable {
        /// An address of version 4.
        case v4(IPv4.Address)

        /// An address of version 6.
        case v6(IPv6.Address)

        /// Creates an address from one of version 4.
        public init(_ address: IPv4.Address) {
            self = .v4(address)
        }

        /// Creates an address from one of version 6.
        public init(_ address: IPv6.Address) {
            self = .v6(address)
        }

        /// Creates an address from its bytes as they travel on the network.
        ///
        /// - Parameter bytes: Exactly 4 or exactly 16 bytes, the most significant one first.
        /// - Throws: `TransportError` of kind `.invalidArgument` if there is another number of bytes.
        public init(networkOrderBytes bytes: some Collection<UInt8>) throws(TransportError) {
            switch bytes.count {
            case 4: self = .v4(try IPv4.Address(networkOrderBytes: bytes))
            case 16: self = .v6(try IPv6.Address(networkOrderBytes: bytes))
            case let count: throw .invalidArgument("an IP address has 4 or 16 bytes, found \(count)")
            }
        }

        /// The 4 or 16 bytes of the address as they travel on the network, the most significant one first.
        public var bytes: [UInt8] {
            switch self {
            case .v4(let address): address.bytes
            case .v6(let address): address.bytes
            }
        }

        /// The address of version 4, or nil if it is one of version 6.
        public var ipv4: IPv4.Address? {
            if case .v4(let address) = self { address } else { nil }
        }

        /// The address of version 6, or nil if it is one of version 4.
        public var ipv6: IPv6.Address? {
            if case .v6(let address) = self { address } else { nil }
        }

        /// The same address with a mapped IPv4 address (::ffff:192.0.2.1) turned into the IPv4 address itself.
        ///
        /// An IPv6 socket that also accepts IPv4 reports its IPv4 peers as mapped ones. Compare, and look up in lists
        /// of allowed addresses, only what is canonical.
        public var canonical: IP.Address {
            if case .v6(let address) = self, let mapped = address.ipv4Mapped { .v4(mapped) } else { self }
        }
    }
}

extension IP.Address: Comparable {
    /// Tells whether the first address comes before the second: version 4 before version 6, then by number.
    public static func < (first: IP.Address, second: IP.Address) -> Bool {
        switch (first, second) {
        case (.v4(let first), .v4(let second)): first < second
        case (.v6(let first), .v6(let second)): first < second
        case (.v4, .v6): true
        case (.v6, .v4): false
        }
    }
}

// MARK: - Kinds of addresses

extension IP.Address {
    /// Whether this is 0.0.0.0 or ::.
    public var isUnspecified: Bool {
        switch self {
        case .v4(let address): address.isUnspecified
        case .v6(let address): address.isUnspecified
        }
    }

    /// Whether this is in 127.0.0.0/8 or is ::1; a mapped address is not meant, see ``canonical``.
    public var isLoopback: Bool {
        switch self {
        case .v4(let address): address.isLoopback
        case .v6(let address): address.isLoopback
        }
    }

    /// Whether this is in 224.0.0.0/4 or ff00::/8; a mapped address is not meant, see ``canonical``.
    public var isMulticast: Bool {
        switch self {
        case .v4(let address): address.isMulticast
        case .v6(let address): address.isMulticast
        }
    }

    /// Whether this is in 169.254.0.0/16 or fe80::/10; a mapped address is not meant, see ``canonical``.
    public var isLinkLocal: Bool {
        switch self {
        case .v4(let address): address.isLinkLocal
        case .v6(let address): address.isLinkLocal
        }
    }
}
