/// A kind of address that endpoints have, such as ``IPv4``, ``IPv6``, ``IP`` (either of the two) or ``Unix``.
///
/// A family is a type that has no values; it names the type of its socket addresses, so that giving one family's
/// address to another family's transport does not compile. Families can be added outside this package: the set is
/// open. The corresponding C concept is the `AF_*` constant together with its `sockaddr_*` structure.
public protocol AddressFamily: Sendable {
    /// Where an endpoint of this family is reached: for IP an address and a port, for Unix a path.
    associatedtype SocketAddress: Hashable & Sendable & CustomStringConvertible

    /// The port of an address; nil in families that have none, which is the default.
    static func port(of address: SocketAddress) -> UInt16?
}

extension AddressFamily {
    /// There are no ports.
    public static func port(of address: SocketAddress) -> UInt16? { nil }
}
