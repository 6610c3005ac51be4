internal import TransportCore

/// Where a peer of the test is bound for streams.
struct BoundPlace<Space: LoopbackAddressSpace>: Sendable {
    let host: LoopbackHost
    let addresses: [Space.SocketAddress]

    /// The address with its port.
    var address: Space.SocketAddress { addresses[0] }

    /// Binds a peer; with the network's lock held.
    init(
        _ owner: AnyObject, at wish: Space.SocketAddress, dualStack: Bool = false, on host: LoopbackHost,
        in hosts: [LoopbackHost]
    ) throws(TransportError) {
        let (address, twin) = try host.bind(
            owner, at: wish, in: Space.self, dualStack: dualStack, sharing: [], table: \.listeners, allHosts: hosts
        )
        self.host = host
        self.addresses = [address, twin].compactMap(\.self)
    }

    /// Gives the addresses back; with the network's lock held.
    func unbind(_ owner: AnyObject) {
        host.unbind(owner, from: addresses, in: Space.self, table: \.listeners)
    }
}
