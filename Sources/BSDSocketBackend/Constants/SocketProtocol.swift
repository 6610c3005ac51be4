internal import CSockets

/// The number of a protocol, as the system has it (`IPPROTO_*`).
///
/// `NameService.protocolNumber(named:timeout:deadline:)` looks others up by their names.
public struct SocketProtocol: RawRepresentable, Hashable, Sendable {
    /// The system's number.
    public let rawValue: Int32

    /// Makes one from the system's number; any number will do.
    public init(rawValue: Int32) { self.rawValue = rawValue }
}

extension SocketProtocol {
    /// The usual one of the family and type: 0 (`IPPROTO_IP`).
    public static var unspecified: Self { Self(rawValue: csockets_IPPROTO_IP) }
    /// Control messages of IPv4 (`IPPROTO_ICMP`).
    public static var icmp: Self { Self(rawValue: csockets_IPPROTO_ICMP) }
    /// Group membership of IPv4 (`IPPROTO_IGMP`).
    public static var igmp: Self { Self(rawValue: csockets_IPPROTO_IGMP) }
    /// TCP (`IPPROTO_TCP`).
    public static var tcp: Self { Self(rawValue: csockets_IPPROTO_TCP) }
    /// UDP (`IPPROTO_UDP`).
    public static var udp: Self { Self(rawValue: csockets_IPPROTO_UDP) }
    /// IPv6 inside of another protocol (`IPPROTO_IPV6`).
    public static var ipv6: Self { Self(rawValue: csockets_IPPROTO_IPV6) }
    /// Control messages of IPv6 (`IPPROTO_ICMPV6`).
    public static var icmpv6: Self { Self(rawValue: csockets_IPPROTO_ICMPV6) }
    /// Packets whose header the program writes (`IPPROTO_RAW`).
    public static var raw: Self { Self(rawValue: csockets_IPPROTO_RAW) }
    /// Encrypted packets (IPsec) (`IPPROTO_ESP`).
    public static var esp: Self { Self(rawValue: csockets_IPPROTO_ESP) }
    /// Authenticated packets (IPsec) (`IPPROTO_AH`).
    public static var ah: Self { Self(rawValue: csockets_IPPROTO_AH) }
    /// Multicast routing (`IPPROTO_PIM`).
    public static var pim: Self { Self(rawValue: csockets_IPPROTO_PIM) }
    /// Generic routing encapsulation (`IPPROTO_GRE`).
    public static var gre: Self { Self(rawValue: csockets_IPPROTO_GRE) }
    /// IPv4 inside of another protocol (`IPPROTO_IPIP`).
    public static var ipip: Self { Self(rawValue: csockets_IPPROTO_IPIP) }
    /// Exterior gateway protocol (`IPPROTO_EGP`).
    public static var egp: Self { Self(rawValue: csockets_IPPROTO_EGP) }
    /// PUP (`IPPROTO_PUP`).
    public static var pup: Self { Self(rawValue: csockets_IPPROTO_PUP) }
    /// XNS (`IPPROTO_IDP`).
    public static var idp: Self { Self(rawValue: csockets_IPPROTO_IDP) }
    /// Transport class 4 of OSI (`IPPROTO_TP`).
    public static var tp: Self { Self(rawValue: csockets_IPPROTO_TP) }
    /// Routing header of IPv6 (`IPPROTO_ROUTING`).
    public static var routing: Self { Self(rawValue: csockets_IPPROTO_ROUTING) }
    /// Fragment header of IPv6 (`IPPROTO_FRAGMENT`).
    public static var fragment: Self { Self(rawValue: csockets_IPPROTO_FRAGMENT) }
    /// Reservations of bandwidth (`IPPROTO_RSVP`).
    public static var rsvp: Self { Self(rawValue: csockets_IPPROTO_RSVP) }
    /// No next header, of IPv6 (`IPPROTO_NONE`).
    public static var noNextHeader: Self { Self(rawValue: csockets_IPPROTO_NONE) }
    /// Destination options of IPv6 (`IPPROTO_DSTOPTS`).
    public static var destinationOptions: Self { Self(rawValue: csockets_IPPROTO_DSTOPTS) }
}

// MARK: - What not every platform has

extension SocketProtocol {
    /// SCTP (`IPPROTO_SCTP`), or nil where the platform lacks it.
    public static var sctp: Self? { Self(platform: csockets_IPPROTO_SCTP) }
    /// DCCP (`IPPROTO_DCCP`), or nil where the platform lacks it.
    public static var dccp: Self? { Self(platform: csockets_IPPROTO_DCCP) }
    /// UDP with a checksum of a part (`IPPROTO_UDPLITE`), or nil where the platform lacks it.
    public static var udpLite: Self? { Self(platform: csockets_IPPROTO_UDPLITE) }
    /// TCP over several paths (`IPPROTO_MPTCP`), or nil where the platform lacks it.
    public static var multipathTCP: Self? { Self(platform: csockets_IPPROTO_MPTCP) }
}
