public import TransportCore

/// From whom a listener takes headers of the PROXY protocol, and what it does with everyone else.
///
/// A header is believed: whoever may send one may claim to be anyone. That is why there is no way to take headers from
/// everyone but to say so.
public struct ProxyProtocolAcceptance<Family: EndpointAddressFamily>: Sendable {
    /// What is done with a connection.
    public enum Rule: Hashable, Sendable {
        /// It has to begin with a header.
        case required
        /// It may begin with a header. A peer that sends nothing until the time is over has none.
        case optional
        /// It must not begin with a header. Its first bytes are looked at before anything is received or sent.
        case refused
        /// Nobody looks for a header; the bytes are the application's from the first one on.
        case unread
        /// It fails: this peer must not connect.
        case denied
    }

    /// The rule for a peer, by its address.
    public var rule: @Sendable (Family.SocketAddress) -> Rule

    /// How long a connection may take to send its header.
    public var timeout: Duration

    /// How many bytes a header of version 2 may have behind its first 16; one of version 1 has 107 at most.
    public var maximumLength: Int

    /// Decides for each peer.
    ///
    /// - Parameters:
    ///   - timeout: How long a connection may take to send its header. The default is five seconds.
    ///   - maximumLength: How many bytes a header may have behind its first 16. The default is 4096.
    ///   - rule: The rule for a peer, by its address.
    public init(
        timeout: Duration = .seconds(5), maximumLength: Int = 4096,
        rule: @escaping @Sendable (Family.SocketAddress) -> Rule
    ) {
        self.timeout = timeout
        self.maximumLength = maximumLength
        self.rule = rule
    }

    /// Has one rule for everyone, for a listener that only the proxy can reach.
    ///
    /// - Parameters:
    ///   - rule: The rule.
    ///   - timeout: How long a connection may take to send its header. The default is five seconds.
    ///   - maximumLength: How many bytes a header may have behind its first 16. The default is 4096.
    public static func fromEveryone(
        _ rule: Rule, timeout: Duration = .seconds(5), maximumLength: Int = 4096
    ) -> Self {
        Self(timeout: timeout, maximumLength: maximumLength) { _ in rule }
    }

    /// Has one rule for the proxies, and one for everyone else.
    ///
    /// - Parameters:
    ///   - proxies: The addresses of the proxies.
    ///   - rule: The rule for them. The default is that they must send a header.
    ///   - others: The rule for everyone else. The default is that they must not connect.
    ///   - timeout: How long a connection may take to send its header. The default is five seconds.
    ///   - maximumLength: How many bytes a header may have behind its first 16. The default is 4096.
    public static func from(
        _ proxies: [IP.Network], _ rule: Rule = .required, others: Rule = .denied, timeout: Duration = .seconds(5),
        maximumLength: Int = 4096
    ) -> Self {
        Self(timeout: timeout, maximumLength: maximumLength) { peer in
            guard case .ip(let peer) = Family.endpointAddress(of: peer) else { return others }
            return proxies.contains { $0.contains(peer.address) } ? rule : others
        }
    }
}
