internal import CSockets

/// What a socket option belongs to (`SOL_*`, `IPPROTO_*`).
public struct OptionLevel: RawRepresentable, Hashable, Sendable {
    /// The system's number.
    public let rawValue: Int32

    /// Makes one from the system's number; any number will do.
    public init(rawValue: Int32) { self.rawValue = rawValue }
}

extension OptionLevel {
    /// What all sockets have (`SOL_SOCKET`).
    public static var socket: Self { Self(rawValue: csockets_SOL_SOCKET) }
    /// IPv4. `SOL_IP`, where it exists, is the same (`IPPROTO_IP`).
    public static var ip: Self { Self(rawValue: csockets_IPPROTO_IP) }
    /// IPv6 (`IPPROTO_IPV6`).
    public static var ipv6: Self { Self(rawValue: csockets_IPPROTO_IPV6) }
    /// TCP. `SOL_TCP`, where it exists, is the same (`IPPROTO_TCP`).
    public static var tcp: Self { Self(rawValue: csockets_IPPROTO_TCP) }
    /// UDP. `SOL_UDP`, where it exists, is the same (`IPPROTO_UDP`).
    public static var udp: Self { Self(rawValue: csockets_IPPROTO_UDP) }
    /// Control messages of IPv6 (`IPPROTO_ICMPV6`).
    public static var icmpv6: Self { Self(rawValue: csockets_IPPROTO_ICMPV6) }
}

// MARK: - What not every platform has

extension OptionLevel {
    /// Netlink (`SOL_NETLINK`), or nil where the platform lacks it.
    public static var netlink: Self? { Self(platform: csockets_SOL_NETLINK) }
    /// Whole packets (`SOL_PACKET`), or nil where the platform lacks it.
    public static var packet: Self? { Self(platform: csockets_SOL_PACKET) }
    /// Raw sockets (`SOL_RAW`), or nil where the platform lacks it.
    public static var raw: Self? { Self(platform: csockets_SOL_RAW) }
    /// TLS in the kernel (`SOL_TLS`), or nil where the platform lacks it.
    public static var tls: Self? { Self(platform: csockets_SOL_TLS) }
}
