/// How a stream is opened.
public struct StreamOptions<Family: AddressFamily>: Sendable {
    /// Whether small segments are sent at once where the transport would gather them (`TCP_NODELAY`).
    public var noDelay: Bool

    /// Further settings, made before connecting, in order.
    public var settings: [OptionSetting]

    /// The peer as the caller named it, for layers that need the name and not only the address: TLS verifies it, a proxy
    /// resolves it. Connecting to a host sets it, unless it is set already; otherwise the default is nil.
    public var peerName: String?

    // The last one: where the others are does not depend on the family, and is known without looking it up.

    /// The address of this end; nil lets the system choose it.
    public var localAddress: Family.SocketAddress?

    /// Makes the options.
    ///
    /// - Parameters:
    ///   - localAddress: The address of this end. The default lets the system choose it.
    ///   - noDelay: Whether small segments are sent at once. The default is true.
    ///   - settings: Further settings, made before connecting. The default is none.
    public init(localAddress: Family.SocketAddress? = nil, noDelay: Bool = true, settings: [OptionSetting] = []) {
        self.localAddress = localAddress
        self.noDelay = noDelay
        self.settings = settings
    }

    /// The options with the peer's name, unless they have one.
    func naming(_ host: String) -> Self {
        var named = self
        if named.peerName == nil, !host.isEmpty { named.peerName = host }
        return named
    }
}

/// How a listener is set up.
public struct ListenerOptions: Sendable {
    /// How many connections may wait to be accepted; nil is the most the system allows (`SOMAXCONN`).
    ///
    /// The system caps larger numbers silently. Zero and less are the system's least, which is not quite none.
    public var backlog: Int?

    /// Whether an address that lingers from earlier connections may be used at once (`SO_REUSEADDR`).
    public var reuseAddress: Bool

    /// Whether several listeners may share the address and its load (`SO_REUSEPORT`).
    public var reusePort: Bool

    /// Whether a listener on an IPv6 wildcard address takes IPv4 connections too.
    ///
    /// Always set explicitly on the socket, so that the system's settings do not matter. IPv4 peers then have addresses
    /// such as `::ffff:192.0.2.1`. Without effect for other families.
    public var dualStack: Bool

    /// Whether small segments are sent at once by the connections that are accepted (`TCP_NODELAY`).
    public var noDelay: Bool

    /// Further settings of the listener, made before binding, in order.
    public var settings: [OptionSetting]

    /// Makes the options.
    ///
    /// - Parameters:
    ///   - backlog: How many connections may wait to be accepted. The default is the most the system allows.
    ///   - reuseAddress: Whether a lingering address may be used at once. The default is true.
    ///   - reusePort: Whether several listeners may share the address. The default is false.
    ///   - dualStack: Whether IPv6 takes IPv4 connections too. The default is false.
    ///   - noDelay: Whether accepted connections send small segments at once. The default is true.
    ///   - settings: Further settings. The default is none.
    public init(
        backlog: Int? = nil, reuseAddress: Bool = true, reusePort: Bool = false, dualStack: Bool = false,
        noDelay: Bool = true, settings: [OptionSetting] = []
    ) {
        self.backlog = backlog
        self.reuseAddress = reuseAddress
        self.reusePort = reusePort
        self.dualStack = dualStack
        self.noDelay = noDelay
        self.settings = settings
    }
}
