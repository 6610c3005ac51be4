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
    /// The ports that it gives to those who ask for any.
    nonisolated(unsafe) var ports = EphemeralPorts()

    init(name: String, number: Int) {
        self.name = name
        // Addresses for private use: 10.0.0.1 and fd00::1 upwards.
        ipv4 = IPv4.Address(rawValue: Self.ipv4Prefix + UInt32(clamping: number))
        ipv6 = IPv6.Address(high: Self.ipv6Prefix, low: UInt64(number))
    }

    /// Has nobody be reached on it any more; with the network's lock held.
    ///
    /// - Returns: What was bound, which may call anything when it goes away.
    func unbindAll() -> [BindingTable] {
        defer {
            listeners = BindingTable()
            datagrams = BindingTable()
        }
        return [listeners, datagrams]
    }

    private static let ipv4Prefix: UInt32 = 0x0A00_0000
    private static let ipv6Prefix: UInt64 = 0xFD00 << 48

    /// The number of the machine that has an address; 0 and other numbers that no machine has, for other addresses.
    static func number(of address: IP.Address) -> Int {
        switch address {
        case .v4(let address): Int(address.rawValue &- ipv4Prefix)
        case .v6(let address): address.high == ipv6Prefix ? Int(clamping: address.low) : 0
        }
    }
}
