/// Host names whose characters are not all ASCII, in the form in which name servers and certificates have them.
public enum DomainName {
    /// The name with each label that is not ASCII as an A-label, such as "xn--bcher-kva.example" for "bücher.example".
    ///
    /// A name that is ASCII stays as it is. Otherwise letters become small, the dots of Chinese and Japanese writing
    /// become dots, and characters that were typed in parts are composed, as in RFC 5895. Nothing is looked up in tables of
    /// allowed characters: what a registry does not register is answered by its name servers.
    ///
    /// - Throws: ``TransportError/Kind/invalidArgument`` for an empty label, one that is longer than 63 bytes as an A-label,
    ///   one that begins or ends with a hyphen or begins with a mark, and one with spaces, invisible characters, or ASCII
    ///   characters that no host name has. Joiners are allowed where the spelling of a language needs them (RFC 5892, A.1
    ///   and A.2).
    public static func ascii(_ name: String) throws(TransportError) -> String {
        guard name.utf8.contains(where: { $0 >= 0x80 }) else { return name }
        // By scalars: a dot with a mark behind it is one character, and still a dot for everyone else.
        let labels = name.unicodeScalars.split(omittingEmptySubsequences: false) { isDot($0) }
        var result: [String] = []
        for (number, label) in labels.enumerated() {
            // A dot at the end says that the name is complete.
            if label.isEmpty, number > 0, number == labels.count - 1 {
                result.append("")
            } else {
                result.append(try asciiLabel(String(label), of: name))
            }
        }
        return result.joined(separator: ".")
    }

    private static func isDot(_ scalar: Unicode.Scalar) -> Bool {
        // IDEOGRAPHIC FULL STOP, FULLWIDTH FULL STOP, HALFWIDTH IDEOGRAPHIC FULL STOP: RFC 3490, section 3.1.
        scalar == "." || scalar == "\u{3002}" || scalar == "\u{FF0E}" || scalar == "\u{FF61}"
    }

    private static func asciiLabel(_ label: String, of name: String) throws(TransportError) -> String {
        func failure(_ reason: String) -> TransportError {
            .invalidArgument("the host name \(QuotedInput(name)) cannot be looked up: \(reason)", operation: .resolve)
        }
        guard !label.isEmpty else { throw failure("there is nothing between two dots") }
        let mapped = label.lowercased().map(composed).joined()
        let scalars = Array(mapped.unicodeScalars)
        if let first = scalars.first, isMark(first) {
            throw failure("a part of it begins with U+\(hexadecimal(first.value)), which belongs to a letter before it")
        }
        for (index, scalar) in scalars.enumerated() {
            if isInvisible(scalar) {
                throw failure("it contains the character U+\(hexadecimal(scalar.value)), which nobody sees")
            }
            if isJoiner(scalar), !isAtItsPlace(scalar, at: index, in: scalars) {
                throw failure("it contains the character U+\(hexadecimal(scalar.value)) where it joins nothing")
            }
        }
        guard scalars.first != "-", scalars.last != "-" else {
            throw failure("a part of it begins or ends with a hyphen")
        }
        guard scalars.contains(where: { !$0.isASCII }) else {
            guard scalars.count <= 63 else { throw failure(tooLong) }
            return mapped
        }
        if let scalar = scalars.first(where: { $0.isASCII && !isOfHostName($0) }) {
            throw failure("it contains \(QuotedInput(String(scalar))), which no host name has")
        }
        // More cannot fit, and the encoding takes the square of the time.
        guard scalars.count <= 63, let encoded = Punycode.encode(scalars.map(\.value)) else { throw failure(tooLong) }
        let text = "xn--" + String(decoding: encoded, as: UTF8.self)
        guard text.utf8.count <= 63 else { throw failure(tooLong) }
        return text
    }

    private static let tooLong = "a part of it is longer than 63 bytes as ASCII"

    // MARK: Characters

    /// Letters, digits, the hyphen, and the underscore of service names.
    private static func isOfHostName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "0"..."9", "-", "_": true
        default: false
        }
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        if isJoiner(scalar) { return false }
        return switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator,
            .paragraphSeparator:
            true
        // Fillers and selectors of variants, which are letters and marks otherwise.
        default: scalar.properties.isDefaultIgnorableCodePoint
        }
    }

    // MARK: Joiners

    /// ZERO WIDTH NON-JOINER and ZERO WIDTH JOINER belong to the spelling of some languages.
    private static func isJoiner(_ scalar: Unicode.Scalar) -> Bool { scalar == "\u{200C}" || scalar == "\u{200D}" }

    /// Whether a joiner is where it changes how its neighbours look: behind a virama, and the one that does not join also
    /// between two letters that would join.
    private static func isAtItsPlace(_ joiner: Unicode.Scalar, at index: Int, in label: [Unicode.Scalar]) -> Bool {
        if index > 0, label[index - 1].properties.canonicalCombiningClass == .virama { return true }
        guard joiner == "\u{200C}" else { return false }
        let before = label[..<index].last { !isMark($0) }
        let after = label[(index + 1)...].first { !isMark($0) }
        guard let before, let after else { return false }
        return isCursive(before) && isCursive(after)
    }

    /// Whether a letter is of a script whose letters join: Arabic, Syriac, N'Ko, Mandaic, Mongolian, Phags-pa, Adlam and
    /// others. The standard library does not know which letters of these do.
    private static func isCursive(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.properties.isAlphabetic else { return false }
        return switch scalar.value {
        case 0x620...0x77F, 0x7C0...0x7FF, 0x840...0x8FF, 0x1807...0x18AA, 0xA840...0xA873, 0x10AC0...0x10AFF,
            0x10B80...0x10BAF, 0x10D00...0x10D27, 0x10F30...0x10FCB, 0x1E900...0x1E943:
            true
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
