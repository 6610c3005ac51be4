internal import TransportCore

/// What a session is good for: the server that it was agreed on with, and the configuration that has verified it.
///
/// A resumed handshake verifies nothing, so that a session must not be offered to anybody else.
struct TLSSessionKey: Hashable, Sendable {
    /// The host as it is verified; without one, the address.
    private let host: String
    /// Other ports are other servers.
    private let place: Place
    /// The configuration: what is trusted and asked for, and with which protocols (ALPN).
    private let configuration: [UInt8]

    private enum Place: Hashable {
        case port(UInt16)
        /// An address of a family without ports.
        case address(String)
        case unknown
    }

    init<Address>(host: String?, at address: Address?, configuration: [UInt8]) {
        self.host = host ?? address.map { "\($0)" } ?? ""
        place =
            switch address {
            case let address as IP.SocketAddress: .port(address.port)
            case let address as IPv4.SocketAddress: .port(address.port)
            case let address as IPv6.SocketAddress: .port(address.port)
            case let address?: .address("\(address)")
            case nil: .unknown
            }
        self.configuration = configuration
    }

    /// The random bytes of the configuration are for telling keys apart; hosts and ports spread them well enough.
    func hash(into hasher: inout Hasher) {
        hasher.combine(host)
        hasher.combine(place)
    }
}
