/// The characters that separate the parts of an address.
enum AddressCharacter {
    static let percent = UInt8(ascii: "%")
    static let dot = UInt8(ascii: ".")
    static let zero = UInt8(ascii: "0")
    static let colon = UInt8(ascii: ":")
    static let openingBracket = UInt8(ascii: "[")
    static let closingBracket = UInt8(ascii: "]")

    /// Returns the value of a decimal digit, or nil for any other byte.
    static func decimalDigit(_ byte: UInt8) -> UInt8? {
        byte >= zero && byte <= UInt8(ascii: "9") ? byte - zero : nil
    }

    /// Returns the value of a hexadecimal digit in upper or lower case, or nil for any other byte.
    static func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// Tells whether a byte is white space as C's `isspace` has it.
    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte >= 0x09 && byte <= 0x0D)
    }
}
