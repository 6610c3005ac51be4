/// The family of Internet addresses of version 6: an address of 16 bytes, a port, a flow label and a scope.
///
/// It is a name for the type system, as in `SocketBackend<IPv6>`; there are no values of it.
/// The corresponding C constant is `AF_INET6`.
public enum IPv6: AddressFamily {
    /// The port, 0 for none.
    public static func port(of address: SocketAddress) -> UInt16? { address.port }
}
