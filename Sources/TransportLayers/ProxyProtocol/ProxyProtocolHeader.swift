public import TransportCore

/// What a proxy says of a connection that it passes on: who made it, to which address, and more
/// (the PROXY protocol of HAProxy, versions 1 and 2).
public struct ProxyProtocolHeader: Hashable, Sendable {
    /// The form of a header.
    public enum Version: Hashable, Sendable {
        /// A line of text with two IP addresses; no fields.
        case v1
        /// Binary; IP and Unix addresses, and fields.
        case v2
    }

    /// The two ends of the connection that is passed on.
    public struct Addresses: Hashable, Sendable {
        /// Who made the connection.
        public var source: EndpointAddress
        /// The address that it was made to.
        public var destination: EndpointAddress

        /// Makes a pair.
        public init(source: EndpointAddress, destination: EndpointAddress) {
            self.source = source
            self.destination = destination
        }
    }

    /// The form.
    public var version: Version

    /// Whether the proxy speaks for itself, as for a health check: nothing is passed on then, and the addresses of the
    /// connection are the real ones (the command LOCAL).
    public var isLocal: Bool

    /// The two ends, or nil when the proxy does not know them, or speaks for itself.
    public var addresses: Addresses?

    /// Whether what is passed on are datagrams.
    public var carriesDatagrams: Bool

    /// What else the proxy says, in order; version 2 only. Checksum and padding are left out.
    public var fields: [ProxyProtocolField]

    /// Makes a header for a connection that is passed on.
    ///
    /// - Parameters:
    ///   - source: Who made the connection.
    ///   - destination: The address that it was made to.
    ///   - version: The form. The default is version 2.
    ///   - fields: What else there is to say. The default is nothing.
    public init(
        source: EndpointAddress, destination: EndpointAddress, version: Version = .v2, fields: [ProxyProtocolField] = []
    ) {
        self.init(version: version, addresses: Addresses(source: source, destination: destination), fields: fields)
    }

    /// Makes a header.
    ///
    /// - Parameters:
    ///   - version: The form. The default is version 2.
    ///   - isLocal: Whether the proxy speaks for itself. The default is false.
    ///   - addresses: The two ends. The default, nil, is for a connection whose ends are not known.
    ///   - carriesDatagrams: Whether what is passed on are datagrams. The default is false.
    ///   - fields: What else there is to say. The default is nothing.
    public init(
        version: Version = .v2, isLocal: Bool = false, addresses: Addresses? = nil, carriesDatagrams: Bool = false,
        fields: [ProxyProtocolField] = []
    ) {
        self.version = version
        self.isLocal = isLocal
        self.addresses = addresses
        self.carriesDatagrams = carriesDatagrams
        self.fields = fields
    }

    /// The header of a proxy that speaks for itself, as for a health check.
    public static let local = ProxyProtocolHeader(isLocal: true)
}

/// The answer to a connection's `query`: the header that it began with; nil when it had none.
public enum ReceivedProxyHeader: MetadataKey {
    /// A header.
    public typealias Value = ProxyProtocolHeader
}

extension TransportError {
    static func proxyHeader(_ message: String, kind: Kind = .proxyHeaderInvalid) -> TransportError {
        TransportError(kind, operation: .exchangeProxyHeader).with(message: message).with(aftermath: .dead)
    }
}
