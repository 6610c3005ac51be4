extension IPv4.Address: LosslessStringConvertible {
    /// Creates an address from its text, such as "127.0.0.1".
    ///
    /// The text is exactly four decimal numbers from 0 to 255 without leading zeros, separated by dots, and nothing
    /// else: C's `inet_pton`, not `inet_aton`. Forms such as "127.1", "0x7f.1" and "0177.0.0.1" are read differently by
    /// different programs, which is how filters are deceived; ``init(legacyText:allowingTrailingText:)`` reads them.
    ///
    /// - Parameter text: The text.
    /// - Throws: `TransportError` of kind `.invalidArgument` that says what is wrong, and at which place, counted in
    ///   UTF-8 bytes from 0.
    public init(parsing text: some StringProtocol) throws(TransportError) {
        self = try text.parsedAddress(as: "an IPv4 address", Self.parse)
    }

    /// Creates an address from its text, or returns nil where ``init(parsing:)`` throws.
    public init?(_ description: String) {
        guard let address = description.parsedAddressOrNil(Self.parse) else { return nil }
        self = address
    }

    /// The address as four decimal numbers separated by dots.
    ///
    /// The corresponding C functions are `inet_ntoa` and `inet_ntop`.
    public var description: String {
        let (first, second, third, fourth) = octets
        return "\(first).\(second).\(third).\(fourth)"
    }
}

extension IPv4.Address: Codable {
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

extension IPv4.Address {
    static func parse(_ bytes: Span<UInt8>) throws(AddressSyntaxError) -> IPv4.Address {
        guard bytes.count > 0 else { throw AddressSyntaxError(.empty, at: 0) }
        var value: UInt32 = 0
        var number = 1
        var octet: UInt32 = 0
        var start = 0
        var offset = 0
        while offset < bytes.count {
            let byte = bytes[offset]
            if let digit = AddressCharacter.decimalDigit(byte) {
                if offset > start, octet == 0 { throw AddressSyntaxError(.leadingZero(number: number), at: start) }
                octet = octet * 10 + UInt32(digit)
                if octet > 255 { throw AddressSyntaxError(.numberTooLarge(number: number, limit: 255), at: start) }
            } else if byte == AddressCharacter.dot {
                if offset == start { throw AddressSyntaxError(.numberMissing(number: number), at: offset) }
                if number == 4 { throw AddressSyntaxError(.numberCount(found: numbers(in: bytes)), at: offset) }
                value = value << 8 | octet
                octet = 0
                number += 1
                start = offset + 1
            } else {
                throw AddressSyntaxError(.unexpected(byte), at: offset)
            }
            offset += 1
        }
        if offset == start { throw AddressSyntaxError(.numberMissing(number: number), at: offset) }
        if number < 4 { throw AddressSyntaxError(.numberCount(found: number), at: offset) }
        return IPv4.Address(rawValue: value << 8 | octet)
    }

    /// Returns how many parts the dots make, for the message about too many.
    private static func numbers(in bytes: Span<UInt8>) -> Int {
        var count = 1
        for offset in bytes.indices where bytes[offset] == AddressCharacter.dot { count += 1 }
        return count
    }
}
