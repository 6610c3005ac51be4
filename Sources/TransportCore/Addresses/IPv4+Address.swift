extension IPv4 {
    /// An Internet address of version 4, such as 127.0.0.1.
    ///
    /// Addresses are ordered as numbers. They encode as their text. The corresponding C type is `struct in_addr`.
    public struct Address: Hashable, Sendable {
        /// The address as a number in this machine's byte order: 127.0.0.1 is `0x7F00_0001`.
        public let rawValue: UInt32

        /// Creates an address from a number in this machine's byte order.
        public init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        /// Creates the address `first.second.third.fourth`.
        public init(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) {
            rawValue = UInt32(first) << 24 | UInt32(second) << 16 | UInt32(third) << 8 | UInt32(fourth)
        }

        /// Creates an address from its four bytes as they travel on the network.
        ///
        /// - Parameter bytes: Exactly four bytes, the most significant one first.
        /// - Throws: `TransportError` of kind `.invalidArgument` if there are fewer or more than four bytes.
        public init(networkOrderBytes bytes: some Collection<UInt8>) throws(TransportError) {
            let count = bytes.count
            guard count == 4 else {
                throw .invalidArgument("an IPv4 address has 4 bytes, found \(count)")
            }
            rawValue = bytes.reduce(0) { $0 << 8 | UInt32($1) }
        }

        /// The four numbers of the address in the order in which they are written.
        public var octets: (UInt8, UInt8, UInt8, UInt8) {
            (
                UInt8(truncatingIfNeeded: rawValue >> 24), UInt8(truncatingIfNeeded: rawValue >> 16),
                UInt8(truncatingIfNeeded: rawValue >> 8), UInt8(truncatingIfNeeded: rawValue)
            )
        }

        /// The four bytes of the address as they travel on the network, the most significant one first.
        public var bytes: [UInt8] {
            let (first, second, third, fourth) = octets
            return [first, second, third, fourth]
        }
    }
}

extension IPv4.Address: Comparable {
    /// Tells whether the first address is the smaller number.
    public static func < (first: IPv4.Address, second: IPv4.Address) -> Bool {
        first.rawValue < second.rawValue
    }
}

// MARK: - Well-known addresses

extension IPv4.Address {
    /// The address 0.0.0.0, which stands for all of this machine's addresses. `INADDR_ANY` in C.
    public static let any = IPv4.Address(rawValue: 0)

    /// The address 127.0.0.1, by which this machine reaches itself. `INADDR_LOOPBACK` in C.
    public static let loopback = IPv4.Address(rawValue: 0x7F00_0001)

    /// The address 255.255.255.255, which reaches all machines of the local network. `INADDR_BROADCAST` in C.
    public static let broadcast = IPv4.Address(rawValue: 0xFFFF_FFFF)

    /// The number with which C's `inet_addr` reports an error; the same address as ``broadcast``. `INADDR_NONE` in C.
    ///
    /// Nothing in this library returns it: errors are thrown. Where an optional address is expected, `.none` is nil;
    /// write `IPv4.Address.none` there.
    public static let none = IPv4.Address(rawValue: 0xFFFF_FFFF)

    /// The multicast address 224.0.0.0, which no group may use. `INADDR_UNSPEC_GROUP` in C.
    public static let unspecifiedGroup = IPv4.Address(rawValue: 0xE000_0000)

    /// The multicast address 224.0.0.1 of all machines of the local network. `INADDR_ALLHOSTS_GROUP` in C.
    public static let allHostsGroup = IPv4.Address(rawValue: 0xE000_0001)

    /// The last multicast address that routers never forward, 224.0.0.255. `INADDR_MAX_LOCAL_GROUP` in C.
    public static let maxLocalGroup = IPv4.Address(rawValue: 0xE000_00FF)
}

// MARK: - Kinds of addresses

extension IPv4.Address {
    /// Whether this is 0.0.0.0.
    public var isUnspecified: Bool { rawValue == 0 }

    /// Whether this is in 127.0.0.0/8, which never leaves the machine (RFC 1122).
    public var isLoopback: Bool { rawValue >> 24 == 127 }

    /// Whether this is in 224.0.0.0/4, the addresses of groups (RFC 5771).
    public var isMulticast: Bool { rawValue >> 28 == 0xE }

    /// Whether this is in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16 (RFC 1918).
    public var isPrivate: Bool { rawValue >> 24 == 10 || rawValue >> 20 == 0xAC1 || rawValue >> 16 == 0xC0A8 }

    /// Whether this is in 169.254.0.0/16, which is valid on one link only (RFC 3927).
    public var isLinkLocal: Bool { rawValue >> 16 == 0xA9FE }

    /// Whether this is 255.255.255.255.
    ///
    /// The broadcast address of a subnet, such as 192.168.1.255, cannot be told without its mask and is not meant.
    public var isBroadcast: Bool { rawValue == 0xFFFF_FFFF }
}
