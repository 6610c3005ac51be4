internal import CSockets

extension SocketOptionName {
    /// Takes no IPv4 traffic (`IPV6_V6ONLY`).
    public static var ipv6Only: Self { Self(level: .ipv6, number: csockets_IPV6_V6ONLY) }
    /// How many routers a packet may pass (`IPV6_UNICAST_HOPS`).
    public static var ipv6UnicastHops: Self { Self(level: .ipv6, number: csockets_IPV6_UNICAST_HOPS) }
    /// The interface for multicast, by its index (`IPV6_MULTICAST_IF`).
    public static var ipv6MulticastInterface: Self { Self(level: .ipv6, number: csockets_IPV6_MULTICAST_IF) }
    /// How many routers a multicast packet may pass (`IPV6_MULTICAST_HOPS`).
    public static var ipv6MulticastHops: Self { Self(level: .ipv6, number: csockets_IPV6_MULTICAST_HOPS) }
    /// Whether this machine hears its own multicast (`IPV6_MULTICAST_LOOP`).
    public static var ipv6MulticastLoop: Self { Self(level: .ipv6, number: csockets_IPV6_MULTICAST_LOOP) }
    /// Joins a group; a `struct ipv6_mreq` (`IPV6_JOIN_GROUP`).
    public static var ipv6JoinGroup: Self { Self(level: .ipv6, number: csockets_IPV6_JOIN_GROUP) }
    /// Leaves a group; a `struct ipv6_mreq` (`IPV6_LEAVE_GROUP`).
    public static var ipv6LeaveGroup: Self { Self(level: .ipv6, number: csockets_IPV6_LEAVE_GROUP) }
    /// The traffic class of packets (`IPV6_TCLASS`).
    public static var ipv6TrafficClass: Self { Self(level: .ipv6, number: csockets_IPV6_TCLASS) }
    /// Receives the traffic class (`IPV6_RECVTCLASS`).
    public static var ipv6ReceiveTrafficClass: Self { Self(level: .ipv6, number: csockets_IPV6_RECVTCLASS) }
}

// MARK: - What not every platform has

extension SocketOptionName {
    /// Receives the address and interface that a packet came to (`IPV6_RECVPKTINFO`), or nil where the platform lacks it.
    public static var ipv6ReceivePacketInfo: Self? { Self(.ipv6, platform: csockets_IPV6_RECVPKTINFO) }
    /// The address and interface of a packet (`IPV6_PKTINFO`), or nil where the platform lacks it.
    public static var ipv6PacketInfo: Self? { Self(.ipv6, platform: csockets_IPV6_PKTINFO) }
    /// Receives the remaining hops (`IPV6_RECVHOPLIMIT`), or nil where the platform lacks it.
    public static var ipv6ReceiveHopLimit: Self? { Self(.ipv6, platform: csockets_IPV6_RECVHOPLIMIT) }
    /// The hops of a packet (`IPV6_HOPLIMIT`), or nil where the platform lacks it.
    public static var ipv6HopLimit: Self? { Self(.ipv6, platform: csockets_IPV6_HOPLIMIT) }
    /// Raw: where the checksum stands (`IPV6_CHECKSUM`), or nil where the platform lacks it.
    public static var ipv6Checksum: Self? { Self(.ipv6, platform: csockets_IPV6_CHECKSUM) }
    /// Does not fragment packets (`IPV6_DONTFRAG`), or nil where the platform lacks it.
    public static var ipv6DontFragment: Self? { Self(.ipv6, platform: csockets_IPV6_DONTFRAG) }
    /// Keeps errors with what they are about (`IPV6_RECVERR`), or nil where the platform lacks it.
    public static var ipv6ReceiveErrors: Self? { Self(.ipv6, platform: csockets_IPV6_RECVERR) }
    /// Whether packets may be fragmented (`IPV6_MTU_DISCOVER`), or nil where the platform lacks it.
    public static var ipv6PathMTUDiscovery: Self? { Self(.ipv6, platform: csockets_IPV6_MTU_DISCOVER) }
    /// The largest packet of the path (`IPV6_MTU`), or nil where the platform lacks it.
    public static var ipv6MTU: Self? { Self(.ipv6, platform: csockets_IPV6_MTU) }
    /// The routing header of a packet (`IPV6_RTHDR`), or nil where the platform lacks it.
    public static var ipv6RoutingHeader: Self? { Self(.ipv6, platform: csockets_IPV6_RTHDR) }
    /// Receives the routing header (`IPV6_RECVRTHDR`), or nil where the platform lacks it.
    public static var ipv6ReceiveRoutingHeader: Self? { Self(.ipv6, platform: csockets_IPV6_RECVRTHDR) }
    /// The hop-by-hop options of a packet (`IPV6_HOPOPTS`), or nil where the platform lacks it.
    public static var ipv6HopOptions: Self? { Self(.ipv6, platform: csockets_IPV6_HOPOPTS) }
    /// Receives hop-by-hop options (`IPV6_RECVHOPOPTS`), or nil where the platform lacks it.
    public static var ipv6ReceiveHopOptions: Self? { Self(.ipv6, platform: csockets_IPV6_RECVHOPOPTS) }
    /// The destination options of a packet (`IPV6_DSTOPTS`), or nil where the platform lacks it.
    public static var ipv6DestinationOptions: Self? { Self(.ipv6, platform: csockets_IPV6_DSTOPTS) }
    /// Receives destination options (`IPV6_RECVDSTOPTS`), or nil where the platform lacks it.
    public static var ipv6ReceiveDestinationOptions: Self? { Self(.ipv6, platform: csockets_IPV6_RECVDSTOPTS) }
    /// The next router (`IPV6_NEXTHOP`), or nil where the platform lacks it.
    public static var ipv6NextHop: Self? { Self(.ipv6, platform: csockets_IPV6_NEXTHOP) }
    /// Tells when the largest packet of the path changes (`IPV6_RECVPATHMTU`), or nil where the platform lacks it.
    public static var ipv6ReceivePathMTU: Self? { Self(.ipv6, platform: csockets_IPV6_RECVPATHMTU) }
    /// The largest packet of the path; to be read (`IPV6_PATHMTU`), or nil where the platform lacks it.
    public static var ipv6PathMTU: Self? { Self(.ipv6, platform: csockets_IPV6_PATHMTU) }
    /// Sends the smallest fragments (`IPV6_USE_MIN_MTU`), or nil where the platform lacks it.
    public static var ipv6UseMinimumMTU: Self? { Self(.ipv6, platform: csockets_IPV6_USE_MIN_MTU) }
}
