/// How much an endpoint of DTLS takes on. Nothing at all is kept of a client before it has returned its cookie.
///
/// Who comes when all places are taken, and has shown with its cookie that it is where it says, takes the place of a client
/// that has not finished its handshake after two seconds, or else that of the peer that has been silent for longest, which is
/// told so (`close_notify`).
public struct DTLSLimits: Sendable {
    /// How many peers at the same time. The default is 4,096.
    public var peers: Int

    /// How many peers with one address, whatever their ports; of IPv6, in one network of 64 bits. The default is 512.
    ///
    /// For those who begin; this end begins with as many as it likes. Families without ports have no such limit.
    /// Who comes when an address has as many takes a place of that address, and of no other. Where many peers share one
    /// address, as behind a relay, make it as large as ``peers``.
    public var peersPerAddress: Int

    /// How long the handshake of a client may take. The default is 60 seconds.
    public var handshakeTime: Duration

    /// How long a peer must have been silent before another one may take its place. The default is zero: somebody always
    /// makes room.
    ///
    /// With more, newcomers are not answered while nobody has been silent for so long. That keeps peers that seldom speak,
    /// and lets whoever has all places keep all others out.
    public var idleTime: Duration

    /// Makes limits.
    ///
    /// - Parameters:
    ///   - peers: How many peers at the same time, 1 or more. The default is 4,096.
    ///   - peersPerAddress: How many with one address, 1 or more. The default is 512.
    ///   - handshakeTime: How long the handshake of a client may take, more than zero. The default is 60 seconds.
    ///   - idleTime: How long a peer must have been silent before another one may take its place, zero or more. The default is
    ///     zero.
    public init(
        peers: Int = 4096, peersPerAddress: Int = 512, handshakeTime: Duration = .seconds(60),
        idleTime: Duration = .zero
    ) {
        self.peers = peers
        self.peersPerAddress = peersPerAddress
        self.handshakeTime = handshakeTime
        self.idleTime = idleTime
    }
}
