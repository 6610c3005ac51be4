public import TransportCore

/// An address family that an in-memory network has.
///
/// ``TransportCore/IPv4``, `IPv6`, `IP` and `Unix` conform. A family of your own conforms to ``LoopbackAddressSpace``.
/// One whose endpoints are to reach those of another family conforms to this protocol alone, as IPv4 and IPv6 do: it
/// says what its addresses are called in the other family's.
public protocol LoopbackFamily: AddressFamily {
    /// The family in whose addresses the network thinks: endpoints of all families that have the same one can meet.
    associatedtype Space: LoopbackAddressSpace

    /// An address as the network knows it.
    static func spaceAddress(of address: SocketAddress) -> Space.SocketAddress

    /// An address of the network in the form in which an endpoint shows it.
    ///
    /// - Parameters:
    ///   - address: The address.
    ///   - own: An address of the endpoint, in its own form; nil for one that was given none.
    static func address(_ address: Space.SocketAddress, seenAt own: SocketAddress?) -> SocketAddress

    /// What an endpoint for datagrams calls itself that is not bound. Nil where it has no address to tell then.
    ///
    /// Its first datagram binds it there, if ``LoopbackAddressSpace/bindingAddress(for:port:)`` makes another address of
    /// it; with nil it is bound at ``LoopbackAddressSpace/address(connectingTo:from:port:)``. The default is nil.
    ///
    /// - Parameter peer: Where it goes, if that is known from the start.
    static func unboundAddress(goingTo peer: Space.SocketAddress?) -> Space.SocketAddress?

    /// How streams of this family behave unless the network says otherwise.
    static var usualProfile: NetworkProfile { get }

    /// How datagrams of this family travel unless the network says otherwise.
    static var usualDatagramProfile: DatagramProfile { get }
}

extension LoopbackFamily {
    /// None.
    public static func unboundAddress(goingTo peer: Space.SocketAddress?) -> Space.SocketAddress? { nil }

    /// Like TCP.
    public static var usualProfile: NetworkProfile { .tcp }

    /// Like UDP.
    public static var usualDatagramProfile: DatagramProfile { .udp }
}

extension LoopbackFamily where Space == Self {
    /// The address itself.
    public static func spaceAddress(of address: SocketAddress) -> SocketAddress { address }

    /// The address itself.
    public static func address(_ address: SocketAddress, seenAt own: SocketAddress?) -> SocketAddress { address }
}
