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

    /// The key of a server at an address.
    ///
    /// - Parameters:
    ///   - family: The family of the address.
    ///   - address: The address.
    ///   - host: The host as it is verified; nil where only the address is known.
    ///   - configuration: What the configuration is told apart by.
    init<Family: AddressFamily>(
        _ family: Family.Type, _ address: Family.SocketAddress, host: String?, configuration: [UInt8]
    ) {
        let port = Family.port(of: address)
        let text = host == nil || port == nil ? "\(address)" : ""
        self.host = host ?? text
        place = port.map { .port($0) } ?? .address(text)
        self.configuration = configuration
    }

    /// The key of a server of which the address is not known.
    init(host: String?, configuration: [UInt8]) {
        self.host = host ?? ""
        place = .unknown
        self.configuration = configuration
    }

    /// The random bytes of the configuration are for telling keys apart; hosts and ports spread them well enough.
    func hash(into hasher: inout Hasher) {
        hasher.combine(host)
        hasher.combine(place)
    }
}
