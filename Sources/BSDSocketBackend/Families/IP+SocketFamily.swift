internal import CSockets
public import TransportCore

extension IP: SocketFamily {
    /// `AF_INET` or `AF_INET6`, as the address is.
    public static func domain(for address: SocketAddress) -> Int32 {
        switch address {
        case .v4: AF_INET
        case .v6: AF_INET6
        }
    }

    /// Writes a `sockaddr_in` or a `sockaddr_in6`; an IPv4 address for an IPv6 socket becomes a mapped one.
    public static func encode(
        _ address: SocketAddress, domain: Int32, into bytes: UnsafeMutableRawBufferPointer
    ) -> Int {
        switch address {
        case .v4(let address) where domain == AF_INET6:
            let mapped = IPv6.SocketAddress(IPv6.Address(mapping: address.address), port: address.port)
            return IPv6.encode(mapped, domain: AF_INET6, into: bytes)
        case .v4(let address): return IPv4.encode(address, domain: AF_INET, into: bytes)
        case .v6(let address): return IPv6.encode(address, domain: AF_INET6, into: bytes)
        }
    }

    /// Reads a `sockaddr_in` or a `sockaddr_in6`. A mapped address stays an IPv6 address.
    public static func decode(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> SocketAddress {
        switch familyNumber(of: bytes) {
        case AF_INET: .v4(try IPv4.decode(bytes))
        case AF_INET6: .v6(try IPv6.decode(bytes))
        default: throw .undecodable("IPv4 or IPv6", bytes)
        }
    }

    /// `AF_INET6`, whose sockets reach both, then `AF_INET`.
    public static var domainsWithoutAddress: [Int32] { [AF_INET6, AF_INET] }

    /// True.
    public static var streamsAreTCP: Bool { true }

    /// At ports that the system chooses for itself.
    public static func mayMeetItself(at address: SocketAddress) -> Bool { address.port >= lowestEphemeralPort }

    /// Whether it is `0.0.0.0` or `::`.
    public static func isWildcard(_ address: SocketAddress) -> Bool { address.address.isUnspecified }

    /// A mapped IPv4 address as the IPv4 address that it stands for.
    public static func canonical(_ address: SocketAddress) -> SocketAddress { address.canonical }
}
