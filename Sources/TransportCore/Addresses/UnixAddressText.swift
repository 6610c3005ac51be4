/// Text for the bytes of Unix addresses, which are often but not always UTF-8.
enum UnixAddressText {
    /// Returns the text that `bytes` are in UTF-8, or nil if they are not.
    static func decoded(_ bytes: [UInt8]) -> String? {
        String(validating: bytes, as: UTF8.self)
    }

    /// Returns a printable text that differs for different bytes.
    static func visible(_ bytes: [UInt8]) -> String {
        if let text = decoded(bytes) {
            return text.unicodeScalars.reduce(into: "") { $0 += escaped($1) }
        }
        return bytes.reduce(into: "") { text, byte in
            if byte >= 0x80 {
                text += "\\x" + String(byte, radix: 16, uppercase: true)
            } else {
                text += escaped(Unicode.Scalar(byte))
            }
        }
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        // Quotes stand for themselves here, as there are none around the text.
        scalar == "\"" ? "\"" : QuotedInput.visible(scalar)
    }
}
