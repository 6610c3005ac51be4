public import TransportCore

/// A range of IP addresses that begin with the same bits, such as "10.0.0.0/8" or "2001:db8::/32"; a single address is one,
/// too.
public struct AddressPrefix: Hashable, Sendable, CustomStringConvertible {
    /// The first address of the range.
    public let address: IP.Address

    /// How many bits are the same: 0 to 32 for IPv4, 0 to 128 for IPv6.
    public let length: Int

    /// Makes a range.
    ///
    /// - Parameters:
    ///   - address: Its first address.
    ///   - length: How many bits are the same, 0 to 32 or 128. The default, nil, is all of them.
    /// - Throws: ``TransportError/Kind/invalidArgument`` for another length, and when bits behind it are set: it is then not
    ///   clear what was meant.
    public init(_ address: IP.Address, length: Int? = nil) throws(TransportError) {
        let bytes = address.bytes
        let length = length ?? bytes.count * 8
        guard (0...bytes.count * 8).contains(length) else {
            throw .invalidArgument("a prefix of \(address) has 0 to \(bytes.count * 8) bits, and not \(length)")
        }
        for (index, byte) in bytes.enumerated() {
            guard byte & ~Self.mask(ofByte: index, length) == 0 else {
                throw .invalidArgument("\(address)/\(length) has bits set behind the prefix")
            }
        }
        self.address = address
        self.length = length
    }

    /// Makes a range from its text: an address, or an address, a slash and a number of bits.
    ///
    /// - Throws: ``TransportError/Kind/invalidArgument`` for other text.
    public init(parsing text: String) throws(TransportError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let address = try IP.Address(parsing: parts.first ?? "")
        guard parts.count > 1 else {
            try self.init(address)
            return
        }
        guard parts.count == 2, (1...3).contains(parts[1].utf8.count),
            parts[1].utf8.allSatisfy({ (48...57).contains($0) }),
            let length = Int(parts[1])
        else { throw .invalidArgument("\(text.debugDescription) is not an address, a slash and a number of bits") }
        try self.init(address, length: length)
    }

    /// Whether an address is in the range. IPv4 addresses that are mapped into IPv6 count as IPv4.
    public func contains(_ other: IP.Address) -> Bool {
        let (own, other) = (address.canonical.bytes, other.canonical.bytes)
        guard own.count == other.count else { return false }
        // A mapped prefix counts its bits in 128.
        let length = length - (address.bytes.count - own.count) * 8
        guard length >= 0 else { return false }
        return own.indices.allSatisfy { (own[$0] ^ other[$0]) & Self.mask(ofByte: $0, length) == 0 }
    }

    /// The bits of a byte that belong to the prefix.
    private static func mask(ofByte index: Int, _ length: Int) -> UInt8 {
        let bits = min(8, max(0, length - index * 8))
        return bits == 0 ? 0 : ~0 << (8 - bits)
    }

    /// The address, a slash and the number of bits.
    public var description: String { "\(address)/\(length)" }
}
