/// Bytes as people read them.
enum ByteText {
    /// Bytes as quoted text with escapes, cut when they are many.
    static func quoted(_ bytes: [UInt8], limit: Int = 48) -> String {
        var text = "\""
        for byte in bytes.prefix(limit) { text += escaped(byte) }
        text += "\""
        return bytes.count > limit ? text + "… (\(bytes.count) bytes)" : text
    }

    /// Sixteen bytes a line: the position in the stream, the bytes in hexadecimal, and as text.
    ///
    /// - Parameters:
    ///   - bytes: The bytes.
    ///   - offset: Where in the stream index 0 is.
    ///   - marked: The index below which a mark is put.
    static func dump(_ bytes: ArraySlice<UInt8>, at offset: Int, marking marked: Int?) -> String {
        var lines: [String] = []
        var start = bytes.startIndex
        while start < bytes.endIndex {
            let row = bytes[start..<min(start + 16, bytes.endIndex)]
            let hex = row.map { hexadecimal($0, width: 2) }.joined(separator: " ")
            let text = row.map { (32..<127).contains($0) ? String(UnicodeScalar($0)) : "." }.joined()
            let padding = String(repeating: " ", count: 47 - hex.count)
            lines.append("    \(hexadecimal(offset + start, width: 6))  \(hex)\(padding)  \(text)")
            if let marked, row.indices.contains(marked) {
                lines.append(String(repeating: " ", count: 12 + 3 * (marked - start)) + "^^")
            }
            start += 16
        }
        return lines.joined(separator: "\n")
    }

    /// A byte as it stands in quoted text.
    static func escaped(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "\r"): "\\r"
        case UInt8(ascii: "\n"): "\\n"
        case UInt8(ascii: "\t"): "\\t"
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): "\\" + String(UnicodeScalar(byte))
        case 32..<127: String(UnicodeScalar(byte))
        default: "\\x" + hexadecimal(Int(byte), width: 2)
        }
    }

    static func hexadecimal(_ number: some BinaryInteger, width: Int) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
