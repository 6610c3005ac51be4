public import TransportCore

/// An address family that the system's sockets have: how its addresses look to the system.
///
/// ``TransportCore/IPv4``, `IPv6`, `IP` and `Unix` conform. A family that the system knows and this package does not is
/// added by conforming a type of your own; nothing in the package has to change.
public protocol SocketFamily: AddressFamily {
    /// The family's number for an address (`AF_*`).
    static func domain(for address: SocketAddress) -> Int32

    /// Writes the address as the system's `sockaddr`, the family's number included.
    ///
    /// - Parameters:
    ///   - address: The address.
    ///   - domain: The number of the family of the socket, which may take addresses of another form: an IPv6 socket
    ///     takes IPv4 addresses as mapped ones.
    ///   - bytes: 128 bytes of zeros, aligned for every `sockaddr`.
    /// - Returns: The size of the address.
    static func encode(_ address: SocketAddress, domain: Int32, into bytes: UnsafeMutableRawBufferPointer) -> Int

    /// Reads the address from the system's `sockaddr`.
    ///
    /// - Parameter bytes: The address, exactly as many bytes as the system gave; they may be any bytes, and none.
    /// - Throws: ``/TransportCore/TransportError/Kind/familyNotSupported`` when it is an address of another family or
    ///   too short.
    static func decode(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> SocketAddress

    /// The numbers of the families for a datagram socket that has no address yet, the preferred one first.
    static var domainsWithoutAddress: [Int32] { get }

    /// Whether streams of this family are TCP, which has `TCP_NODELAY`.
    static var streamsAreTCP: Bool { get }

    /// Whether a stream socket that connects to the address could meet itself: see ``SocketBackend``. The default is no.
    static func mayMeetItself(at address: SocketAddress) -> Bool

    /// Whether the address stands for every address of this machine. The default is no.
    static func isWildcard(_ address: SocketAddress) -> Bool

    /// The address in the form that callers know, where a socket of a more general family reports another one. The
    /// default is the address itself.
    static func canonical(_ address: SocketAddress) -> SocketAddress
}

extension SocketFamily {
    /// No.
    public static func mayMeetItself(at address: SocketAddress) -> Bool { false }

    /// No.
    public static func isWildcard(_ address: SocketAddress) -> Bool { false }

    /// The address itself.
    public static func canonical(_ address: SocketAddress) -> SocketAddress { address }
}

extension SocketFamily {
    /// What its streams are called.
    static var streamKind: String { streamsAreTCP ? "TCP" : "\(Self.self) stream" }

    /// What its datagram sockets are called.
    static var datagramKind: String { streamsAreTCP ? "UDP" : "\(Self.self) datagrams" }
}

/// The lowest port that systems choose for themselves; Linux begins here, others higher.
let lowestEphemeralPort: UInt16 = 32768

extension SocketFamily {
    /// The address as bytes for the system.
    @inlinable
    package static func bytes(of address: SocketAddress, domain: Int32? = nil) -> SocketAddressBytes {
        var bytes = SocketAddressBytes()
        bytes.write { encode(address, domain: domain ?? Self.domain(for: address), into: $0) }
        return bytes
    }

    /// The address from the system's bytes.
    @inlinable
    package static func address(from bytes: SocketAddressBytes) throws(TransportError) -> SocketAddress {
        try bytes.withBytes { (raw) throws(TransportError) -> SocketAddress in try decode(raw) }
    }
}

extension TransportError {
    /// The error for an address of the system that is not one of the family.
    static func undecodable(_ family: String, _ bytes: UnsafeRawBufferPointer) -> TransportError {
        TransportError(.familyNotSupported, operation: .getAddress)
            .with(message: "the system gave an address of \(bytes.count) bytes that is not one of \(family)")
    }
}
