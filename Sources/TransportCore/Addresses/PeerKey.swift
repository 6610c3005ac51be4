/// By what connections, or associations, of one peer are counted together: its address without the port.
package enum PeerKey: Hashable, Sendable {
    case v4(UInt32)
    /// The upper half of the address: the network that one customer has.
    case v6(UInt64)

    /// The key of an address; nil for families whose addresses do not tell peers apart.
    package init?(_ address: some Hashable & Sendable) {
        switch address {
        case let address as IP.SocketAddress: self.init(address)
        case let address as IPv4.SocketAddress: self.init(IP.SocketAddress.v4(address))
        case let address as IPv6.SocketAddress: self.init(IP.SocketAddress.v6(address))
        default: return nil
        }
    }

    private init(_ address: IP.SocketAddress) {
        switch address.canonical.address {
        case .v4(let address): self = .v4(address.rawValue)
        case .v6(let address): self = .v6(address.high)
        }
    }
}
