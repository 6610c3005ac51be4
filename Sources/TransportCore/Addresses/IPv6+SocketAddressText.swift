extension IPv6.SocketAddress {
    /// Creates a socket address from a host that is a literal, or empty.
    ///
    /// | host | address |
    /// |---|---|
    /// | "" | ``IPv6/Address/any``: listen on all addresses |
    /// | "fe80::1%3" | the address with scope 3 |
    /// | anything else | read as ``IPv6/Address/init(parsing:)`` reads it |
    ///
    /// Names are an error; only a resolver can look them up. So is "<broadcast>", since IPv6 has no broadcast.
    ///
    /// - Parameters:
    ///   - host: The host, without brackets.
    ///   - port: The port.
    /// - Throws: `TransportError` of kind `.invalidArgument` if `host` is none of these.
    public init(host: some StringProtocol, port: UInt16) throws(TransportError) {
        if host.isEmpty {
            self = .any(port: port)
        } else if host == "<broadcast>" {
            throw .invalidArgument(
                "\"<broadcast>\" is not an IPv6 host: IPv6 has no broadcast; use a multicast address such as ff02::1"
            )
        } else {
            self = try host.parsedAddress(as: "a numeric IPv6 host (names need a resolver)") {
                (bytes) throws(AddressSyntaxError) in
                try Self.parseHost(bytes, port: port)
            }
        }
    }

    /// Creates a socket address from its text, such as "[::1]:80" or "[fe80::1%3]:80".
    ///
    /// The address is in brackets and read as ``IPv6/Address/init(parsing:)`` reads it. A zone after "%" is the index
    /// of an interface in decimal digits; the name of an interface is an error, since only the system knows its index:
    /// a resolver translates it. The port is a decimal number from 0 to 65535 without leading zeros, and must be there.
    ///
    /// - Parameter text: The text. Escapes of URIs, such as "%25" for "%", are not known.
    /// - Throws: `TransportError` of kind `.invalidArgument` that says what is wrong, and at which place, counted in
    ///   UTF-8 bytes from 0.
    public init(parsing text: some StringProtocol) throws(TransportError) {
        self = try text.parsedAddress(as: "an IPv6 socket address", Self.parse)
    }

    static func parse(_ bytes: Span<UInt8>) throws(AddressSyntaxError) -> IPv6.SocketAddress {
        guard bytes.count > 0 else { throw AddressSyntaxError(.empty, at: 0) }
        guard bytes[0] == AddressCharacter.openingBracket else { throw AddressSyntaxError(.bracketsMissing, at: 0) }
        guard let bracket = bytes.firstOffset(of: AddressCharacter.closingBracket) else {
            throw AddressSyntaxError(.closingBracketMissing, at: bytes.count)
        }
        guard bracket > 1 else { throw AddressSyntaxError(.addressMissing, at: 1) }
        var address: IPv6.SocketAddress
        do throws(AddressSyntaxError) {
            address = try parseHost(bytes.extracting(1..<bracket), port: 0)
        } catch {
            throw error.moved(by: 1)
        }
        guard bracket + 1 < bytes.count, bytes[bracket + 1] == AddressCharacter.colon else {
            throw AddressSyntaxError(.colonAfterBracketMissing, at: bracket + 1)
        }
        address.port = try PortNumber.parse(bytes, from: bracket + 2)
        return address
    }

    /// Reads an address with or without a zone.
    static func parseHost(_ bytes: Span<UInt8>, port: UInt16) throws(AddressSyntaxError) -> IPv6.SocketAddress {
        guard let percent = bytes.firstOffset(of: AddressCharacter.percent) else {
            return IPv6.SocketAddress(try IPv6.Address.parse(bytes), port: port)
        }
        guard percent > 0 else { throw AddressSyntaxError(.addressMissing, at: 0) }
        let address = try IPv6.Address.parse(bytes.extracting(0..<percent))
        let start = percent + 1
        let scope: UInt32
        do throws(AddressSyntaxError) {
            scope = try bytes.extracting(start..<bytes.count).decimalNumber(
                limit: .max,
                missing: .zoneMissing,
                leadingZero: .zoneLeadingZero,
                tooLarge: .zoneTooLarge
            )
        } catch {
            if case .unexpected = error.reason { throw AddressSyntaxError(.symbolicZone, at: start) }
            throw error.moved(by: start)
        }
        return IPv6.SocketAddress(address, port: port, scopeID: scope)
    }
}

extension IPv6.SocketAddress: CustomStringConvertible {
    /// The address in brackets, with its scope after "%" unless that is 0, a colon and the port.
    ///
    /// The flow label is not shown, as no notation for it exists; two addresses that differ only in it look the same.
    public var description: String {
        scopeID == 0 ? "[\(address)]:\(port)" : "[\(address)%\(scopeID)]:\(port)"
    }
}
