/// Writes the textual encoding of certificates and revocation lists (RFC 7468).
enum PEM {
    static func text(_ label: String, _ bytes: [UInt8]) -> String {
        var text = "-----BEGIN \(label)-----\n"
        var line = 0
        for start in stride(from: 0, to: bytes.count, by: 3) {
            text += quartet(bytes[start..<min(start + 3, bytes.count)])
            line += 4
            if line == 64 {
                text += "\n"
                line = 0
            }
        }
        return text + (line > 0 ? "\n" : "") + "-----END \(label)-----\n"
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Up to three bytes as four characters.
    private static func quartet(_ bytes: ArraySlice<UInt8>) -> String {
        var number: UInt32 = 0
        for index in 0..<3 {
            let position = bytes.startIndex + index
            number = number << 8 | (position < bytes.endIndex ? UInt32(bytes[position]) : 0)
        }
        var text = ""
        for index in 0..<4 {
            let sextet = Int(number >> UInt32(18 - 6 * index)) & 0x3F
            text += index <= bytes.count ? String(Unicode.Scalar(alphabet[sextet])) : "="
        }
        return text
    }
}
