public import TransportCore

/// Where a proxy is to connect to: a name that it resolves itself, or an address.
public struct ProxyTarget: Hashable, Sendable, CustomStringConvertible {
    /// The name, or the address as text.
    public let host: String
    /// The port.
    public let port: UInt16
    /// The address; nil when the proxy is given the name.
    public let address: IP.Address?

    /// A target that is known by its address.
    public init(address: IP.SocketAddress) {
        self.address = address.address
        host = address.address.description
        port = address.port
    }

    /// A target whose name the proxy is to resolve.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for a name that cannot be sent to a proxy.
    public init(name: String, port: UInt16) throws(TransportError) {
        // Letters, digits, hyphens and what real names have besides; nothing that could end a line or a field.
        guard (1...255).contains(name.utf8.count), name.utf8.allSatisfy({ $0 > 32 && $0 < 127 }),
            !name.utf8.contains(where: { "/\\?#@:[]\"<>".utf8.contains($0) })
        else {
            throw .invalidArgument(
                "the name \(QuotedInput(name)) cannot be sent to a proxy: names have 1 to 255 ASCII characters, "
                    + "without blanks, slashes and colons (write others as xn--…)", operation: .connect
            )
        }
        address = nil
        host = name
        self.port = port
    }

    /// The place that a stream is to be opened to.
    ///
    /// - Throws: ``TransportError/Kind/invalidArgument`` when the address stands for a name and there is none, and for a name
    ///   that cannot be sent to a proxy.
    init(_ address: IP.SocketAddress, named name: String?) throws(TransportError) {
        if address.isStandIn {
            try self.init(name: name ?? "", port: address.port)
        } else {
            self.init(address: address)
        }
    }

    /// The host and the port, as HTTP writes them: `example.org:443`, `[2001:db8::1]:443`.
    public var description: String { host.utf8.contains(58) ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// The answer to a connection's `query`: where the proxy nearest to the program has connected to.
public enum ProxiedTarget: MetadataKey {
    /// A target.
    public typealias Value = ProxyTarget
}

/// The answer to a connection's `query`: the address that a SOCKS proxy connected from, as it says itself.
public enum ProxyBoundAddress: MetadataKey {
    /// An address with a port, often all zeros.
    public typealias Value = String
}
