extension IPv4.Address {
    /// Creates an address from one of the old forms that C's `inet_aton` reads.
    ///
    /// The text is one to four numbers separated by dots. Each number is decimal, octal after `0`, or hexadecimal after
    /// `0x` or `0X`. All numbers but the last are one byte each; the last one fills the bytes that are left:
    ///
    /// | text | address |
    /// |---|---|
    /// | 127.1 | 127.0.0.1 |
    /// | 0x7f.1 | 127.0.0.1 |
    /// | 017.0.0.1 | 15.0.0.1 |
    /// | 10.1.258 | 10.1.1.2 |
    /// | 2130706433 | 127.0.0.1 |
    ///
    /// Do not use it to judge an address that another program is going to read: programs differ about these forms.
    /// ``init(parsing:)`` refuses them.
    ///
    /// White space at the end is ignored, as in C. The C libraries of GNU, of the BSDs and of Darwin also ignore any
    /// text after that white space, musl does not; such text has carried attacks (CVE-2016-10739) and is an error here
    /// unless `allowingTrailingText` is true. White space at the start is always an error, as in C.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - allowingTrailingText: Whether anything may follow the address after white space. The default is false.
    /// - Throws: `TransportError` of kind `.invalidArgument` that says what is wrong, and at which place, counted in
    ///   UTF-8 bytes from 0.
    public init(legacyText text: some StringProtocol, allowingTrailingText: Bool = false) throws(TransportError) {
        self = try text.parsedAddress(as: "an IPv4 address in any of its old forms") {
            (bytes) throws(AddressSyntaxError) in
            try Self.parseLegacy(bytes, allowingTrailingText: allowingTrailingText)
        }
    }

    private static func parseLegacy(
        _ bytes: Span<UInt8>,
        allowingTrailingText: Bool
    ) throws(AddressSyntaxError) -> IPv4.Address {
        guard bytes.count > 0 else { throw AddressSyntaxError(.empty, at: 0) }
        var leading: UInt32 = 0
        var number = 1
        var offset = 0
        while true {
            let start = offset
            let value = try legacyNumber(in: bytes, at: &offset, number: number)
            if offset < bytes.count, bytes[offset] == AddressCharacter.dot {
                if number == 4 { throw AddressSyntaxError(.tooManyLegacyNumbers, at: offset) }
                if value > 255 { throw AddressSyntaxError(.numberTooLarge(number: number, limit: 255), at: start) }
                leading |= value << UInt32(32 - 8 * number)
                number += 1
                offset += 1
                continue
            }
            try checkEnd(of: bytes, from: offset, allowingTrailingText: allowingTrailingText)
            // The last number fills the 4, 3, 2 or 1 bytes that are left.
            let limit = UInt32.max >> UInt32(8 * (number - 1))
            if value > limit { throw AddressSyntaxError(.numberTooLarge(number: number, limit: limit), at: start) }
            return IPv4.Address(rawValue: leading | value)
        }
    }

    /// Reads one number as C's `strtoul` does with base 0, and moves `offset` behind it.
    private static func legacyNumber(
        in bytes: Span<UInt8>,
        at offset: inout Int,
        number: Int
    ) throws(AddressSyntaxError) -> UInt32 {
        let start = offset
        guard offset < bytes.count, bytes[offset] != AddressCharacter.dot else {
            throw AddressSyntaxError(.numberMissing(number: number), at: offset)
        }
        guard AddressCharacter.decimalDigit(bytes[offset]) != nil else {
            throw AddressSyntaxError(.unexpected(bytes[offset]), at: offset)
        }
        var base: UInt64 = 10
        if bytes[offset] == AddressCharacter.zero {
            base = 8
            // "x" without a digit after it is left alone: the number is then the 0 before it, as for strtoul.
            if offset + 2 < bytes.count, bytes[offset + 1] | 0x20 == UInt8(ascii: "x"),
                AddressCharacter.hexadecimalDigit(bytes[offset + 2]) != nil
            {
                base = 16
                offset += 2
            }
        }
        var value: UInt64 = 0
        while offset < bytes.count, let digit = AddressCharacter.hexadecimalDigit(bytes[offset]), digit < base {
            // Once over 32 bits the value no longer matters, only where the digits end.
            if value <= UInt64(UInt32.max) { value = value * base + UInt64(digit) }
            offset += 1
        }
        guard let exact = UInt32(exactly: value) else {
            throw AddressSyntaxError(.numberTooLarge(number: number, limit: .max), at: start)
        }
        return exact
    }

    private static func checkEnd(
        of bytes: Span<UInt8>,
        from end: Int,
        allowingTrailingText: Bool
    ) throws(AddressSyntaxError) {
        guard end < bytes.count else { return }
        guard AddressCharacter.isSpace(bytes[end]) else { throw AddressSyntaxError(.unexpected(bytes[end]), at: end) }
        if allowingTrailingText { return }
        var offset = end
        while offset < bytes.count {
            if !AddressCharacter.isSpace(bytes[offset]) { throw AddressSyntaxError(.trailingText, at: offset) }
            offset += 1
        }
    }
}
