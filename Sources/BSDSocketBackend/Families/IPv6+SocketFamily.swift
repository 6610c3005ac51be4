internal import CSockets
public import TransportCore

extension IPv6: SocketFamily {
    /// `AF_INET6`.
    public static func domain(for address: SocketAddress) -> Int32 { AF_INET6 }

    /// Writes a `sockaddr_in6`.
    public static func encode(
        _ address: SocketAddress, domain: Int32, into bytes: UnsafeMutableRawBufferPointer
    ) -> Int {
        var system = sockaddr_in6()
        #if canImport(Darwin)
        system.sin6_len = UInt8(MemoryLayout<sockaddr_in6>.size)
        #endif
        system.sin6_family = sa_family_t(AF_INET6)
        system.sin6_port = address.port.bigEndian
        system.sin6_flowinfo = address.flowInfo.bigEndian
        system.sin6_scope_id = address.scopeID
        withUnsafeMutableBytes(of: &system.sin6_addr) { target in
            target.storeBytes(of: address.address.high.bigEndian, as: UInt64.self)
            target.storeBytes(of: address.address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
        bytes.storeBytes(of: system, as: sockaddr_in6.self)
        return MemoryLayout<sockaddr_in6>.size
    }

    /// Reads a `sockaddr_in6`.
    public static func decode(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> SocketAddress {
        guard bytes.count >= MemoryLayout<sockaddr_in6>.size, familyNumber(of: bytes) == AF_INET6 else {
            throw .undecodable("IPv6", bytes)
        }
        let system = bytes.loadUnaligned(as: sockaddr_in6.self)
        let address = withUnsafeBytes(of: system.sin6_addr) { source in
            Address(
                high: UInt64(bigEndian: source.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: source.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
        return try SocketAddress(
            address, port: UInt16(bigEndian: system.sin6_port),
            // RFC 3493 leaves the upper 12 bits undefined.
            flowInfo: UInt32(bigEndian: system.sin6_flowinfo) & 0xF_FFFF, scopeID: system.sin6_scope_id
        )
    }

    /// `AF_INET6`.
    public static var domainsWithoutAddress: [Int32] { [AF_INET6] }

    /// True.
    public static var streamsAreTCP: Bool { true }

    /// At ports that the system chooses for itself.
    public static func mayMeetItself(at address: SocketAddress) -> Bool { address.port >= lowestEphemeralPort }

    /// Whether it is `0.0.0.0` or `::`.
    public static func isWildcard(_ address: SocketAddress) -> Bool { address.address.isUnspecified }
}
