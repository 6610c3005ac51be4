public import TransportCore

extension ProxyProtocolHeader {
    /// What the beginning of a stream turned out to be.
    public enum Reading: Hashable, Sendable {
        /// It may be a header, or its beginning. At least so many more bytes belong to it if it is one.
        case incomplete(atLeast: Int)
        /// A header of so many bytes.
        case header(ProxyProtocolHeader, byteCount: Int)
        /// No header: the first bytes are others.
        case none
    }

    /// The longest line of version 1, with its end.
    static let longestLine = 107

    /// Reads a header at the beginning of some bytes, strictly by the specification.
    ///
    /// May be called again with more bytes. Whoever receives no more bytes than ``Reading/incomplete(atLeast:)`` says never
    /// takes a byte of what follows the header.
    ///
    /// - Parameters:
    ///   - bytes: The first bytes of a stream.
    ///   - maximum: How many bytes a header of version 2 may have behind its first 16. The default is 4096.
    /// - Throws: ``TransportCore/TransportError/Kind/proxyHeaderInvalid`` for a header that is malformed, too long or damaged.
    public static func read(_ bytes: [UInt8], maximumLength maximum: Int = 4096) throws(TransportError) -> Reading {
        if bytes.starts(with: lineStart.prefix(bytes.count)) {
            guard bytes.count >= lineStart.count else { return .incomplete(atLeast: shortestLine - bytes.count) }
            return try readLine(bytes)
        }
        if bytes.starts(with: signature.prefix(bytes.count)) {
            guard bytes.count >= 16 else { return .incomplete(atLeast: 16 - bytes.count) }
            return try readBinary(bytes, maximum)
        }
        return .none
    }

    // MARK: Version 1

    private static let lineStart = [UInt8]("PROXY ".utf8)
    /// The length of "PROXY UNKNOWN" with its end.
    private static let shortestLine = 15

    private static func readLine(_ bytes: [UInt8]) throws(TransportError) -> Reading {
        let window = bytes.prefix(longestLine)
        guard let end = window.indices.dropLast().first(where: { window[$0] == 13 && window[$0 + 1] == 10 }) else {
            // What cannot be a line any more is refused at once: nobody has to wait for its end.
            guard bytes.count < longestLine, !window.dropLast().contains(13), !window.contains(10) else {
                throw .proxyHeader("the line of the PROXY header has no proper end within \(longestLine) bytes")
            }
            let rest = try leastRest(of: bytes)
            return .incomplete(atLeast: bytes.last == 13 ? 1 : rest)
        }
        let header = try header(ofLine: window[..<end])
        return .header(header, byteCount: end + 2)
    }

    /// How many bytes the line is at least short of.
    private static func leastRest(of bytes: [UInt8]) throws(TransportError) -> Int {
        let words = bytes.split(separator: 32, omittingEmptySubsequences: false)
        guard words.count > 1 else { return 2 }
        let shortest: [Int]
        if words[1].starts(with: "TCP4".utf8) {
            shortest = [5, 4, 7, 7, 1, 1]
        } else if words[1].starts(with: "TCP6".utf8) {
            shortest = [5, 4, 2, 2, 1, 1]
        } else if "UNKNOWN".utf8.starts(with: words[1]) || "TCP4".utf8.starts(with: words[1])
            || words[1].starts(with: "UNKNOWN".utf8) || "TCP6".utf8.starts(with: words[1])
        {
            return max(2, words.count > 2 ? 2 : shortestLine - bytes.count)
        } else {
            throw .proxyHeader(
                "the PROXY header has the protocol \(QuotedInput(bytes: words[1])), not TCP4, TCP6 or UNKNOWN")
        }
        guard words.count <= shortest.count else {
            throw .proxyHeader("the PROXY header has more than two addresses and two ports")
        }
        var rest = 2
        if words[words.count - 1].isEmpty { rest += shortest[words.count - 1] }
        for length in shortest[words.count...] { rest += 1 + length }
        return rest
    }

    private static func header(ofLine line: ArraySlice<UInt8>) throws(TransportError) -> ProxyProtocolHeader {
        let words = line.split(separator: 32, omittingEmptySubsequences: false)
        // What follows UNKNOWN is to be ignored.
        if words.count > 1, words[1].elementsEqual("UNKNOWN".utf8) { return ProxyProtocolHeader(version: .v1) }
        guard words.count == 6 else {
            throw .proxyHeader(
                "the PROXY header \(QuotedInput(bytes: line)) is not a protocol, two addresses and two ports")
        }
        let ports = (try port(words[4]), try port(words[5]))
        var addresses: [IP.SocketAddress] = []
        for (word, port) in [(words[2], ports.0), (words[3], ports.1)] {
            guard let address = IP.Address(String(decoding: word, as: UTF8.self)) else {
                throw .proxyHeader("the PROXY header has \(QuotedInput(bytes: word)) for an address")
            }
            switch (address, words[1].elementsEqual("TCP4".utf8), words[1].elementsEqual("TCP6".utf8)) {
            case (.v4, true, _), (.v6, _, true): addresses.append(IP.SocketAddress(address, port: port))
            default:
                throw .proxyHeader(
                    "the PROXY header has the address \(QuotedInput(bytes: word)) for the protocol \(QuotedInput(bytes: words[1]))"
                )
            }
        }
        return ProxyProtocolHeader(source: .ip(addresses[0]), destination: .ip(addresses[1]), version: .v1)
    }

    private static func port(_ word: ArraySlice<UInt8>) throws(TransportError) -> UInt16 {
        guard (1...5).contains(word.count), word.allSatisfy({ (48...57).contains($0) }),
            word.count == 1 || word.first != 48, let port = UInt16(String(decoding: word, as: UTF8.self))
        else { throw .proxyHeader("the PROXY header has \(QuotedInput(bytes: word)) for a port") }
        return port
    }

    // MARK: Version 2

    private static func readBinary(_ bytes: [UInt8], _ maximum: Int) throws(TransportError) -> Reading {
        let length = Int(bytes.bigEndian16(at: 14))
        guard bytes[12] >> 4 == 2, bytes[12] & 0xF <= 1 else {
            throw .proxyHeader("the PROXY header has version \(bytes[12] >> 4) and command \(bytes[12] & 0xF)")
        }
        guard length <= maximum else {
            throw .proxyHeader("the PROXY header has \(length) bytes, and \(maximum) are allowed: see maximumLength")
        }
        let isLocal = bytes[12] & 0xF == 0
        let (family, kind) = (bytes[13] >> 4, bytes[13] & 0xF)
        guard family <= 3, kind <= 2 else {
            throw .proxyHeader("the PROXY header has the unassigned family \(family) or protocol \(kind)")
        }
        guard bytes.count >= 16 + length else { return .incomplete(atLeast: 16 + length - bytes.count) }

        var header = ProxyProtocolHeader(isLocal: isLocal, carriesDatagrams: kind == 2)
        // Nothing behind LOCAL means anything; a receiver has to skip it.
        if isLocal { return .header(header, byteCount: 16 + length) }
        let block = bytes[16..<16 + length]
        let size = family == 1 ? 12 : family == 2 ? 36 : family == 3 ? 216 : 0
        guard length >= size else {
            throw .proxyHeader("the PROXY header has \(length) bytes, and its addresses alone take \(size)")
        }
        // Of a family without a protocol, the specification gives no meaning to the addresses.
        if family != 0, kind != 0 { header.addresses = try addresses(in: [UInt8](block.prefix(size)), family) }
        // Behind a family that is not known, nobody knows where the fields begin; there are no addresses, so: here.
        let fields = try ProxyProtocolField.list(in: block.dropFirst(size))
        try check(fields, in: bytes.prefix(16 + length), fieldsAt: 16 + size)
        header.fields = fields.filter { $0.kind != .checksum && $0.kind != .padding }
        return .header(header, byteCount: 16 + length)
    }

    private static func addresses(in block: [UInt8], _ family: UInt8) throws(TransportError) -> Addresses {
        switch family {
        case 1, 2:
            let size = family == 1 ? 4 : 16
            let ends = try [0, 1].map { (end) throws(TransportError) -> EndpointAddress in
                let address = try IP.Address(networkOrderBytes: block[end * size..<(end + 1) * size])
                return .ip(IP.SocketAddress(address, port: block.bigEndian16(at: 2 * size + 2 * end)))
            }
            return Addresses(source: ends[0], destination: ends[1])
        default:
            return Addresses(source: try unix(block[..<108]), destination: try unix(block[108...]))
        }
    }

    private static func unix(_ field: ArraySlice<UInt8>) throws(TransportError) -> EndpointAddress {
        if field.first == 0 {
            // A name begins with a NUL; how long it is nobody says, so the NULs at its end are taken for padding.
            let name = field.dropFirst().reversed().drop { $0 == 0 }.reversed()
            return .unix(name.isEmpty ? .unnamed : try Unix.SocketAddress(abstractName: [UInt8](name)))
        }
        do throws(TransportError) {
            return .unix(try Unix.SocketAddress(pathBytes: [UInt8](field.prefix { $0 != 0 })))
        } catch {
            throw .proxyHeader("the PROXY header has a bad Unix address: \(error.message)")
        }
    }

    private static func check(
        _ fields: [ProxyProtocolField], in header: ArraySlice<UInt8>, fieldsAt start: Int
    ) throws(TransportError) {
        var position = start
        for field in fields {
            let value = position + 3
            position = value + field.value.count
            switch field.kind {
            case .checksum:
                guard field.value.count == 4 else {
                    throw .proxyHeader("the checksum of the PROXY header has not 4 bytes")
                }
                var blank = [UInt8](header)
                for index in value..<value + 4 { blank[index] = 0 }
                var expected: [UInt8] = []
                expected.appendBigEndian(CRC32C.checksum(of: blank))
                guard expected == field.value else {
                    throw .proxyHeader("the PROXY header is damaged: its checksum differs")
                }
            case .uniqueID where field.value.count > 128:
                throw .proxyHeader("the unique identifier in the PROXY header has more than 128 bytes")
            case .tls:
                guard field.value.count >= 5 else {
                    throw .proxyHeader("the TLS field of the PROXY header is too short")
                }
                _ = try ProxyProtocolField.list(in: field.value[5...])
            default: break
            }
        }
    }
}

extension ProxyProtocolField {
    /// The fields in a block.
    static func list(in block: ArraySlice<UInt8>) throws(TransportError) -> [ProxyProtocolField] {
        var fields: [ProxyProtocolField] = []
        var rest = block
        while let kind = rest.first {
            let head = [UInt8](rest.prefix(3))
            guard head.count == 3, rest.count - 3 >= Int(head.bigEndian16(at: 1)) else {
                throw .proxyHeader("a field of the PROXY header is longer than the header")
            }
            let length = Int(head.bigEndian16(at: 1))
            fields.append(ProxyProtocolField(Kind(rawValue: kind), rest.dropFirst(3).prefix(length)))
            rest = rest.dropFirst(3 + length)
        }
        return fields
    }
}
