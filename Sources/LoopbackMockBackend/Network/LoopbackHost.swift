public import TransportCore

/// A machine in a ``LoopbackNetwork``.
public final class LoopbackHost: Sendable {
    /// Its name, which the network's resolver knows.
    public let name: String
    /// Its IPv4 address, besides the loopback address.
    public let ipv4: IPv4.Address
    /// Its IPv6 address, besides the loopback address.
    public let ipv6: IPv6.Address

    // What is bound on it. Touched only with the network's lock held, which makes it safe to share.

    /// Listeners, and others that take streams.
    nonisolated(unsafe) var listeners = BindingTable()
    /// Endpoints for datagrams.
    nonisolated(unsafe) var datagrams = BindingTable()
    /// Addresses that are files.
    nonisolated(unsafe) var files: Set<AnyHashable> = []
    nonisolated(unsafe) private var lastPort: UInt16 = 49151

    init(name: String, number: Int) {
        self.name = name
        // Addresses for documentation and private use: 10.0.0.1 and fd00::1 upwards.
        ipv4 = IPv4.Address(rawValue: 0x0A00_0000 + UInt32(clamping: number))
        ipv6 = IPv6.Address(high: 0xFD00 << 48, low: UInt64(number))
    }

    /// The next port of those that systems choose from; with the network's lock held.
    func nextPort() -> UInt16 {
        lastPort = lastPort == .max ? 49152 : lastPort + 1
        return lastPort
    }
}
