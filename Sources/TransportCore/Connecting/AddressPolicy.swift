/// Which addresses a backend may connect to, and listen on where that is asked for.
///
/// ```swift
/// let guarded = backend.with(policy: .publicInternet)
/// let local = backend.with(policy: .only([try IP.Network(parsing: "10.0.0.0/8")]))
/// ```
///
/// What is checked is the address that is really used, on every attempt: a name that resolves to an address of the inside,
/// at once or the next time, comes to nothing (server-side request forgery, DNS rebinding). A name that a proxy is to
/// resolve has no address that could be checked: it is refused, unless the policy ``judgesNames``.
public struct AddressPolicy<Family: AddressFamily>: Sendable {
    /// What somebody wants to use an address for.
    public struct Request: Sendable {
        /// The address. For a name that a proxy is to resolve it is one that stands for the name and has the port; only
        /// policies that judge names are asked about it.
        public let address: Family.SocketAddress
        /// The peer as the caller named it, where there is a name.
        public let peerName: String?
        /// Whether it is to listen there; otherwise it is to connect.
        public let isListening: Bool
    }

    /// What the policy is, for the error of those whom it refuses.
    public let name: String

    /// Whether the policy is asked before listening, too. The default of most policies is false.
    public var coversListening: Bool

    /// Whether the policy is asked also about a name that a proxy is to resolve, whose address is not known here. Otherwise
    /// such a name is refused. The default is false.
    public var judgesNames: Bool

    private let allows: @Sendable (Request) -> Bool

    /// Makes a policy.
    ///
    /// - Parameters:
    ///   - name: What the policy is, for the error, such as "only the cache".
    ///   - coversListening: Whether it is asked before listening, too. The default is false.
    ///   - judgesNames: Whether it is asked also about a name that a proxy is to resolve: it must not go by the address then.
    ///     The default is false.
    ///   - allows: Whether a request is allowed. It must not wait, and may be called from any thread.
    public init(
        _ name: String, coversListening: Bool = false, judgesNames: Bool = false,
        allows: @escaping @Sendable (Request) -> Bool
    ) {
        self.name = name
        self.coversListening = coversListening
        self.judgesNames = judgesNames
        self.allows = allows
    }

    /// Allows every address: for where a policy is asked for and none is wanted.
    public static var allowAll: Self { Self("everything is allowed", judgesNames: true) { _ in true } }

    /// Refuses every address, also for listening: a program that is not to have a network.
    ///
    /// Names are still looked up, which asks name servers. `with(resolver: NoNames())` has nobody asked.
    public static var denyAll: Self {
        Self("nothing is allowed", coversListening: true, judgesNames: true) { _ in false }
    }

    /// Allows some endpoints, address and port, and nothing else.
    public static func only(_ endpoints: Set<Family.SocketAddress>) -> Self {
        Self("only some endpoints are allowed") { endpoints.contains($0.address) }
    }

    /// The policy that allows what both this one and another one allow.
    public func and(_ other: Self) -> Self {
        Self(
            "\(name), and \(other.name)", coversListening: coversListening || other.coversListening,
            judgesNames: judgesNames && other.judgesNames
        ) { request in
            (request.isListening && !coversListening || allows(request))
                && (request.isListening && !other.coversListening || other.allows(request))
        }
    }

    /// The same policy, asked before listening, too.
    public var coveringListening: Self {
        var copy = self
        copy.coversListening = true
        return copy
    }

    /// Throws when a request is not allowed.
    func check(
        _ address: Family.SocketAddress, peerName: String? = nil, isListening: Bool = false
    ) throws(TransportError) {
        if isListening, !coversListening { return }
        if !isListening, !judgesNames, let named = Family.named(address, peerName) { throw unseen(named) }
        guard !allows(Request(address: address, peerName: peerName, isListening: isListening)) else { return }
        let subject = peerName.map { " for \(QuotedInput.bare($0))" } ?? ""
        throw TransportError(.deniedByPolicy, operation: isListening ? .listen : .connect)
            .with(address: Family.place(address, peerName)).with(aftermath: .dead)
            .with(message: "the policy of this backend does not allow the address\(subject): \(name)")
    }

    /// The error for a name whose address the policy cannot see.
    private func unseen(_ place: String) -> TransportError {
        TransportError(.deniedByPolicy, operation: .connect).with(address: place).with(aftermath: .dead)
            .with(
                message:
                    "the policy of this backend cannot see the address, because the proxy resolves the name itself: "
                    + name
            )
            .with(
                advice:
                    "resolve the name here (proxied.with(resolver:).with(policy:)), or put the policy below the proxy "
                    + "layer, where it says which proxies may be used; a policy for names says so (judgesNames)"
            )
    }
}

extension AddressPolicy where Family == IP {
    /// Allows the addresses of some networks, at every port, and nothing else.
    public static func only(_ networks: [IP.Network]) -> Self {
        Self("only \(networks.map(\.description).joined(separator: ", ")) allowed") { request in
            networks.contains { $0.contains(request.address.address) }
        }
    }

    /// Allows some endpoints, address and port, and nothing else. Mapped IPv4 addresses are taken for what they map.
    public static func only(_ endpoints: Set<IP.SocketAddress>) -> Self {
        let endpoints = Set(endpoints.map(\.canonical))
        return Self("only some endpoints are allowed") { endpoints.contains($0.address.canonical) }
    }

    /// Allows every address but those of some networks.
    ///
    /// Whoever connects to the unspecified address, `0.0.0.0` or `::`, reaches this machine: a network with the loopback
    /// address has it, too.
    public static func except(_ networks: [IP.Network]) -> Self {
        Self("\(networks.map(\.description).joined(separator: ", ")) not allowed") { request in
            let address = request.address.address
            let reached = request.isListening ? address : address.reachedByConnecting
            return !networks.contains { $0.contains(address) || $0.contains(reached) }
        }
    }

    /// Allows addresses of the public Internet alone: what a program may fetch on behalf of strangers.
    ///
    /// Refused are the networks for special purposes (the registries of RFC 6890): this machine, private and shared
    /// networks, link-local ones, among which are the metadata services of clouds, multicast, documentation, and the IPv6
    /// forms that have IPv4 addresses inside and lead there through a translator.
    public static var publicInternet: Self {
        Self("only addresses of the public Internet are allowed") { request in
            let address = request.address.address.canonical
            // Networks of IPv6 are not asked about IPv4: ::/8 has the mapped form of every IPv4 address.
            return !IP.Network.special.contains { $0.isOfFamily(of: address) && $0.contains(address) }
        }
    }
}

extension IP.Address {
    /// The address that connecting leads to: the unspecified one stands for this machine.
    fileprivate var reachedByConnecting: IP.Address {
        switch canonical {
        case .v4(.any): .v4(.loopback)
        case .v6(.any): .v6(.loopback)
        default: self
        }
    }
}

extension IP.Network {
    /// The networks that are not of the public Internet (RFC 6890 and its registries).
    fileprivate static let special: [IP.Network] = [
        v4(0, 0, 0, 0, 8), v4(10, 0, 0, 0, 8), v4(100, 64, 0, 0, 10), v4(127, 0, 0, 0, 8), v4(169, 254, 0, 0, 16),
        v4(172, 16, 0, 0, 12), v4(192, 0, 0, 0, 24), v4(192, 0, 2, 0, 24), v4(192, 88, 99, 0, 24),
        v4(192, 168, 0, 0, 16), v4(198, 18, 0, 0, 15), v4(198, 51, 100, 0, 24), v4(203, 0, 113, 0, 24),
        v4(224, 0, 0, 0, 4), v4(240, 0, 0, 0, 4),
        v6(0, 8),  // unspecified, loopback, mapped, compatible
        v6(0x0064_FF9B_0000_0000, 32),  // NAT64, well-known and local
        v6(0x0100_0000_0000_0000, 64),  // discard
        v6(0x2001_0000_0000_0000, 23),  // protocol assignments, Teredo, benchmarking, ORCHID
        v6(0x2001_0DB8_0000_0000, 32),  // documentation
        v6(0x2002_0000_0000_0000, 16),  // 6to4
        v6(0x3FFF_0000_0000_0000, 20),  // documentation
        v6(0x5F00_0000_0000_0000, 16),  // segment routing
        v6(0xFC00_0000_0000_0000, 7),  // unique local
        v6(0xFE80_0000_0000_0000, 9),  // link-local, and site-local of old
        v6(0xFF00_0000_0000_0000, 8),  // multicast
    ]

    fileprivate func isOfFamily(of other: IP.Address) -> Bool {
        switch (address, other) {
        case (.v4, .v4), (.v6, .v6): true
        default: false
        }
    }

    private static func v4(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, _ length: Int) -> IP.Network {
        IP.Network(masking: .v4(IPv4.Address(a, b, c, d)), length)
    }

    private static func v6(_ high: UInt64, _ length: Int) -> IP.Network {
        IP.Network(masking: .v6(IPv6.Address(high: high, low: 0)), length)
    }
}
