extension IPv6 {
    /// An Internet address of version 6, such as ::1.
    ///
    /// Addresses are ordered as numbers. They encode as their text. A scope ("%eth0") is part of a
    /// ``SocketAddress``, not of an address. The corresponding C type is `struct in6_addr`.
    public struct Address: Hashable, Sendable {
        /// The first 64 bits as a number in this machine's byte order: the network's part of most addresses.
        public let high: UInt64

        /// The last 64 bits as a number in this machine's byte order: the interface's part of most addresses.
        public let low: UInt64

        /// Creates an address from two halves in this machine's byte order.
        public init(high: UInt64, low: UInt64) {
            self.high = high
            self.low = low
        }

        /// Creates an address from its eight groups in the order in which they are written.
        public init(
            _ first: UInt16,
            _ second: UInt16,
            _ third: UInt16,
            _ fourth: UInt16,
            _ fifth: UInt16,
            _ sixth: UInt16,
            _ seventh: UInt16,
            _ eighth: UInt16
        ) {
            high = UInt64(first) << 48 | UInt64(second) << 32 | UInt64(third) << 16 | UInt64(fourth)
            low = UInt64(fifth) << 48 | UInt64(sixth) << 32 | UInt64(seventh) << 16 | UInt64(eighth)
        }

        /// Creates an address from its 16 bytes as they travel on the network.
        ///
        /// - Parameter bytes: Exactly 16 bytes, the most significant one first.
        /// - Throws: `TransportError` of kind `.invalidArgument` if there are fewer or more than 16 bytes.
        public init(networkOrderBytes bytes: some Collection<UInt8>) throws(TransportError) {
            let count = bytes.count
            guard count == 16 else {
                throw .invalidArgument("an IPv6 address has 16 bytes, found \(count)")
            }
            high = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
            low = bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt64($1) }
        }

        /// Creates the address ::ffff:a.b.c.d, by which an IPv6 socket talks to an IPv4 address (RFC 4291, 2.5.5.2).
        public init(mapping address: IPv4.Address) {
            high = 0
            low = 0xFFFF_0000_0000 | UInt64(address.rawValue)
        }

        /// The 16 bytes of the address as they travel on the network, the most significant one first.
        public var bytes: [UInt8] {
            (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? high : low) >> UInt64(56 - 8 * ($0 & 7))) }
        }

        /// The eight groups of 16 bits in the order in which they are written, in this machine's byte order.
        public var groups: [UInt16] {
            (0..<8).map { group($0) }
        }

        /// Returns the group with an index from 0 to 7.
        func group(_ index: Int) -> UInt16 {
            UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64(48 - 16 * (index & 3)))
        }
    }
}

extension IPv6.Address: Comparable {
    /// Tells whether the first address is the smaller number.
    public static func < (first: IPv6.Address, second: IPv6.Address) -> Bool {
        (first.high, first.low) < (second.high, second.low)
    }
}

// MARK: - Well-known addresses

extension IPv6.Address {
    /// The address ::, which stands for all of this machine's addresses. `in6addr_any` in C.
    public static let any = IPv6.Address(high: 0, low: 0)

    /// The address ::1, by which this machine reaches itself. `in6addr_loopback` in C.
    public static let loopback = IPv6.Address(high: 0, low: 1)
}

// MARK: - Kinds of addresses

extension IPv6.Address {
    /// Whether this is ::.
    public var isUnspecified: Bool { high == 0 && low == 0 }

    /// Whether this is ::1.
    ///
    /// The mapped form of an IPv4 loopback address, ::ffff:127.0.0.1, is not meant; ``IP/Address/canonical`` tells it.
    public var isLoopback: Bool { high == 0 && low == 1 }

    /// Whether this is in ff00::/8, the addresses of groups (RFC 4291).
    public var isMulticast: Bool { high >> 56 == 0xFF }

    /// Whether this is in fe80::/10, which is valid on one link only (RFC 4291).
    ///
    /// A socket address with such an address needs a scope, or the system refuses to connect to it.
    public var isLinkLocal: Bool { high >> 54 == 0x3FA }

    /// Whether this is in fc00::/7, the addresses of private networks (RFC 4193).
    public var isUniqueLocal: Bool { high >> 57 == 0x7E }

    /// Whether this is in ::ffff:0:0/96, an IPv4 address as an IPv6 socket sees it (RFC 4291, 2.5.5.2).
    public var isV4Mapped: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// The IPv4 address that this address maps, or nil if it is not a mapped one.
    public var ipv4Mapped: IPv4.Address? {
        isV4Mapped ? IPv4.Address(rawValue: UInt32(truncatingIfNeeded: low)) : nil
    }
}
