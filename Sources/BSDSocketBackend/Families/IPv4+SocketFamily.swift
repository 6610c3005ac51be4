internal import CSockets
public import TransportCore

extension IPv4: SocketFamily {
    /// `AF_INET`.
    public static func domain(for address: SocketAddress) -> Int32 { AF_INET }

    /// Writes a `sockaddr_in`.
    public static func encode(
        _ address: SocketAddress, domain: Int32, into bytes: UnsafeMutableRawBufferPointer
    ) -> Int {
        var system = sockaddr_in()
        #if canImport(Darwin)
        system.sin_len = UInt8(MemoryLayout<sockaddr_in>.size)
        #endif
        system.sin_family = sa_family_t(AF_INET)
        system.sin_port = address.port.bigEndian
        system.sin_addr.s_addr = address.address.rawValue.bigEndian
        bytes.storeBytes(of: system, as: sockaddr_in.self)
        return MemoryLayout<sockaddr_in>.size
    }

    /// Reads a `sockaddr_in`.
    public static func decode(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> SocketAddress {
        guard bytes.count >= MemoryLayout<sockaddr_in>.size, familyNumber(of: bytes) == AF_INET else {
            throw .undecodable("IPv4", bytes)
        }
        let system = bytes.loadUnaligned(as: sockaddr_in.self)
        return SocketAddress(
            Address(rawValue: UInt32(bigEndian: system.sin_addr.s_addr)), port: UInt16(bigEndian: system.sin_port)
        )
    }

    /// `AF_INET`.
    public static var domainsWithoutAddress: [Int32] { [AF_INET] }

    /// True.
    public static var streamsAreTCP: Bool { true }

    /// At ports that the system chooses for itself.
    public static func mayMeetItself(at address: SocketAddress) -> Bool { address.port >= lowestEphemeralPort }

    /// Whether it is `0.0.0.0` or `::`.
    public static func isWildcard(_ address: SocketAddress) -> Bool { address.address.isUnspecified }
}

/// The number of the family of an address of the system, or nil when it is too short to have one.
func familyNumber(of bytes: UnsafeRawBufferPointer) -> Int32? {
    guard bytes.count >= MemoryLayout<sockaddr>.offset(of: \.sa_data) ?? 2 else { return nil }
    let offset = MemoryLayout<sockaddr>.offset(of: \.sa_family) ?? 0
    return Int32(bytes.loadUnaligned(fromByteOffset: offset, as: sa_family_t.self))
}
