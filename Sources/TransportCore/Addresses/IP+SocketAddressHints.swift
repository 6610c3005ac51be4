// What IPv4 and IPv6 addresses have by themselves and this type cannot: said here, or the compiler knows no more than that
// it is not there.
extension IP.SocketAddress {
    /// Not there: use `.v4(.any(port:))`, `.v6(.any(port:))`, or `listen(port:)`, which listens on both.
    @available(
        *, unavailable, message: "say of which version: .v4(.any(port:)) or .v6(.any(port:)); listen(port:) takes both"
    )
    public static func any(port: UInt16) -> IP.SocketAddress { .v4(.any(port: port)) }

    /// Not there: use `.v4(.loopback(port:))` or `.v6(.loopback(port:))`.
    @available(*, unavailable, message: "say of which version: .v4(.loopback(port:)) or .v6(.loopback(port:))")
    public static func loopback(port: UInt16) -> IP.SocketAddress { .v4(.loopback(port: port)) }

    /// Not there: only version 4 has a broadcast address, `.v4(.broadcast(port:))`.
    @available(*, unavailable, message: "only version 4 has one: .v4(.broadcast(port:))")
    public static func broadcast(port: UInt16) -> IP.SocketAddress { .v4(.broadcast(port: port)) }
}
