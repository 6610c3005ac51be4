extension ResolverQuery {
    /// The address of a query whose host is numeric and whose service is a number; nil when the resolver is needed.
    ///
    /// The old forms of IPv4 addresses ("127.1", "2130706433", "0x7f.1") are refused here, because the system's resolver
    /// would take them: what passes a check for "not 127.0.0.1" must not turn out to be it.
    ///
    /// - Throws: ``TransportError/Kind/noAddressForName`` when the numeric address is of a family that is not wanted,
    ///   ``TransportError/Kind/invalidArgument`` for the old forms.
    public func numericAddress() throws(TransportError) -> IP.SocketAddress? {
        guard let host else { return nil }
        guard let address = IP.SocketAddress(numericHost: host, port: portNumber ?? 0) else {
            guard (try? IPv4.Address(legacyText: host)) == nil else {
                throw .invalidArgument(
                    "\(QuotedInput(host)) is an IPv4 address in an old form; write four decimal numbers and dots",
                    operation: .resolve
                )
            }
            return nil
        }
        switch (address, families) {
        case (.v4, .v6), (.v6, .v4):
            throw TransportError(.noAddressForName, operation: .resolve).with(address: host)
                .with(message: "\(QuotedInput.bare(host)) is not an \(families == .v4 ? "IPv4" : "IPv6") address")
        default: return portNumber == nil ? nil : address
        }
    }

    /// The port, where it is given by its number.
    private var portNumber: UInt16? {
        guard case .port(let port) = service else { return nil }
        return port
    }
}
