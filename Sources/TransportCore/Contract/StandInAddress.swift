/// The address that stands for a name which somebody further on resolves, such as a proxy: 0.0.0.1, which no machine has.
extension IP.SocketAddress {
    /// The address that stands for a name.
    package static func standIn(port: UInt16) -> Self { .v4(IPv4.SocketAddress(IPv4.Address(0, 0, 0, 1), port: port)) }

    /// Whether it stands for a name, where there is one.
    package var isStandIn: Bool { address.canonical == .v4(IPv4.Address(0, 0, 0, 1)) }
}

extension AddressFamily {
    /// The name and the port that an address stands for; nil for one that is meant itself.
    static func named(_ address: SocketAddress, _ name: String?) -> String? {
        guard let name, let address = address as? IP.SocketAddress, address.isStandIn,
            IP.SocketAddress(numericHost: name, port: 0) == nil
        else { return nil }
        return place(name, address.port)
    }

    /// The place that a host and a port are, as errors name it.
    static func place(_ host: String, _ port: UInt16) -> String {
        host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// The place that an address is, as errors name it: a name that has no address here is named itself.
    @usableFromInline
    static func place(_ address: SocketAddress, _ name: String?) -> String {
        named(address, name) ?? "\(address)"
    }
}
