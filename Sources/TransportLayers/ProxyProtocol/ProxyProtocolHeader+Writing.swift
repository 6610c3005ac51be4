public import TransportCore

extension ProxyProtocolHeader {
    /// The first bytes of every header of version 2.
    static let signature: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]

    /// The bytes of the header.
    ///
    /// Two IP addresses of different versions are both written as IPv6, the IPv4 one mapped. Version 1 says "unknown" of
    /// Unix addresses and of datagrams.
    ///
    /// - Parameter checksum: Whether version 2 is to have a checksum. The default is false.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for what the form has no place for: fields, or
    ///   a proxy that speaks for itself, in version 1; more than 65,535 bytes in version 2; a unique identifier of more
    ///   than 128 bytes; a Unix and an IP address.
    public func bytes(withChecksum checksum: Bool = false) throws(TransportError) -> [UInt8] {
        switch version {
        case .v1: [UInt8](try line().utf8)
        case .v2: try binary(checksum)
        }
    }

    // MARK: Version 1

    private func line() throws(TransportError) -> String {
        guard fields.isEmpty, !isLocal else {
            throw .invalidArgument(
                "version 1 of the PROXY protocol has addresses only: use version 2 for fields and for LOCAL",
                operation: .exchangeProxyHeader
            )
        }
        switch try pair() {
        case .v4(let source, let destination)? where !carriesDatagrams:
            return "PROXY TCP4 \(source.address) \(destination.address) \(source.port) \(destination.port)\r\n"
        case .v6(let source, let destination)? where !carriesDatagrams:
            return "PROXY TCP6 \(source.address) \(destination.address) \(source.port) \(destination.port)\r\n"
        default: return "PROXY UNKNOWN\r\n"
        }
    }

    // MARK: Version 2

    private func binary(_ checksum: Bool) throws(TransportError) -> [UInt8] {
        var block: [UInt8] = []
        var family: UInt8 = 0
        switch isLocal ? nil : try pair() {
        case .v4(let source, let destination)?:
            family = 0x10
            block += source.address.bytes + destination.address.bytes
            block.appendBigEndian(source.port)
            block.appendBigEndian(destination.port)
        case .v6(let source, let destination)?:
            family = 0x20
            block += source.address.bytes + destination.address.bytes
            block.appendBigEndian(source.port)
            block.appendBigEndian(destination.port)
        case .unix(let source, let destination)?:
            family = 0x30
            for address in [source, destination] {
                let bytes = (address.abstractName.map { [0] + $0 } ?? address.pathBytes ?? []).prefix(108)
                block += bytes + [UInt8](repeating: 0, count: 108 - bytes.count)
            }
        case nil: break
        }
        if family != 0 { family |= carriesDatagrams ? 2 : 1 }
        for field in fields {
            guard field.kind != .checksum, field.value.count <= 65535,
                field.kind != .uniqueID || field.value.count <= 128
            else {
                throw .invalidArgument(
                    "a field of a PROXY header has at most 65535 bytes, a unique identifier 128, and the checksum is "
                        + "asked for with `withChecksum`", operation: .exchangeProxyHeader
                )
            }
            block.append(field.kind.rawValue)
            block.appendBigEndian(UInt16(field.value.count))
            block += field.value
        }
        if checksum { block += [ProxyProtocolField.Kind.checksum.rawValue, 0, 4, 0, 0, 0, 0] }
        guard let length = UInt16(exactly: block.count) else {
            throw .invalidArgument(
                "a PROXY header has at most 65535 bytes, and this one \(block.count)", operation: .exchangeProxyHeader
            )
        }
        var bytes = Self.signature + [isLocal ? 0x20 : 0x21, family]
        bytes.appendBigEndian(length)
        bytes += block
        if checksum {
            let sum = CRC32C.checksum(of: bytes)
            bytes.removeLast(4)
            bytes.appendBigEndian(sum)
        }
        return bytes
    }

    // MARK: Addresses

    private enum Pair {
        case v4(IPv4.SocketAddress, IPv4.SocketAddress)
        case v6(IPv6.SocketAddress, IPv6.SocketAddress)
        case unix(Unix.SocketAddress, Unix.SocketAddress)
    }

    private func pair() throws(TransportError) -> Pair? {
        switch (addresses?.source, addresses?.destination) {
        case (.ip(let source)?, .ip(let destination)?):
            if let source = source.canonical.ipv4, let destination = destination.canonical.ipv4 {
                return .v4(source, destination)
            }
            return .v6(Self.mapped(source), Self.mapped(destination))
        case (.unix(let source)?, .unix(let destination)?): return .unix(source, destination)
        case (nil, nil): return nil
        default:
            throw .invalidArgument(
                "the two ends of a connection are both IP or both Unix addresses", operation: .exchangeProxyHeader
            )
        }
    }

    private static func mapped(_ address: IP.SocketAddress) -> IPv6.SocketAddress {
        switch address {
        case .v4(let address): IPv6.SocketAddress(mapping: address)
        case .v6(let address): address
        }
    }
}
