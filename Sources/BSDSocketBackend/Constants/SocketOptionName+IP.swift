internal import CSockets

extension SocketOptionName {
    /// The type of service of packets (`IP_TOS`).
    public static var ipTypeOfService: Self { Self(level: .ip, number: csockets_IP_TOS) }
    /// How many routers a packet may pass (`IP_TTL`).
    public static var ipTimeToLive: Self { Self(level: .ip, number: csockets_IP_TTL) }
    /// Raw: the program writes the header (`IP_HDRINCL`).
    public static var ipHeaderIncluded: Self { Self(level: .ip, number: csockets_IP_HDRINCL) }
    /// Options in the header of packets (`IP_OPTIONS`).
    public static var ipOptions: Self { Self(level: .ip, number: csockets_IP_OPTIONS) }
    /// Receives the options of packets (`IP_RECVOPTS`).
    public static var ipReceiveOptions: Self { Self(level: .ip, number: csockets_IP_RECVOPTS) }
    /// Receives options as they are needed for an answer (`IP_RETOPTS`).
    public static var ipReturnOptions: Self { Self(level: .ip, number: csockets_IP_RETOPTS) }
    /// The interface for multicast (`IP_MULTICAST_IF`).
    public static var ipMulticastInterface: Self { Self(level: .ip, number: csockets_IP_MULTICAST_IF) }
    /// How many routers a multicast packet may pass (`IP_MULTICAST_TTL`).
    public static var ipMulticastTimeToLive: Self { Self(level: .ip, number: csockets_IP_MULTICAST_TTL) }
    /// Whether this machine hears its own multicast (`IP_MULTICAST_LOOP`).
    public static var ipMulticastLoop: Self { Self(level: .ip, number: csockets_IP_MULTICAST_LOOP) }
    /// Joins a group; a `struct ip_mreq` (`IP_ADD_MEMBERSHIP`).
    public static var ipAddMembership: Self { Self(level: .ip, number: csockets_IP_ADD_MEMBERSHIP) }
    /// Leaves a group; a `struct ip_mreq` (`IP_DROP_MEMBERSHIP`).
    public static var ipDropMembership: Self { Self(level: .ip, number: csockets_IP_DROP_MEMBERSHIP) }
    /// Receives the remaining time to live (`IP_RECVTTL`).
    public static var ipReceiveTimeToLive: Self { Self(level: .ip, number: csockets_IP_RECVTTL) }
    /// Receives the type of service (`IP_RECVTOS`).
    public static var ipReceiveTypeOfService: Self { Self(level: .ip, number: csockets_IP_RECVTOS) }
}

// MARK: - What not every platform has

extension SocketOptionName {
    /// Receives the address and interface that a packet came to (`IP_PKTINFO`), or nil where the platform lacks it.
    public static var ipPacketInfo: Self? { Self(.ip, platform: csockets_IP_PKTINFO) }
    /// Keeps errors with what they are about (`IP_RECVERR`), or nil where the platform lacks it.
    public static var ipReceiveErrors: Self? { Self(.ip, platform: csockets_IP_RECVERR) }
    /// Whether packets may be fragmented (`IP_MTU_DISCOVER`), or nil where the platform lacks it.
    public static var ipPathMTUDiscovery: Self? { Self(.ip, platform: csockets_IP_MTU_DISCOVER) }
    /// The largest packet of the path; to be read (`IP_MTU`), or nil where the platform lacks it.
    public static var ipMTU: Self? { Self(.ip, platform: csockets_IP_MTU) }
    /// Binds addresses that the machine does not have yet (`IP_FREEBIND`), or nil where the platform lacks it.
    public static var ipFreeBind: Self? { Self(.ip, platform: csockets_IP_FREEBIND) }
    /// Speaks for addresses of other machines (`IP_TRANSPARENT`), or nil where the platform lacks it.
    public static var ipTransparent: Self? { Self(.ip, platform: csockets_IP_TRANSPARENT) }
    /// Leaves the choice of the port to connecting (`IP_BIND_ADDRESS_NO_PORT`), or nil where the platform lacks it.
    public static var ipBindAddressNoPort: Self? { Self(.ip, platform: csockets_IP_BIND_ADDRESS_NO_PORT) }
    /// Joins a group for one sender (`IP_ADD_SOURCE_MEMBERSHIP`), or nil where the platform lacks it.
    public static var ipAddSourceMembership: Self? { Self(.ip, platform: csockets_IP_ADD_SOURCE_MEMBERSHIP) }
    /// Leaves a group for one sender (`IP_DROP_SOURCE_MEMBERSHIP`), or nil where the platform lacks it.
    public static var ipDropSourceMembership: Self? { Self(.ip, platform: csockets_IP_DROP_SOURCE_MEMBERSHIP) }
    /// Does not hear a sender of a group (`IP_BLOCK_SOURCE`), or nil where the platform lacks it.
    public static var ipBlockSource: Self? { Self(.ip, platform: csockets_IP_BLOCK_SOURCE) }
    /// Hears a sender of a group again (`IP_UNBLOCK_SOURCE`), or nil where the platform lacks it.
    public static var ipUnblockSource: Self? { Self(.ip, platform: csockets_IP_UNBLOCK_SOURCE) }
    /// Whether groups that others joined are heard (`IP_MULTICAST_ALL`), or nil where the platform lacks it.
    public static var ipMulticastAll: Self? { Self(.ip, platform: csockets_IP_MULTICAST_ALL) }
    /// Receives the address before redirection (`IP_RECVORIGDSTADDR`), or nil where the platform lacks it.
    public static var ipReceiveOriginalDestination: Self? { Self(.ip, platform: csockets_IP_RECVORIGDSTADDR) }
}
