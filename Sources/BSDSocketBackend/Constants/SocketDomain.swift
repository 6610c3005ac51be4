internal import CSockets

/// The number of an address family, as the system has it (`AF_*`).
///
/// The set is open: a family that is not named here is given by its number.
public struct SocketDomain: RawRepresentable, Hashable, Sendable {
    /// The system's number.
    public let rawValue: Int32

    /// Makes one from the system's number; any number will do.
    public init(rawValue: Int32) { self.rawValue = rawValue }
}

extension SocketDomain {
    /// No family in particular (`AF_UNSPEC`).
    public static var unspecified: Self { Self(rawValue: csockets_AF_UNSPEC) }
    /// Unix sockets: names of files (`AF_UNIX`).
    public static var unix: Self { Self(rawValue: csockets_AF_UNIX) }
    /// IPv4 (`AF_INET`).
    public static var ipv4: Self { Self(rawValue: csockets_AF_INET) }
    /// IPv6 (`AF_INET6`).
    public static var ipv6: Self { Self(rawValue: csockets_AF_INET6) }
}

// MARK: - What not every platform has

extension SocketDomain {
    /// Linux: talking to the kernel (`AF_NETLINK`), or nil where the platform lacks it.
    public static var netlink: Self? { Self(platform: csockets_AF_NETLINK) }
    /// Linux: whole packets of a link (`AF_PACKET`), or nil where the platform lacks it.
    public static var packet: Self? { Self(platform: csockets_AF_PACKET) }
    /// Talking between a virtual machine and its host (`AF_VSOCK`), or nil where the platform lacks it.
    public static var vsock: Self? { Self(platform: csockets_AF_VSOCK) }
    /// Linux: the kernel's cryptography (`AF_ALG`), or nil where the platform lacks it.
    public static var kernelCryptography: Self? { Self(platform: csockets_AF_ALG) }
    /// Linux: a controller area network (`AF_CAN`), or nil where the platform lacks it.
    public static var can: Self? { Self(platform: csockets_AF_CAN) }
    /// Linux: Bluetooth (`AF_BLUETOOTH`), or nil where the platform lacks it.
    public static var bluetooth: Self? { Self(platform: csockets_AF_BLUETOOTH) }
    /// Linux: packets before the kernel's network stack (`AF_XDP`), or nil where the platform lacks it.
    public static var xdp: Self? { Self(platform: csockets_AF_XDP) }
    /// Darwin: talking to the kernel (`AF_SYSTEM`), or nil where the platform lacks it.
    public static var system: Self? { Self(platform: csockets_AF_SYSTEM) }
    /// Routes of the system (`AF_ROUTE`), or nil where the platform lacks it.
    public static var route: Self? { Self(platform: csockets_AF_ROUTE) }
    /// AppleTalk (`AF_APPLETALK`), or nil where the platform lacks it.
    public static var appleTalk: Self? { Self(platform: csockets_AF_APPLETALK) }
    /// Novell's IPX (`AF_IPX`), or nil where the platform lacks it.
    public static var ipx: Self? { Self(platform: csockets_AF_IPX) }
}
