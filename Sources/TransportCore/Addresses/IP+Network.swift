extension IP {
    /// A network of IP addresses, those that begin with the same bits, in CIDR notation (RFC 4632, RFC 4291 2.3): such as
    /// `10.0.0.0/8` or `fd00::/8`. A single address is one, too.
    ///
    /// An IPv4 address and its IPv4-mapped IPv6 form (`::ffff:10.0.0.1`) are in the same networks. Networks encode as their
    /// text.
    public struct Network: Hashable, Sendable {
        /// The first address of the network.
        public let address: IP.Address
        /// How many leading bits the addresses of the network share: 0 to 32 for IPv4, 0 to 128 for IPv6.
        public let prefixLength: Int

        /// Makes a network.
        ///
        /// - Parameters:
        ///   - address: The first address of the network.
        ///   - prefixLength: How many leading bits are shared: 0 to 32 for IPv4, 0 to 128 for IPv6. The default, nil, is all
        ///     of them: the network that has one address.
        /// - Throws: ``TransportError/Kind/invalidArgument`` when the length is out of range, and when bits behind it are
        ///   set: it is then not clear what was meant. ``init(containing:prefixLength:)`` clears them.
        public init(_ address: IP.Address, prefixLength: Int? = nil) throws(TransportError) {
            let prefixLength = prefixLength ?? address.width
            try self.init(containing: address, prefixLength: prefixLength)
            guard self.address == address else {
                throw .invalidArgument(
                    "\(address)/\(prefixLength) has bits set behind its prefix: the network that it is in is \(self)")
            }
        }

        /// Makes the network that an address is in.
        ///
        /// - Parameters:
        ///   - address: An address of the network.
        ///   - prefixLength: How many leading bits are shared: 0 to 32 for IPv4, 0 to 128 for IPv6.
        /// - Throws: ``TransportError/Kind/invalidArgument`` when the length is out of range.
        public init(containing address: IP.Address, prefixLength: Int) throws(TransportError) {
            guard (0...address.width).contains(prefixLength) else {
                throw .invalidArgument(
                    "a prefix of \(address) has 0 to \(address.width) bits, and this one has \(prefixLength)")
            }
            self.init(masking: address, prefixLength)
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

        /// Whether an address is in the network.
        public func contains(_ address: IP.Address) -> Bool {
            if case .v4 = self.address, case .v6(let v6) = address, let mapped = v6.ipv4Mapped {
                return contains(.v4(mapped))
            }
            if case .v6 = self.address, case .v4(let v4) = address {
                return contains(.v6(IPv6.Address(mapping: v4)))
            }
            return Self(masking: address, prefixLength).address == self.address
        }
    }
}

extension IP.Network: LosslessStringConvertible {
    /// Creates a network from its text, such as "192.0.2.0/24"; an address alone is the network of that address.
    ///
    /// - Parameter text: An address as ``IP/Address/init(parsing:)`` reads it, or an address, a slash and the number of bits
    ///   of the prefix.
    /// - Throws: ``TransportError/Kind/invalidArgument`` for other text, and when bits behind the prefix are set.
    public init(parsing text: some StringProtocol) throws(TransportError) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let address = try IP.Address(parsing: parts.first ?? "")
        guard parts.count > 1 else {
            try self.init(address)
            return
        }
        guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let length = Int(parts[1])
        else {
            throw .invalidArgument(
                "\(QuotedInput(text)) has no number of bits behind its slash: write it like 192.0.2.0/24")
        }
        try self.init(address, prefixLength: length)
    }

    /// Creates a network from its text, or returns nil where ``init(parsing:)`` throws.
    public init?(_ description: String) {
        do throws(TransportError) {
            try self.init(parsing: description)
        } catch {
            return nil
        }
    }

    /// The network in CIDR notation.
    public var description: String { "\(address)/\(prefixLength)" }
}

extension IP.Network: Codable {
    /// Creates a network from a decoded string.
    ///
    /// - Throws: `DecodingError.dataCorrupted` if the string is not a network, and what the decoder throws.
    public init(from decoder: any Decoder) throws {
        self = try decoder.valueOfText { text throws(TransportError) in try Self(parsing: text) }
    }

    /// Encodes the network as its text.
    ///
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        try description.encode(to: encoder)
    }
}

extension IP.Address {
    /// How many bits the address has.
    fileprivate var width: Int {
        switch self {
        case .v4: 32
        case .v6: 128
        }
    }
}
