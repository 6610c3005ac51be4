internal import TransportCore

/// Host names as TLS needs them: in ASCII, in lower case, without surprises.
enum HostName {
    /// The longest name that DNS carries, in bytes, without the dot at its end.
    private static let longestName = 253
    /// The longest label.
    private static let longestLabel = 63

    /// Reads a host name and gives it in ASCII.
    ///
    /// - Throws: ``TransportError/Kind/invalidArgument`` for what is no host name.
    static func ascii(_ name: String) throws(TransportError) -> String {
        guard !name.isEmpty else {
            throw refused(name, "an empty name would be any name; give the host that the certificate is for")
        }
        // As resolvers look it up, so that what is connected to is what is verified.
        var rest = Substring(try DomainName.ascii(name).lowercased())
        if rest.hasSuffix(".") { rest = rest.dropLast() }
        var labels: [String] = []
        for label in rest.split(separator: ".", omittingEmptySubsequences: false) {
            guard !label.isEmpty else { throw refused(name, "it has an empty label") }
            labels.append(try asciiLabel(label, of: name))
        }
        let text = labels.joined(separator: ".")
        guard text.utf8.count <= longestName else {
            throw refused(name, "it has \(text.utf8.count) bytes, and a name has at most \(longestName)")
        }
        if let last = labels.last, last.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            throw refused(name, "it ends in a number and is no IPv4 address of four decimal numbers")
        }
        return text
    }

    /// Whether a name is in the form already, as most are: then nothing of it has to be taken apart.
    static func isInForm(_ name: String) -> Bool {
        var name = name
        return name.withUTF8 { bytes in
            guard bytes.count <= longestName else { return false }
            var (start, isNumber) = (0, true)
            for (position, byte) in bytes.enumerated() {
                switch byte {
                case 0x30...0x39: continue
                case 0x61...0x7a, 0x2d, 0x5f: isNumber = false
                case 0x2e:
                    guard isLabel(bytes[start..<position]) else { return false }
                    (start, isNumber) = (position + 1, true)
                default: return false
                }
            }
            return !isNumber && isLabel(bytes[start...])
        }
    }

    private static func isLabel(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        (1...longestLabel).contains(bytes.count) && bytes.first != 0x2d && bytes.last != 0x2d
    }

    private static func asciiLabel(_ label: Substring, of name: String) throws(TransportError) -> String {
        let text = label.lowercased()
        for byte in text.utf8 {
            switch byte {
            // Digits, letters, the hyphen, and the underscore of service names.
            case 0x30...0x39, 0x61...0x7a, 0x2d, 0x5f: break
            case 0: throw refused(name, "it has a NUL in it")
            default: throw refused(name, "\"\(Unicode.Scalar(byte).escaped(asASCII: true))\" is no part of a host name")
            }
        }
        guard text.utf8.count <= longestLabel else {
            throw refused(name, "a label of it has \(text.utf8.count) bytes, and labels have at most \(longestLabel)")
        }
        guard text.utf8.first != 0x2d, text.utf8.last != 0x2d else {
            throw refused(name, "a label begins or ends with a hyphen")
        }
        return text
    }

    /// The error for a name that is none.
    static func refused(_ name: String, _ why: String) -> TransportError {
        .invalidArgument("\(QuotedInput(name)) is no name of a host: \(why)", operation: .connect)
    }
}
