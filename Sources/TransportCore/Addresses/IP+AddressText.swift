extension IP.Address: LosslessStringConvertible {
    /// Creates an address from its text, such as "192.0.2.1" or "2001:db8::1".
    ///
    /// Text with a colon is read as ``IPv6/Address/init(parsing:)`` reads it, any other text as
    /// ``IPv4/Address/init(parsing:)`` does. A mapped address stays one of version 6; see ``canonical``.
    ///
    /// - Parameter text: The text.
    /// - Throws: `TransportError` of kind `.invalidArgument` that says what is wrong, and at which place, counted in
    ///   UTF-8 bytes from 0.
    public init(parsing text: some StringProtocol) throws(TransportError) {
        self = try text.parsedAddress(as: "an IP address", Self.parse)
    }

    /// Creates an address from its text, or returns nil where ``init(parsing:)`` throws.
    public init?(_ description: String) {
        guard let address = description.parsedAddressOrNil(Self.parse) else { return nil }
        self = address
    }

    /// The address as its version writes it.
    public var description: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }

    static func parse(_ bytes: Span<UInt8>) throws(AddressSyntaxError) -> IP.Address {
        if bytes.firstOffset(of: AddressCharacter.colon) != nil {
            return .v6(try IPv6.Address.parse(bytes))
        }
        return .v4(try IPv4.Address.parse(bytes))
    }
}

extension IP.Address: Codable {
    /// Creates an address from a decoded string.
    ///
    /// - Throws: `DecodingError.dataCorrupted` if the string is not an address, and what the decoder throws.
    public init(from decoder: any Decoder) throws {
        self = try decoder.valueOfText { text throws(TransportError) in try Self(parsing: text) }
    }

    /// Encodes the address as its text.
    ///
    /// - Throws: What the encoder throws.
    public func encode(to encoder: any Encoder) throws {
        try description.encode(to: encoder)
    }
}
