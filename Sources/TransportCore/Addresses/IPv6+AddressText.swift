extension IPv6.Address: LosslessStringConvertible {
    /// Creates an address from its text, such as "2001:db8::1" or "::ffff:192.0.2.1".
    ///
    /// The text is eight groups of one to four hexadecimal digits separated by colons. Once, "::" stands for one or
    /// more groups of zero. The last two groups may be an IPv4 address in the strict form of
    /// ``IPv4/Address/init(parsing:)``. A zone such as "%3" is an error: it belongs to a socket address.
    /// The corresponding C function is `inet_pton`.
    ///
    /// - Parameter text: The text.
    /// - Throws: `TransportError` of kind `.invalidArgument` that says what is wrong, and at which place, counted in
    ///   UTF-8 bytes from 0.
    public init(parsing text: some StringProtocol) throws(TransportError) {
        self = try text.parsedAddress(as: "an IPv6 address", Self.parse)
    }

    /// Creates an address from its text, or returns nil where ``init(parsing:)`` throws.
    public init?(_ description: String) {
        guard let address = description.parsedAddressOrNil(Self.parse) else { return nil }
        self = address
    }

    /// The address in the form that RFC 5952 recommends.
    ///
    /// Lower case, no leading zeros, the longest run of two or more zero groups written as "::" (the first one of
    /// equally long runs), and a mapped IPv4 address written as "::ffff:192.0.2.1".
    ///
    /// This is what C's `inet_ntop` prints, with one exception: GNU's and the BSDs' C libraries also print addresses of
    /// ::/96, a deprecated way to hold an IPv4 address, with dots ("::1.2.3.4"), and disagree about which ones; musl
    /// does not. Here the text is "::102:304" on every platform, so that ::1:2 is not shown as ::0.1.0.2.
    public var description: String {
        if let mapped = ipv4Mapped { return "::ffff:\(mapped)" }
        let gap = longestZeroRun
        var text = ""
        text.reserveCapacity(39)
        var index = 0
        while index < 8 {
            if index == gap.lowerBound, !gap.isEmpty {
                text += "::"
                index = gap.upperBound
                continue
            }
            if index > 0, index != gap.upperBound || gap.isEmpty { text += ":" }
            text += String(group(index), radix: 16)
            index += 1
        }
        return text
    }

    /// The first of the longest runs of two or more zero groups; empty if there is none.
    private var longestZeroRun: Range<Int> {
        var longest = 0..<0
        var start = 0
        for index in 0..<8 {
            if group(index) != 0 {
                start = index + 1
            } else if index + 1 - start > max(longest.count, 1) {
                longest = start..<(index + 1)
            }
        }
        return longest
    }
}

extension IPv6.Address: Codable {
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
