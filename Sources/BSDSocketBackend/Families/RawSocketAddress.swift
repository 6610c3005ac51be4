internal import CSockets
public import TransportCore

/// An address of any family, known to this package or not: the bytes of a `sockaddr`.
///
/// ``SocketDescriptor`` speaks of addresses in this form. Where the family is known, the two forms are turned into each
/// other:
///
/// ```swift
/// let any = RawSocketAddress(IP.SocketAddress.v4(.loopback(port: 80)))
/// let ip = try any.address(in: IP.self)
/// ```
public struct RawSocketAddress: Hashable, Sendable {
    package let system: SocketAddressBytes

    package init(_ system: SocketAddressBytes) { self.system = system }

    /// The most bytes that an address has: the size of `sockaddr_storage`.
    public static let maximumLength = SocketAddressBytes.capacity

    /// Makes an address of the bytes of a `sockaddr`, the family's number included.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` when there are more bytes than ``maximumLength``.
    public init(bytes: [UInt8]) throws(TransportError) {
        guard bytes.count <= Self.maximumLength else {
            throw .invalidArgument("an address has at most \(Self.maximumLength) bytes, not \(bytes.count)")
        }
        self.init(
            SocketAddressBytes { memory in
                memory.copyBytes(from: bytes)
                return bytes.count
            })
    }

    /// Makes an address of a family's number and what follows it in the `sockaddr`.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` when there are too many bytes, or when the
    ///   number does not fit.
    public init(domain: SocketDomain, data: [UInt8]) throws(TransportError) {
        let start = MemoryLayout<sockaddr>.offset(of: \.sa_data) ?? 2
        guard start + data.count <= Self.maximumLength, let number = sa_family_t(exactly: domain.rawValue) else {
            throw .invalidArgument(
                "an address of family \(domain.rawValue) with \(data.count) bytes of data does not fit a sockaddr")
        }
        self.init(
            SocketAddressBytes { memory in
                let offset = MemoryLayout<sockaddr>.offset(of: \.sa_family) ?? 0
                #if canImport(Darwin)
                memory.storeBytes(of: UInt8(start + data.count), as: UInt8.self)
                #endif
                memory.storeBytes(of: number, toByteOffset: offset, as: sa_family_t.self)
                UnsafeMutableRawBufferPointer(rebasing: memory[start...]).copyBytes(from: data)
                return start + data.count
            })
    }

    /// Makes an address of one of a known family.
    ///
    /// - Parameters:
    ///   - address: The address.
    ///   - family: Its family.
    ///   - domain: The number of the family of the socket that is to take it: an IPv6 socket takes IPv4 addresses as
    ///     mapped ones. The default, nil, is the address's own.
    public init<Family: SocketFamily>(
        _ address: Family.SocketAddress, in family: Family.Type, for domain: SocketDomain? = nil
    ) {
        self.init(Family.bytes(of: address, domain: domain?.rawValue))
    }

    /// Makes an address of one of IPv4.
    public init(_ address: IPv4.SocketAddress) { self.init(address, in: IPv4.self) }
    /// Makes an address of one of IPv6.
    public init(_ address: IPv6.SocketAddress) { self.init(address, in: IPv6.self) }
    /// Makes an address of one of IPv4 or IPv6.
    public init(_ address: IP.SocketAddress) { self.init(address, in: IP.self) }
    /// Makes an address of one of a Unix socket. An unnamed one has the system choose a name, on Linux.
    public init(_ address: Unix.SocketAddress) { self.init(address, in: Unix.self) }
    /// Makes an address of one of Netlink.
    public init(_ address: Netlink.SocketAddress) { self.init(address, in: Netlink.self) }

    /// The family's number, or nil when there are too few bytes for one.
    public var domain: SocketDomain? {
        system.withBytes { familyNumber(of: $0) }.map(SocketDomain.init(rawValue:))
    }

    /// The bytes of the `sockaddr`.
    public var bytes: [UInt8] { system.withBytes { [UInt8]($0) } }

    /// The address in the form of a family.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/familyNotSupported`` when it is an address of another one.
    public func address<Family: SocketFamily>(in family: Family.Type) throws(TransportError) -> Family.SocketAddress {
        try Family.address(from: system)
    }

    /// Whether two addresses have the same bytes.
    public static func == (one: Self, other: Self) -> Bool { one.bytes == other.bytes }

    /// Feeds the bytes to a hasher.
    public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

extension RawSocketAddress: CustomStringConvertible {
    /// The address as its family writes it, where the package knows the family; else its number and bytes.
    public var description: String {
        if domain == .unix, let address = try? address(in: Unix.self) { return address.description }
        if let address = try? address(in: IP.self) { return address.description }
        if let address = try? address(in: Netlink.self) { return address.description }
        guard let domain else { return "no address" }
        return "family \(domain.rawValue), \(bytes.count) bytes: " + bytes.map { hex($0) }.joined()
    }

    private func hex(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}

/// Every family of the system: addresses are whatever bytes the system takes.
///
/// For families that this package does not know. ``SocketBackend`` works with it as with any other:
/// `SocketBackend<AnyFamily>()`.
public enum AnyFamily: AddressFamily {
    /// The bytes of a `sockaddr`.
    public typealias SocketAddress = RawSocketAddress
}

extension AnyFamily: SocketFamily {
    /// The number in the address.
    public static func domain(for address: SocketAddress) -> Int32 { (address.domain ?? .unspecified).rawValue }

    /// Copies the bytes.
    public static func encode(
        _ address: SocketAddress, domain: Int32, into bytes: UnsafeMutableRawBufferPointer
    ) -> Int {
        address.system.withBytes { source in
            bytes.copyBytes(from: source)
            return source.count
        }
    }

    /// Copies the bytes.
    public static func decode(_ bytes: UnsafeRawBufferPointer) throws(TransportError) -> SocketAddress {
        SocketAddress(
            SocketAddressBytes { memory in
                let count = min(bytes.count, memory.count)
                memory.copyBytes(from: bytes.prefix(count))
                return count
            })
    }

    /// None: without an address the family is not known.
    public static var domainsWithoutAddress: [Int32] { [] }

    /// Not for all of them.
    public static var streamsAreTCP: Bool { false }
}
