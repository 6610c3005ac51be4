/// What a ``Server`` takes on at most.
///
/// A limit that is nil is none. Times are those of the listener's clock.
public struct ServerLimits: Hashable, Sendable {
    /// How many connections there may be at the same time, of all listeners together; at least 1. At the limit the server
    /// accepts no more: whoever comes waits in the system's queue.
    public var connections: Int?

    /// How many connections one peer may have at the same time; more are cut at once. At least 1.
    ///
    /// A peer is an IPv4 address, or the /64 network of an IPv6 address, which is what one customer usually has. Addresses
    /// of other families are not counted.
    public var connectionsPerPeer: Int?

    /// How long a connection may take until it is established: a TLS handshake, the header of a proxy.
    public var establishTime: Duration?

    /// How long a connection may be without a byte in either direction while its handler waits for it; it is closed then.
    ///
    /// That is noticed at most a quarter of this time later. Operations that fail, by a timeout for example, do not count. A
    /// handler that does something else, which its client waits for perhaps, is limited by ``connectionTime`` alone.
    public var idleTime: Duration?

    /// How long a connection may last altogether; it is closed then.
    public var connectionTime: Duration?

    /// How many datagrams may be in work at the same time; at least 1. At the limit no more are received: they wait in the
    /// system's buffer, and are lost when that is full.
    public var datagrams: Int?

    /// Makes the limits.
    ///
    /// - Parameters:
    ///   - connections: How many connections there may be. The default is 10,000.
    ///   - connectionsPerPeer: How many of them one peer may have. The default is no limit.
    ///   - establishTime: How long establishing one may take. The default is 10 seconds.
    ///   - idleTime: How long one may be silent. The default is no limit.
    ///   - connectionTime: How long one may last. The default is no limit.
    ///   - datagrams: How many datagrams may be in work. The default is 1,000.
    public init(
        connections: Int? = 10_000, connectionsPerPeer: Int? = nil, establishTime: Duration? = .seconds(10),
        idleTime: Duration? = nil, connectionTime: Duration? = nil, datagrams: Int? = 1_000
    ) {
        self.connections = connections
        self.connectionsPerPeer = connectionsPerPeer
        self.establishTime = establishTime
        self.idleTime = idleTime
        self.connectionTime = connectionTime
        self.datagrams = datagrams
    }
}
