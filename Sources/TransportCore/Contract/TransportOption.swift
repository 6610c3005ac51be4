/// A setting of a transport, listener or datagram socket, with the type of its value.
///
/// ```swift
/// try connection.setOption(.noDelay, to: true)
/// let size = try connection.option(.receiveBufferSize)
/// ```
///
/// The set is open: a backend adds its own options by name. Asking for an option that a transport does not have is
/// ``TransportError/Kind/unsupported``, never a trap. Numbers of the system's own options, where these are not enough,
/// are for the socket backend's raw calls.
public struct TransportOption<Value: OptionValueConvertible>: Hashable, Sendable {
    /// The name, unique among all options.
    public let name: String

    /// Makes an option from its name.
    public init(name: String) { self.name = name }
}

extension TransportOption where Value == Bool {
    /// Sends small segments at once in place of gathering them (`TCP_NODELAY`). On by default here.
    public static var noDelay: Self { Self(name: "noDelay") }
    /// Probes an idle peer to find out whether it is still there (`SO_KEEPALIVE`).
    public static var keepAlive: Self { Self(name: "keepAlive") }
    /// Lets an address be bound that lingers from an earlier connection (`SO_REUSEADDR`).
    public static var reuseAddress: Self { Self(name: "reuseAddress") }
    /// Lets several sockets be bound to one address and share its load (`SO_REUSEPORT`).
    public static var reusePort: Self { Self(name: "reusePort") }
    /// Keeps an IPv6 socket from taking IPv4 traffic (`IPV6_V6ONLY`).
    public static var v6Only: Self { Self(name: "v6Only") }
    /// Allows sending to broadcast addresses (`SO_BROADCAST`).
    public static var broadcast: Self { Self(name: "broadcast") }
    /// Whether this machine hears what it sends to multicast groups (`IP_MULTICAST_LOOP`). On by default.
    public static var multicastLoop: Self { Self(name: "multicastLoop") }
}

extension TransportOption where Value == Int {
    /// The size of the system's receive buffer in bytes (`SO_RCVBUF`). Linux reads back twice what was set.
    public static var receiveBufferSize: Self { Self(name: "receiveBufferSize") }
    /// The size of the system's send buffer in bytes (`SO_SNDBUF`). Linux reads back twice what was set.
    public static var sendBufferSize: Self { Self(name: "sendBufferSize") }
    /// How many routers a datagram to a multicast group may pass, 0 to 255 (`IP_MULTICAST_TTL`). The system begins with 1.
    public static var multicastHops: Self { Self(name: "multicastHops") }
    /// How many routers a packet may pass, 1 to 255 (`IP_TTL`, `IPV6_UNICAST_HOPS`). The system begins with 64.
    public static var hopLimit: Self { Self(name: "hopLimit") }
    /// How many unanswered probes end a connection (`TCP_KEEPCNT`).
    public static var keepAliveProbes: Self { Self(name: "keepAliveProbes") }
}

extension TransportOption where Value == Duration {
    /// How long a connection is idle before the first probe, in whole seconds (`TCP_KEEPIDLE`).
    public static var keepAliveIdle: Self { Self(name: "keepAliveIdle") }
    /// How long it is between two probes, in whole seconds (`TCP_KEEPINTVL`).
    public static var keepAliveInterval: Self { Self(name: "keepAliveInterval") }
}

extension TransportOption where Value == Duration? {
    /// How long the system goes on delivering what was sent after closing, in whole seconds (`SO_LINGER`).
    ///
    /// Nil, the default, is the system's own choice, in the background. Zero makes closing cut the connection. With any
    /// other time closing waits for that long at most, which is what `close()` otherwise never does.
    public static var linger: Self { Self(name: "linger") }
}
