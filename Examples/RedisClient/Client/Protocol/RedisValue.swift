/// What a server answers.
public enum RedisValue: Hashable, Sendable {
    /// A short text such as "OK"; what is no UTF-8 in it is repaired.
    case simple(String)
    /// An error. At the top of an answer to a single command it is thrown as ``RedisError/server(_:)``.
    case error(ServerError)
    /// An integer.
    case integer(Int)
    /// A string of any bytes.
    case bulk([UInt8])
    /// Several values.
    case array([RedisValue])
    /// No value.
    case null

    /// The bytes of a string, or of a short text.
    public var bytes: [UInt8]? {
        switch self {
        case .bulk(let bytes): bytes
        case .simple(let text): Array(text.utf8)
        default: nil
        }
    }
}

extension RedisValue: CustomStringConvertible {
    /// The value as `redis-cli` shows it: strings in quotes, arrays numbered, one element a line.
    public var description: String { lines(indentation: 0) }

    private func lines(indentation: Int) -> String {
        switch self {
        case .simple(let text): return visible(text)
        case .error(let error): return "(error) \(error)"
        case .integer(let number): return "(integer) \(number)"
        case .bulk(let bytes): return quoted(bytes)
        case .null: return "(nil)"
        case .array(let elements):
            guard !elements.isEmpty else { return "(empty array)" }
            let width = String(elements.count).utf8.count
            let margin = String(repeating: " ", count: indentation)
            return elements.enumerated().map { index, element in
                let number = String(index + 1)
                let padding = String(repeating: " ", count: width - number.utf8.count)
                let line = padding + number + ") " + element.lines(indentation: indentation + width + 2)
                return index == 0 ? line : margin + line
            }.joined(separator: "\n")
        }
    }
}

/// A text with what a terminal would obey escaped.
func visible(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { visible, scalar in
        visible += scalar.properties.generalCategory == .control ? scalar.escaped(asASCII: true) : String(scalar)
    }
}

/// Bytes between quotation marks; what a terminal should not get is escaped.
private func quoted(_ bytes: [UInt8]) -> String {
    var text = "\""
    for byte in bytes {
        switch byte {
        case UInt8(ascii: "\""): text += "\\\""
        case UInt8(ascii: "\\"): text += "\\\\"
        case UInt8(ascii: "\n"): text += "\\n"
        case UInt8(ascii: "\r"): text += "\\r"
        case UInt8(ascii: "\t"): text += "\\t"
        case 0x20...0x7E: text.unicodeScalars.append(Unicode.Scalar(byte))
        default: text += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
    }
    return text + "\""
}
