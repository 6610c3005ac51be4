/// Writes the Distinguished Encoding Rules (X.690), as far as certificates need them.
///
/// Nothing is checked but lengths: a test authority must be able to write what no honest one would.
enum DER {
    /// A value of any tag.
    static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        var bytes = [tag]
        if content.count < 0x80 {
            bytes.append(UInt8(content.count))
        } else {
            let length = bigEndian(UInt64(content.count))
            bytes.append(0x80 | UInt8(length.count))
            bytes += length
        }
        return bytes + content
    }

    static func sequence(_ parts: [UInt8]...) -> [UInt8] { value(0x30, parts.flatMap(\.self)) }

    static func sequence(of parts: [[UInt8]]) -> [UInt8] { value(0x30, parts.flatMap(\.self)) }

    static func set(_ parts: [UInt8]...) -> [UInt8] { value(0x31, parts.flatMap(\.self)) }

    static func boolean(_ value: Bool) -> [UInt8] { Self.value(0x01, [value ? 0xFF : 0]) }

    /// A whole number that is not negative.
    static func integer(_ value: Int) -> [UInt8] { integer(magnitude: bigEndian(UInt64(max(0, value)))) }

    /// A whole number that is not negative, from its bytes.
    static func integer(magnitude: [UInt8]) -> [UInt8] {
        var bytes = Array(magnitude.drop { $0 == 0 })
        if bytes.first.map({ $0 >= 0x80 }) ?? true { bytes.insert(0, at: 0) }
        return value(0x02, bytes)
    }

    static func octets(_ bytes: [UInt8]) -> [UInt8] { value(0x04, bytes) }

    static func bits(_ bytes: [UInt8], unused: UInt8 = 0) -> [UInt8] { value(0x03, [unused] + bytes) }

    /// A BIT STRING of named bits, without the zeros at its end (X.690, 11.2.2).
    static func namedBits(_ set: Set<Int>) -> [UInt8] {
        guard let last = set.max() else { return bits([]) }
        var bytes = [UInt8](repeating: 0, count: last / 8 + 1)
        for bit in set { bytes[bit / 8] |= 0x80 >> UInt8(bit % 8) }
        return bits(bytes, unused: UInt8(7 - last % 8))
    }

    static func utf8(_ text: String) -> [UInt8] { value(0x0C, Array(text.utf8)) }

    static let null: [UInt8] = [0x05, 0x00]

    /// An explicit tag of the context: `[number] EXPLICIT`.
    static func explicit(_ number: UInt8, _ content: [UInt8]) -> [UInt8] { value(0xA0 | number, content) }

    /// An implicit tag of the context on something primitive: `[number] IMPLICIT`.
    static func implicit(_ number: UInt8, _ content: [UInt8]) -> [UInt8] { value(0x80 | number, content) }

    /// An object identifier from its numbers with dots, such as "2.5.29.17".
    static func object(_ text: String) throws(IssuingError) -> [UInt8] {
        let numbers = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt64($0) }
        guard numbers.count >= 2, let first = numbers[0], let second = numbers[1], first <= 2,
            first == 2 ? second < 1 << 60 : second < 40
        else { throw IssuingError("\(text.debugDescription) is no object identifier, such as \"1.3.6.1.5.5.7.3.1\"") }
        var bytes = base128(first * 40 + second)
        for number in numbers.dropFirst(2) {
            guard let number else { throw IssuingError("\(text.debugDescription) is no object identifier") }
            bytes += base128(number)
        }
        return value(0x06, bytes)
    }

    /// A time, in the form that RFC 5280, 4.1.2.5 has for its year.
    ///
    /// - Parameter seconds: Since the beginning of 1970, UTC; years 0 to 9999.
    static func time(_ seconds: Int64) throws(IssuingError) -> [UInt8] {
        let date = CivilTime(secondsSince1970: seconds)
        guard (0...9999).contains(date.year) else {
            throw IssuingError("\(seconds) seconds since 1970 is in no year that a certificate can name")
        }
        let text = date.digits
        if (1950..<2050).contains(date.year) { return value(0x17, Array(text.utf8.dropFirst(2))) }
        return value(0x18, Array(text.utf8))
    }

    private static func bigEndian(_ number: UInt64) -> [UInt8] {
        let bytes = (0..<8).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        return Array(bytes.drop { $0 == 0 })
    }

    private static func base128(_ number: UInt64) -> [UInt8] {
        var bytes = [UInt8(number & 0x7F)]
        var rest = number >> 7
        while rest > 0 {
            bytes.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
            rest >>= 7
        }
        return bytes
    }
}
