/// The family of Internet addresses of version 4: an address of four bytes and a port.
///
/// It is a name for the type system, as in `SocketBackend<IPv4>`; there are no values of it.
/// The corresponding C constant is `AF_INET`.
public enum IPv4: AddressFamily {
    /// The port, 0 for none.
    public static func port(of address: SocketAddress) -> UInt16? { address.port }
}
