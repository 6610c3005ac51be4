/// Host names whose characters are not all ASCII, in the form in which name servers and certificates have them.
public enum DomainName {
    /// The name with each label that is not ASCII as an A-label, such as "xn--bcher-kva.example" for "bücher.example".
    ///
    /// A name that is ASCII stays as it is. Otherwise letters become small, the dots of Chinese and Japanese writing
    /// become dots, and characters that were typed in parts are composed, as in RFC 5895. Nothing is looked up in tables of
    /// allowed characters: what a registry does not register is answered by its name servers.
    ///
    /// - Throws: ``TransportError/Kind/invalidArgument`` for an empty label, one that is longer than 63 bytes as an A-label,
    ///   one that begins or ends with a hyphen, and one with spaces or invisible characters.
    public static func ascii(_ name: String) throws(TransportError) -> String {
        guard name.utf8.contains(where: { $0 >= 0x80 }) else { return name }
        let labels = name.split(omittingEmptySubsequences: false) { isDot($0) }
        var result: [String] = []
        for (number, label) in labels.enumerated() {
            // A dot at the end says that the name is complete.
            if label.isEmpty, number > 0, number == labels.count - 1 {
                result.append("")
            } else {
                result.append(try asciiLabel(label, of: name))
            }
        }
        return result.joined(separator: ".")
    }

    private static func isDot(_ character: Character) -> Bool {
        // IDEOGRAPHIC FULL STOP, FULLWIDTH FULL STOP, HALFWIDTH IDEOGRAPHIC FULL STOP: RFC 3490, section 3.1.
        character == "." || character == "\u{3002}" || character == "\u{FF0E}" || character == "\u{FF61}"
    }

    private static func asciiLabel(_ label: Substring, of name: String) throws(TransportError) -> String {
        func failure(_ reason: String) -> TransportError {
            .invalidArgument(
                "the host name \(name.debugDescription) cannot be looked up: \(reason)", operation: .resolve)
        }
        guard !label.isEmpty else { throw failure("there is nothing between two dots") }
        let composed = label.lowercased().map(composed).joined()
        if let scalar = composed.unicodeScalars.first(where: isInvisible) {
            throw failure("it contains the character U+\(hexadecimal(scalar.value)), which nobody sees")
        }
        guard composed.first != "-", composed.last != "-" else {
            throw failure("a part of it begins or ends with a hyphen")
        }
        let scalars = composed.unicodeScalars.map(\.value)
        var text = composed
        if scalars.contains(where: { $0 >= 0x80 }) {
            // More cannot fit, and the encoding takes the square of the time.
            guard scalars.count <= 63, let encoded = Punycode.encode(scalars) else { throw failure(tooLong) }
            text = "xn--" + String(decoding: encoded, as: UTF8.self)
        }
        guard text.utf8.count <= 63 else { throw failure(tooLong) }
        return text
    }

    private static let tooLong = "a part of it is longer than 63 bytes as ASCII"

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        // The joiners belong to the spelling of some languages.
        case .format: scalar.value != 0x200C && scalar.value != 0x200D
        case .control, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// The character in one scalar, where it is one of the scripts whose letters are typed with marks.
    ///
    /// The standard library composes nothing, but knows that both forms are the same character.
    private static func composed(_ character: Character) -> String {
        guard character.unicodeScalars.count > 1,
            character.unicodeScalars.contains(where: { (0x300...0x36F).contains($0.value) })
        else { return String(character) }
        for block in [0xC0...0x24F, 0x1E00...0x1EFF, 0x370...0x3FF, 0x1F00...0x1FFF, 0x400...0x4FF] {
            for value in block {
                guard let scalar = Unicode.Scalar(UInt32(value)), Character(scalar) == character else { continue }
                return String(Character(scalar))
            }
        }
        return String(character)
    }

    private static func hexadecimal(_ value: UInt32) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - text.count)) + text
    }
}
