internal import CSockets
public import TransportCore

/// The family of sockets that talk to the Linux kernel, about its network interfaces and routes among others.
///
/// Messages are for ``SocketDescriptor`` of type ``SocketType/raw``: `SocketDescriptor(.netlink!, .raw, …)`; what they say
/// is between the program and the kernel (netlink(7), rtnetlink(7)).
public enum Netlink: AddressFamily {
    /// One end of such talk.
    public struct SocketAddress: Hashable, Sendable, CustomStringConvertible {
        /// The number of the socket, which is the process's for its first one and chosen by the kernel for others; 0 is the
        /// kernel itself and, for binding, lets the kernel choose.
        public var port: UInt32

        /// The multicast groups, a bit each, that are heard or spoken to.
        public var groups: UInt32

        /// Makes an address. The default is the kernel.
        public init(port: UInt32 = 0, groups: UInt32 = 0) {
            self.port = port
            self.groups = groups
        }

        /// The numbers, such as "netlink 4711, groups 0x1".
        public var description: String { "netlink \(port), groups 0x\(String(groups, radix: 16))" }
    }
}

extension Netlink: SocketFamily {
    /// `AF_NETLINK`; a number of no family where the platform lacks it, so that opening fails with "family not supported".
    public static func domain(for address: SocketAddress) -> Int32 { csockets_AF_NETLINK }

    /// Writes a `sockaddr_nl`, whose layout is the same on all Linux systems.
    public static func encode(
        _ address: SocketAddress, domain: Int32, into bytes: UnsafeMutableRawBufferPointer
    ) -> Int {
        bytes.storeBytes(of: UInt16(truncatingIfNeeded: csockets_AF_NETLINK), as: UInt16.self)
        bytes.storeBytes(of: address.port, toByteOffset: 4, as: UInt32.self)
        bytes.storeBytes(of: address.groups, toByteOffset: 8, as: UInt32.self)
        return 12
    }

    /// Reads a `sockaddr_nl`.
    public static func decode(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> SocketAddress {
        guard bytes.count >= 12, familyNumber(of: bytes) == csockets_AF_NETLINK else {
            throw .undecodable("Netlink", bytes)
        }
        return SocketAddress(
            port: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self),
            groups: bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self))
    }

    /// `AF_NETLINK`.
    public static var domainsWithoutAddress: [Int32] { [csockets_AF_NETLINK] }

    /// False.
    public static var streamsAreTCP: Bool { false }
}
