/// The family of Internet addresses of either version: what resolvers return.
///
/// It is a name for the type system, as in `SocketBackend<IP>`; there are no values of it. A program that needs one
/// version only says so with ``IPv4`` or ``IPv6``, and addresses of the other one then do not compile.
public enum IP: AddressFamily {
    /// The port, 0 for none.
    public static func port(of address: SocketAddress) -> UInt16? { address.port }
}
