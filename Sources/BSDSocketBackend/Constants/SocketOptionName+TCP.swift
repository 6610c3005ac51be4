internal import CSockets

extension SocketOptionName {
    /// Sends small segments at once (`TCP_NODELAY`).
    public static var noDelay: Self { Self(level: .tcp, number: csockets_TCP_NODELAY) }
    /// The largest segment (`TCP_MAXSEG`).
    public static var maximumSegment: Self { Self(level: .tcp, number: csockets_TCP_MAXSEG) }
    /// Seconds between probes (`TCP_KEEPINTVL`).
    public static var keepAliveInterval: Self { Self(level: .tcp, number: csockets_TCP_KEEPINTVL) }
    /// How many probes without an answer end the connection (`TCP_KEEPCNT`).
    public static var keepAliveProbes: Self { Self(level: .tcp, number: csockets_TCP_KEEPCNT) }
    /// Seconds of silence before the first probe; `TCP_KEEPALIVE` on Darwin (`TCP_KEEPIDLE`).
    public static var keepAliveIdle: Self { Self(level: .tcp, number: csockets_TCP_KEEPIDLE) }
}

// MARK: - What not every platform has

extension SocketOptionName {
    /// Takes data with the first segment (`TCP_FASTOPEN`), or nil where the platform lacks it.
    public static var fastOpen: Self? { Self(.tcp, platform: csockets_TCP_FASTOPEN) }
    /// Holds segments back until they are full (`TCP_CORK`), or nil where the platform lacks it.
    public static var cork: Self? { Self(.tcp, platform: csockets_TCP_CORK) }
    /// Holds segments back until they are full, on Darwin (`TCP_NOPUSH`), or nil where the platform lacks it.
    public static var noPush: Self? { Self(.tcp, platform: csockets_TCP_NOPUSH) }
    /// How often connecting is tried (`TCP_SYNCNT`), or nil where the platform lacks it.
    public static var connectAttempts: Self? { Self(.tcp, platform: csockets_TCP_SYNCNT) }
    /// Seconds that a half closed connection is kept (`TCP_LINGER2`), or nil where the platform lacks it.
    public static var finWait2: Self? { Self(.tcp, platform: csockets_TCP_LINGER2) }
    /// Accepts when data has come (`TCP_DEFER_ACCEPT`), or nil where the platform lacks it.
    public static var deferAccept: Self? { Self(.tcp, platform: csockets_TCP_DEFER_ACCEPT) }
    /// The largest window offered (`TCP_WINDOW_CLAMP`), or nil where the platform lacks it.
    public static var windowClamp: Self? { Self(.tcp, platform: csockets_TCP_WINDOW_CLAMP) }
    /// The state of the connection; to be read (`TCP_INFO`), or nil where the platform lacks it.
    public static var info: Self? { Self(.tcp, platform: csockets_TCP_INFO) }
    /// The state of the connection on Darwin; to be read (`TCP_CONNECTION_INFO`), or nil where the platform lacks it.
    public static var connectionInfo: Self? { Self(.tcp, platform: csockets_TCP_CONNECTION_INFO) }
    /// Acknowledges at once, for now (`TCP_QUICKACK`), or nil where the platform lacks it.
    public static var quickAcknowledge: Self? { Self(.tcp, platform: csockets_TCP_QUICKACK) }
    /// The name of the congestion control (`TCP_CONGESTION`), or nil where the platform lacks it.
    public static var congestionControl: Self? { Self(.tcp, platform: csockets_TCP_CONGESTION) }
    /// Milliseconds that sent data may stay unacknowledged (`TCP_USER_TIMEOUT`), or nil where the platform lacks it.
    public static var userTimeout: Self? { Self(.tcp, platform: csockets_TCP_USER_TIMEOUT) }
    /// Connecting waits for the first data (`TCP_FASTOPEN_CONNECT`), or nil where the platform lacks it.
    public static var fastOpenConnect: Self? { Self(.tcp, platform: csockets_TCP_FASTOPEN_CONNECT) }
    /// How much unsent data makes a socket writable (`TCP_NOTSENT_LOWAT`), or nil where the platform lacks it.
    public static var notSentLowWater: Self? { Self(.tcp, platform: csockets_TCP_NOTSENT_LOWAT) }
    /// A protocol of the kernel's over TCP, such as "tls" (`TCP_ULP`), or nil where the platform lacks it.
    public static var upperLayerProtocol: Self? { Self(.tcp, platform: csockets_TCP_ULP) }
}

// MARK: - What not every platform has

extension SocketOptionName {
    /// Gathers what is sent into one datagram (`UDP_CORK`), or nil where the platform lacks it.
    public static var udpCork: Self? { Self(.udp, platform: csockets_UDP_CORK) }
    /// Sends a buffer as datagrams of this size (`UDP_SEGMENT`), or nil where the platform lacks it.
    public static var udpSegment: Self? { Self(.udp, platform: csockets_UDP_SEGMENT) }
    /// Receives several datagrams as one buffer (`UDP_GRO`), or nil where the platform lacks it.
    public static var udpGRO: Self? { Self(.udp, platform: csockets_UDP_GRO) }
}
