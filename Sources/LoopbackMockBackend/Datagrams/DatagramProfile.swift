/// How the datagrams of a network travel where real transports differ.
public struct DatagramProfile: Hashable, Sendable {
    /// How many datagrams an endpoint holds that were not received, 1 or more.
    public var capacity: Int

    /// Whether a datagram arrives or sending it fails, as for Unix datagrams: a sender waits for room and is told at once
    /// when nobody is there, and the peer of a connected endpoint is another endpoint, not whoever has its address.
    ///
    /// Otherwise, as for UDP, what finds no room or nobody is lost, and only a connected endpoint is told of the latter,
    /// by a later call.
    public var isReliable: Bool

    /// Makes a profile.
    public init(capacity: Int, isReliable: Bool) {
        self.capacity = max(1, capacity)
        self.isReliable = isReliable
    }

    /// As UDP on Linux: about as many small datagrams as its usual receive buffer holds.
    public static let udp = DatagramProfile(capacity: 256, isReliable: false)

    /// As Unix datagrams on Linux, whose queue takes one more than `net.unix.max_dgram_qlen` says, which is 10.
    public static let unix = DatagramProfile(capacity: 11, isReliable: true)
}
