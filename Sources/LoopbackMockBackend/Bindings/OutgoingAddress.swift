internal import TransportCore

/// The address that a connection goes out from, which no other connection to the same target has.
///
/// Used with the network's lock held.
struct OutgoingAddress {
    private let host: LoopbackHost
    private let local: AnyHashable
    private let target: AnyHashable

    /// Takes an address, which is free. Nil in families without ports, whose clients share an address.
    init?<Space: LoopbackAddressSpace>(
        _ local: Space.SocketAddress, to target: Space.SocketAddress, in space: Space.Type, on host: LoopbackHost
    ) {
        guard Space.port(of: local) != nil else { return nil }
        self.host = host
        self.local = AnyHashable(local)
        self.target = AnyHashable(target)
        host.ports.connect(self.local, to: self.target)
    }

    /// Gives it back.
    func giveBack() { host.ports.disconnect(local, from: target) }
}
