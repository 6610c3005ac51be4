/// What the parsers look for in the UTF-8 bytes of a text.
extension Span<UInt8> {
    /// Returns the offset of the first byte equal to `byte`, or nil.
    func firstOffset(of byte: UInt8) -> Int? {
        var offset = 0
        while offset < count {
            if self[offset] == byte { return offset }
            offset += 1
        }
        return nil
    }

    /// Returns the offset of the last byte equal to `byte`, or nil.
    func lastOffset(of byte: UInt8) -> Int? {
        var offset = count
        while offset > 0 {
            offset -= 1
            if self[offset] == byte { return offset }
        }
        return nil
    }

    /// Returns the decimal number that the whole span is: digits only, no sign, no leading zero.
    ///
    /// - Parameters:
    ///   - limit: The largest number allowed.
    ///   - missing: Thrown if the span is empty.
    ///   - leadingZero: Thrown if a zero stands before other digits.
    ///   - tooLarge: Thrown if the number is greater than `limit`.
    func decimalNumber(
        limit: UInt32,
        missing: AddressSyntaxError.Reason,
        leadingZero: AddressSyntaxError.Reason,
        tooLarge: AddressSyntaxError.Reason
    ) throws(AddressSyntaxError) -> UInt32 {
        guard count > 0 else { throw AddressSyntaxError(missing, at: 0) }
        var value: UInt64 = 0
        var offset = 0
        while offset < count {
            guard let digit = AddressCharacter.decimalDigit(self[offset]) else {
                throw AddressSyntaxError(.unexpected(self[offset]), at: offset)
            }
            // Once over the limit the value no longer matters, only that the rest are digits.
            if value <= UInt64(limit) { value = value * 10 + UInt64(digit) }
            offset += 1
        }
        if count > 1, self[0] == AddressCharacter.zero { throw AddressSyntaxError(leadingZero, at: 0) }
        guard value <= UInt64(limit) else { throw AddressSyntaxError(tooLarge, at: 0) }
        return UInt32(truncatingIfNeeded: value)
    }
}
