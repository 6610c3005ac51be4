internal import CSockets

extension SocketOptionName {
    /// Writes a trace (`SO_DEBUG`).
    public static var debug: Self { Self(level: .socket, number: csockets_SO_DEBUG) }
    /// Lets an address be bound that lingers (`SO_REUSEADDR`).
    public static var reuseAddress: Self { Self(level: .socket, number: csockets_SO_REUSEADDR) }
    /// The type of the socket; to be read (`SO_TYPE`).
    public static var socketType: Self { Self(level: .socket, number: csockets_SO_TYPE) }
    /// The pending error, which reading takes away (`SO_ERROR`).
    public static var error: Self { Self(level: .socket, number: csockets_SO_ERROR) }
    /// Sends to machines of this link only (`SO_DONTROUTE`).
    public static var dontRoute: Self { Self(level: .socket, number: csockets_SO_DONTROUTE) }
    /// Allows sending to broadcast addresses (`SO_BROADCAST`).
    public static var broadcast: Self { Self(level: .socket, number: csockets_SO_BROADCAST) }
    /// The size of the send buffer in bytes (`SO_SNDBUF`).
    public static var sendBufferSize: Self { Self(level: .socket, number: csockets_SO_SNDBUF) }
    /// The size of the receive buffer in bytes (`SO_RCVBUF`).
    public static var receiveBufferSize: Self { Self(level: .socket, number: csockets_SO_RCVBUF) }
    /// Probes an idle peer (`SO_KEEPALIVE`).
    public static var keepAlive: Self { Self(level: .socket, number: csockets_SO_KEEPALIVE) }
    /// Leaves urgent data in the stream (`SO_OOBINLINE`).
    public static var outOfBandInline: Self { Self(level: .socket, number: csockets_SO_OOBINLINE) }
    /// What closing does with unsent data; a `struct linger` (`SO_LINGER`).
    public static var linger: Self { Self(level: .socket, number: csockets_SO_LINGER) }
    /// Lets several sockets share an address (`SO_REUSEPORT`).
    public static var reusePort: Self { Self(level: .socket, number: csockets_SO_REUSEPORT) }
    /// How many bytes make a socket readable (`SO_RCVLOWAT`).
    public static var receiveLowWater: Self { Self(level: .socket, number: csockets_SO_RCVLOWAT) }
    /// How much room makes a socket writable (`SO_SNDLOWAT`).
    public static var sendLowWater: Self { Self(level: .socket, number: csockets_SO_SNDLOWAT) }
    /// The system's own time limit of receiving; a `struct timeval` (`SO_RCVTIMEO`).
    public static var receiveTimeout: Self { Self(level: .socket, number: csockets_SO_RCVTIMEO) }
    /// The system's own time limit of sending; a `struct timeval` (`SO_SNDTIMEO`).
    public static var sendTimeout: Self { Self(level: .socket, number: csockets_SO_SNDTIMEO) }
    /// Whether the socket listens; to be read (`SO_ACCEPTCONN`).
    public static var acceptsConnections: Self { Self(level: .socket, number: csockets_SO_ACCEPTCONN) }
    /// Receives the time of arrival with each message (`SO_TIMESTAMP`).
    public static var timestamp: Self { Self(level: .socket, number: csockets_SO_TIMESTAMP) }
}

// MARK: - What not every platform has

extension SocketOptionName {
    /// The protocol of the socket; to be read (`SO_PROTOCOL`), or nil where the platform lacks it.
    public static var socketProtocol: Self? { Self(.socket, platform: csockets_SO_PROTOCOL) }
    /// The family of the socket; to be read (`SO_DOMAIN`), or nil where the platform lacks it.
    public static var domain: Self? { Self(.socket, platform: csockets_SO_DOMAIN) }
    /// Receives the sender's credentials with each message (`SO_PASSCRED`), or nil where the platform lacks it.
    public static var passCredentials: Self? { Self(.socket, platform: csockets_SO_PASSCRED) }
    /// The peer's credentials; to be read (`SO_PEERCRED`), or nil where the platform lacks it.
    public static var peerCredentials: Self? { Self(.socket, platform: csockets_SO_PEERCRED) }
    /// Uses one interface only, given by its name (`SO_BINDTODEVICE`), or nil where the platform lacks it.
    public static var bindToDevice: Self? { Self(.socket, platform: csockets_SO_BINDTODEVICE) }
    /// Marks packets for the routing and the firewall (`SO_MARK`), or nil where the platform lacks it.
    public static var mark: Self? { Self(.socket, platform: csockets_SO_MARK) }
    /// The priority of packets (`SO_PRIORITY`), or nil where the platform lacks it.
    public static var priority: Self? { Self(.socket, platform: csockets_SO_PRIORITY) }
    /// Polls the device for so many microseconds (`SO_BUSY_POLL`), or nil where the platform lacks it.
    public static var busyPoll: Self? { Self(.socket, platform: csockets_SO_BUSY_POLL) }
    /// The processor that handles the socket's packets (`SO_INCOMING_CPU`), or nil where the platform lacks it.
    public static var incomingCPU: Self? { Self(.socket, platform: csockets_SO_INCOMING_CPU) }
    /// The device queue of the last packet; to be read (`SO_INCOMING_NAPI_ID`), or nil where the platform lacks it.
    public static var incomingNAPIID: Self? { Self(.socket, platform: csockets_SO_INCOMING_NAPI_ID) }
    /// Receives the number of lost datagrams (`SO_RXQ_OVFL`), or nil where the platform lacks it.
    public static var receiveQueueOverflow: Self? { Self(.socket, platform: csockets_SO_RXQ_OVFL) }
    /// Receives the time of arrival in nanoseconds (`SO_TIMESTAMPNS`), or nil where the platform lacks it.
    public static var timestampNanoseconds: Self? { Self(.socket, platform: csockets_SO_TIMESTAMPNS) }
    /// Time stamps of the hardware and the software (`SO_TIMESTAMPING`), or nil where the platform lacks it.
    public static var timestamping: Self? { Self(.socket, platform: csockets_SO_TIMESTAMPING) }
    /// Allows sending out of the caller's memory (`SO_ZEROCOPY`), or nil where the platform lacks it.
    public static var zeroCopy: Self? { Self(.socket, platform: csockets_SO_ZEROCOPY) }
    /// The highest sending rate in bytes a second (`SO_MAX_PACING_RATE`), or nil where the platform lacks it.
    public static var maximumPacingRate: Self? { Self(.socket, platform: csockets_SO_MAX_PACING_RATE) }
    /// The size of the send buffer, beyond the system's limit (`SO_SNDBUFFORCE`), or nil where the platform lacks it.
    public static var sendBufferSizeForced: Self? { Self(.socket, platform: csockets_SO_SNDBUFFORCE) }
    /// The size of the receive buffer, beyond the system's limit (`SO_RCVBUFFORCE`), or nil where the platform lacks it.
    public static var receiveBufferSizeForced: Self? { Self(.socket, platform: csockets_SO_RCVBUFFORCE) }
    /// Raises no `SIGPIPE` (`SO_NOSIGPIPE`), or nil where the platform lacks it.
    public static var noSigPipe: Self? { Self(.socket, platform: csockets_SO_NOSIGPIPE) }
    /// Routing sockets: hears what it says itself (`SO_USELOOPBACK`), or nil where the platform lacks it.
    public static var useLoopback: Self? { Self(.socket, platform: csockets_SO_USELOOPBACK) }
}
