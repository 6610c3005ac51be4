public import TransportCore

/// A family with addresses of its own: which address reaches which, and on which machine.
///
/// ``TransportCore/IP`` and `Unix` conform. A family of your own conforms by saying what an endpoint without an address
/// is called; everything else has a default.
public protocol LoopbackAddressSpace: LoopbackFamily where Space == Self {
    // MARK: Being bound

    /// The address that an endpoint bound to `address` really has: with port 0, one with a free port.
    ///
    /// - Parameters:
    ///   - address: The address that was asked for.
    ///   - port: Gives the next port to try.
    static func bindingAddress(for address: SocketAddress, port: () -> UInt16) -> SocketAddress

    /// The address at which a dual-stack endpoint takes what is of the other kind, or nil when there is none.
    static func dualStackTwin(of address: SocketAddress) -> SocketAddress?

    /// Whether the address is a file: it stays, and stays taken, when its owner has gone, and connecting to it before
    /// it was made is ``/TransportCore/TransportError/Kind/noSuchFile``.
    static func isFile(_ address: SocketAddress) -> Bool

    // MARK: Being reached

    /// The address that one really gets to who goes to `address`.
    static func destination(of address: SocketAddress) -> SocketAddress

    /// The addresses that an endpoint may be bound to that is reached at `address`, the most particular first.
    static func bindings(reachedAt address: SocketAddress) -> [SocketAddress]

    /// The machine that has an address, or nil when no machine has it.
    static func host(at address: SocketAddress, seenFrom host: LoopbackHost, in hosts: [LoopbackHost]) -> LoopbackHost?

    /// Whether the address stands for all machines. Sending there takes the option `broadcast`.
    static func isBroadcast(_ address: SocketAddress) -> Bool

    // MARK: Going out

    /// The address of an endpoint that goes to `peer` and was given no address.
    ///
    /// - Parameters:
    ///   - peer: Where it goes.
    ///   - host: The machine that it is on.
    ///   - port: Gives the next port.
    static func address(connectingTo peer: SocketAddress, from host: LoopbackHost, port: () -> UInt16) -> SocketAddress

    /// The address that `peer` sees of an endpoint that is bound.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/networkUnreachable`` or the like when there is no way from one to the
    ///   other.
    static func source(
        of bound: SocketAddress, goingTo peer: SocketAddress, from host: LoopbackHost
    ) throws(TransportError) -> SocketAddress

    /// The most bytes that a datagram to an address has.
    static func largestDatagram(to address: SocketAddress) -> Int
}

extension LoopbackAddressSpace {
    /// The address itself.
    public static func bindingAddress(for address: SocketAddress, port: () -> UInt16) -> SocketAddress { address }

    /// None.
    public static func dualStackTwin(of address: SocketAddress) -> SocketAddress? { nil }

    /// No.
    public static func isFile(_ address: SocketAddress) -> Bool { false }

    /// The address itself.
    public static func destination(of address: SocketAddress) -> SocketAddress { address }

    /// The address itself.
    public static func bindings(reachedAt address: SocketAddress) -> [SocketAddress] { [address] }

    /// The same machine.
    public static func host(
        at address: SocketAddress, seenFrom host: LoopbackHost, in hosts: [LoopbackHost]
    ) -> LoopbackHost? { host }

    /// No.
    public static func isBroadcast(_ address: SocketAddress) -> Bool { false }

    /// The address itself.
    public static func source(
        of bound: SocketAddress, goingTo peer: SocketAddress, from host: LoopbackHost
    ) throws(TransportError) -> SocketAddress { bound }

    /// 65,507, as for UDP over IPv4.
    public static func largestDatagram(to address: SocketAddress) -> Int { 65507 }
}
