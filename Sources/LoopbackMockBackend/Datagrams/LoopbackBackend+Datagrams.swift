public import TransportCore

extension LoopbackBackend: DatagramBackend {
    /// The type of the endpoints for datagrams.
    public typealias Datagrams = LoopbackDatagrams<Family>

    /// Makes an endpoint for datagrams.
    public func openDatagrams(
        boundTo local: Family.SocketAddress?, connectedTo remote: Family.SocketAddress?, options: [OptionSetting]
    ) throws(TransportError) -> LoopbackDatagrams<Family> {
        let own = local.map(Family.spaceAddress)
        // As for listeners: whether IPv4 comes in too is said where the address is an IPv6 wildcard.
        let isWildcard = own.flatMap(Family.Space.dualStackTwin) != nil
        let store = try OptionStore([.set(.v6Only, isWildcard)] + options)
        var sharing: BindingTable.Sharing = []
        if try store.value(named: TransportOption<Bool>.reuseAddress.name) == .flag(true) { sharing.insert(.address) }
        if try store.value(named: TransportOption<Bool>.reusePort.name) == .flag(true) { sharing.insert(.port) }
        let endpoint = DatagramEndpoint<Family.Space>(
            host: host, profile: network.datagramProfile(for: Family.self),
            unbound: Family.unboundAddress(goingTo: remote.map(Family.spaceAddress)),
            dualStack: try store.value(named: TransportOption<Bool>.v6Only.name) == .flag(false), sharing: sharing
        )
        let datagrams = LoopbackDatagrams<Family>(
            network: network, endpoint: endpoint, options: store, form: local ?? remote
        )
        if let own {
            let hosts = network.allHosts
            try network.engine.locked { () throws(TransportError) in try endpoint.bind(to: own, in: hosts) }
        }
        if let remote { try datagrams.connect(to: remote) }
        return datagrams
    }
}
