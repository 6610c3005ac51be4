internal import CSockets
public import TransportCore

extension Unix: SocketFamily {
    /// `AF_UNIX`.
    public static func domain(for address: SocketAddress) -> Int32 { AF_UNIX }

    /// Where the path begins in a `sockaddr_un`.
    private static var pathOffset: Int { MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2 }

    /// Writes a `sockaddr_un`: a path with its NUL, an abstract name without, or the family alone.
    public static func encode(
        _ address: SocketAddress, domain: Int32, into bytes: UnsafeMutableRawBufferPointer
    ) -> Int {
        var length = pathOffset
        if let path = address.pathBytes {
            copy(path, to: length, of: bytes)
            length += path.count + 1  // its NUL, where there is room for one
        } else if let name = address.abstractName {
            copy(name, to: length + 1, of: bytes)
            length += 1 + name.count
        }
        length = min(length, MemoryLayout<sockaddr_un>.size)
        #if canImport(Darwin)
        bytes.storeBytes(of: UInt8(length), as: UInt8.self)
        #endif
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_family) ?? 0
        bytes.storeBytes(of: sa_family_t(AF_UNIX), toByteOffset: offset, as: sa_family_t.self)
        return length
    }

    private static func copy(_ source: [UInt8], to offset: Int, of bytes: UnsafeMutableRawBufferPointer) {
        let room = min(source.count, MemoryLayout<sockaddr_un>.size - offset)
        UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<offset + room]).copyBytes(from: source.prefix(room))
    }

    /// Reads a `sockaddr_un`.
    public static func decode(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> SocketAddress {
        // The unnamed end of a pair or of a client may come without even a family.
        guard bytes.count > pathOffset else { return .unnamed }
        guard familyNumber(of: bytes) == AF_UNIX else { throw .undecodable("Unix", bytes) }
        let name = bytes[pathOffset...]
        if name.first == 0 {
            #if os(Linux)
            return try SocketAddress(abstractName: [UInt8](name.dropFirst()))
            #else
            return .unnamed
            #endif
        }
        // The NUL at the end may be counted, or may be missing when the path fills the structure.
        return SocketAddress(reportedPathBytes: [UInt8](name.prefix { $0 != 0 }))
    }

    /// `AF_UNIX`.
    public static var domainsWithoutAddress: [Int32] { [AF_UNIX] }

    /// False.
    public static var streamsAreTCP: Bool { false }
}
