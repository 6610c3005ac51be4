public import TransportCore

/// An address family that an in-memory network has: which address reaches which.
///
/// ``TransportCore/IPv4``, `IPv6`, `IP` and `Unix` conform. A family of your own conforms by saying what an endpoint
/// without an address of its own is called; everything else has a default.
public protocol LoopbackFamily: AddressFamily {
    /// How streams of this family behave unless the network says otherwise.
    static var usualProfile: NetworkProfile { get }

    /// The address that a listener at `address` really has: with port 0, one with a free port.
    ///
    /// - Parameters:
    ///   - address: The address that was asked for.
    ///   - port: Gives the next port to try.
    static func listeningAddress(for address: SocketAddress, port: () -> UInt16) -> SocketAddress

    /// The addresses that a listener may have that is reached at `address`, the most particular first.
    static func listeners(reachedAt address: SocketAddress) -> [SocketAddress]

    /// The address of an endpoint that connects to `peer` and was given no address.
    ///
    /// - Parameters:
    ///   - peer: Where it connects to.
    ///   - host: The machine that it is on.
    ///   - port: Gives the next port.
    static func address(connectingTo peer: SocketAddress, from host: LoopbackHost, port: () -> UInt16) -> SocketAddress

    /// The port of an address, which faults can name; nil in families without ports.
    static func port(of address: SocketAddress) -> UInt16?

    /// The address at which a dual-stack listener takes the connections of the other kind, or nil when there is none.
    static func dualStackTwin(of address: SocketAddress) -> SocketAddress?

    /// An address in the form in which a listener's connections show it.
    static func address(_ address: SocketAddress, seenAt listener: SocketAddress) -> SocketAddress

    /// The machine that has an address, or nil when no machine has it.
    static func host(at address: SocketAddress, seenFrom host: LoopbackHost, in hosts: [LoopbackHost]) -> LoopbackHost?
}

extension LoopbackFamily {
    /// None.
    public static func port(of address: SocketAddress) -> UInt16? { nil }

    /// None.
    public static func dualStackTwin(of address: SocketAddress) -> SocketAddress? { nil }

    /// The address itself.
    public static func address(_ address: SocketAddress, seenAt listener: SocketAddress) -> SocketAddress { address }

    /// Like TCP.
    public static var usualProfile: NetworkProfile { .tcp }

    /// The address itself.
    public static func listeningAddress(for address: SocketAddress, port: () -> UInt16) -> SocketAddress { address }

    /// The address itself.
    public static func listeners(reachedAt address: SocketAddress) -> [SocketAddress] { [address] }

    /// The same machine.
    public static func host(
        at address: SocketAddress, seenFrom host: LoopbackHost, in hosts: [LoopbackHost]
    ) -> LoopbackHost? { host }
}
