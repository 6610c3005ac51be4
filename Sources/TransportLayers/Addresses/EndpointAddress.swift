public import TransportCore

/// The address of one end of a stream, of any of the families that headers and captures can tell of.
public enum EndpointAddress: Hashable, Sendable, CustomStringConvertible {
    /// An IP address and a port.
    case ip(IP.SocketAddress)
    /// The address of a Unix socket.
    case unix(Unix.SocketAddress)

    /// The address as its family writes it.
    public var description: String {
        switch self {
        case .ip(let address): address.description
        case .unix(let address): address.description
        }
    }
}

/// A family whose addresses headers and captures can tell of: IPv4, IPv6, both, Unix, and families of your own.
public protocol EndpointAddressFamily: AddressFamily {
    /// An address of the family as one that headers can tell of.
    static func endpointAddress(of address: SocketAddress) -> EndpointAddress

    /// An address that a header told of as one of the family, or nil when the family has no such addresses.
    static func socketAddress(of address: EndpointAddress) -> SocketAddress?
}

extension IP: EndpointAddressFamily {
    /// The address itself.
    public static func endpointAddress(of address: SocketAddress) -> EndpointAddress { .ip(address) }

    /// An IP address itself.
    public static func socketAddress(of address: EndpointAddress) -> SocketAddress? {
        if case .ip(let address) = address { address } else { nil }
    }
}

extension IPv4: EndpointAddressFamily {
    /// The address itself.
    public static func endpointAddress(of address: SocketAddress) -> EndpointAddress { .ip(.v4(address)) }

    /// An IPv4 address itself, also one that is mapped into IPv6.
    public static func socketAddress(of address: EndpointAddress) -> SocketAddress? {
        if case .ip(let address) = address { address.canonical.ipv4 } else { nil }
    }
}

extension IPv6: EndpointAddressFamily {
    /// The address itself.
    public static func endpointAddress(of address: SocketAddress) -> EndpointAddress { .ip(.v6(address)) }

    /// An IPv6 address itself, and an IPv4 address as one that is mapped into IPv6, as a dual-stack listener has it.
    public static func socketAddress(of address: EndpointAddress) -> SocketAddress? {
        switch address {
        case .ip(.v6(let address)): address
        case .ip(.v4(let address)): SocketAddress(mapping: address)
        case .unix: nil
        }
    }
}

extension Unix: EndpointAddressFamily {
    /// The address itself.
    public static func endpointAddress(of address: SocketAddress) -> EndpointAddress { .unix(address) }

    /// A Unix address itself.
    public static func socketAddress(of address: EndpointAddress) -> SocketAddress? {
        if case .unix(let address) = address { address } else { nil }
    }
}
