extension IP.SocketAddress {
    /// Creates a socket address from a host that is a literal, or returns nil if only a resolver can read it.
    ///
    /// Nil is the answer for names, for the empty text, for "localhost", for literals with the name of an interface
    /// ("fe80::1%eth0"), and for the old forms of IPv4 such as "127.1". It costs no allocation: ask before resolving.
    /// The corresponding C flag is `AI_NUMERICHOST`.
    ///
    /// - Parameters:
    ///   - numericHost: An IPv4 address, or an IPv6 address without brackets, with or without the index of an
    ///     interface as in "fe80::1%3".
    ///   - port: The port.
    public init?(numericHost: some StringProtocol, port: UInt16) {
        let address = numericHost.parsedAddressOrNil { (bytes) throws(AddressSyntaxError) in
            try Self.parseHost(bytes, port: port)
        }
        guard let address else { return nil }
        self = address
    }

    /// Creates a socket address from a host that is a literal, or "<broadcast>".
    ///
    /// "<broadcast>" is the IPv4 address 255.255.255.255. The empty text, which is the address of all interfaces for
    /// one version, is an error: it does not say which version. Names are an error; only a resolver can look them up.
    ///
    /// - Parameters:
    ///   - host: An IPv4 address, or an IPv6 address without brackets, with or without the index of an interface as in
    ///     "fe80::1%3".
    ///   - port: The port.
    /// - Throws: `TransportError` of kind `.invalidArgument` if `host` is none of these.
    public init(host: some StringProtocol, port: UInt16) throws(TransportError) {
        if host.isEmpty {
            throw .invalidArgument(
                "\"\" does not say which version of IP: use .v4(.any(port: \(port))) or .v6(.any(port: \(port)))"
            )
        } else if host == "<broadcast>" {
            self = .v4(.broadcast(port: port))
        } else {
            self = try host.parsedAddress(as: "a numeric IP host (names need a resolver)") {
                (bytes) throws(AddressSyntaxError) in
                try Self.parseHost(bytes, port: port)
            }
        }
    }

    /// Creates a socket address from its text, such as "192.0.2.1:80", "[2001:db8::1]:80" or "[fe80::1%3]:80".
    ///
    /// - Parameter text: The text, as ``IPv4/SocketAddress/init(parsing:)`` or ``IPv6/SocketAddress/init(parsing:)``
    ///   reads it. An IPv6 address needs its brackets.
    /// - Throws: `TransportError` of kind `.invalidArgument` that says what is wrong, and at which place, counted in
    ///   UTF-8 bytes from 0.
    public init(parsing text: some StringProtocol) throws(TransportError) {
        self = try text.parsedAddress(as: "an IP socket address", Self.parse)
    }

    static func parse(_ bytes: Span<UInt8>) throws(AddressSyntaxError) -> IP.SocketAddress {
        guard bytes.count > 0 else { throw AddressSyntaxError(.empty, at: 0) }
        if bytes[0] == AddressCharacter.openingBracket { return .v6(try IPv6.SocketAddress.parse(bytes)) }
        let colon = AddressCharacter.colon
        if let first = bytes.firstOffset(of: colon), let last = bytes.lastOffset(of: colon), first != last {
            throw AddressSyntaxError(.bracketsMissing, at: first)
        }
        return .v4(try IPv4.SocketAddress.parse(bytes))
    }

    private static func parseHost(_ bytes: Span<UInt8>, port: UInt16) throws(AddressSyntaxError) -> IP.SocketAddress {
        if bytes.firstOffset(of: AddressCharacter.colon) != nil {
            return .v6(try IPv6.SocketAddress.parseHost(bytes, port: port))
        }
        return .v4(IPv4.SocketAddress(try IPv4.Address.parse(bytes), port: port))
    }
}

extension IP.SocketAddress: CustomStringConvertible {
    /// The socket address as its version writes it.
    public var description: String {
        switch self {
        case .v4(let address): address.description
        case .v6(let address): address.description
        }
    }
}
