extension IP {
    /// A network of IP addresses in CIDR notation (RFC 4632, RFC 4291 2.3), such as `10.0.0.0/8` or `fd00::/8`.
    ///
    /// An IPv4 address and its IPv4-mapped IPv6 form (`::ffff:10.0.0.1`) are in the same networks.
    public struct Network: Hashable, Sendable, CustomStringConvertible {
        /// The first address of the network.
        public let address: IP.Address
        /// How many leading bits the addresses of the network share.
        public let prefixLength: Int

        /// Makes a network.
        ///
        /// - Parameters:
        ///   - address: An address in the network.
        ///   - prefixLength: How many leading bits are shared: 0 to 32 for IPv4, 0 to 128 for IPv6.
        /// - Throws: ``TransportError/Kind/invalidArgument`` when the length is out of range.
        public init(_ address: IP.Address, prefixLength: Int) throws(TransportError) {
            let width = address.width
            guard (0...width).contains(prefixLength) else {
                throw .invalidArgument(
                    "a prefix of \(address) has 0 to \(width) bits, and this one has \(prefixLength)")
            }
            self.init(masking: address, prefixLength)
        }

        /// Makes the network that has one address.
        public init(_ address: IP.Address) { self.init(masking: address, address.width) }

        /// Reads a network, such as `192.0.2.0/24`; an address alone is the network of that address.
        ///
        /// - Throws: ``TransportError/Kind/invalidArgument`` for anything else. Bits behind the prefix may be set; they are
        ///   cleared.
        public init(_ text: String) throws(TransportError) {
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
            guard let host = parts.first, let address = IP.SocketAddress(numericHost: String(host), port: 0)?.address
            else {
                throw .invalidArgument("\(text.debugDescription) is no network: write it like 192.0.2.0/24 or fd00::/8")
            }
            guard parts.count > 1 else {
                self.init(address)
                return
            }
            guard let length = Self.prefixLength(parts[1]) else {
                throw .invalidArgument("\(text.debugDescription) has no number of bits behind its slash")
            }
            try self.init(address, prefixLength: length)
        }

        /// The network of an address; the length must be one that the family has.
        init(masking address: IP.Address, _ length: Int) {
            switch address {
            case .v4(let v4):
                self.address = .v4(
                    IPv4.Address(rawValue: length == 0 ? 0 : v4.rawValue & (~0 << (32 - UInt32(length)))))
            case .v6(let v6):
                let high: UInt64 = length >= 64 ? ~0 : length == 0 ? 0 : ~0 << (64 - UInt64(length))
                let low: UInt64 = length <= 64 ? 0 : ~0 << (128 - UInt64(length))
                self.address = .v6(IPv6.Address(high: v6.high & high, low: v6.low & low))
            }
            prefixLength = length
        }

        /// One to three digits.
        private static func prefixLength(_ text: Substring) -> Int? {
            guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                return nil
            }
            return Int(text)
        }

        /// Whether an address is in the network.
        public func contains(_ address: IP.Address) -> Bool {
            if case .v4 = self.address, case .v6(let v6) = address, let mapped = v6.ipv4Mapped {
                return contains(.v4(mapped))
            }
            if case .v6 = self.address, case .v4(let v4) = address {
                return contains(.v6(IPv6.Address(high: 0, low: 0xFFFF_0000_0000 | UInt64(v4.rawValue))))
            }
            return Self(masking: address, prefixLength).address == self.address
        }

        /// The network in CIDR notation.
        public var description: String { "\(address)/\(prefixLength)" }
    }
}

extension IP.Address {
    fileprivate var width: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }
}
