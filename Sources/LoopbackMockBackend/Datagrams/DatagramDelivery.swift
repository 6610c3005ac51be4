internal import TransportCore

// How datagrams find their receivers. The network's lock is held in all of this.
extension NetworkEngine {
    /// Gives a datagram to an endpoint, which keeps it or, when it is full, loses it: the last step of every datagram.
    func deliver<Space: LoopbackAddressSpace>(_ datagram: Datagram<Space>, to endpoint: DatagramEndpoint<Space>) {
        guard !endpoint.isClosed, endpoint.hasRoom || endpoint.profile.isReliable else { return }
        endpoint.put(datagram)
        changed(endpoint)
    }
}

extension DatagramEndpoint {
    /// Sends on the way of those that may be lost. The error is told by a later call, where one is told at all.
    ///
    /// - Parameter mayBroadcast: Whether the option for that is set.
    func send(
        _ bytes: [UInt8], to destination: Space.SocketAddress, mayBroadcast: Bool, in hosts: [LoopbackHost],
        _ engine: NetworkEngine
    ) throws(TransportError) {
        if Space.isBroadcast(destination), !mayBroadcast {
            throw TransportError(.permissionDenied, operation: .send)
        }
        // Before it is bound, so that a wrong destination leaves no trace.
        _ = try source(goingTo: destination)
        if let kind = pendingError {
            pendingError = nil
            throw TransportError(kind, operation: .send)
        }
        try bindForSending(to: destination, in: hosts)
        let datagram = Datagram<Space>(
            bytes: bytes, source: try source(goingTo: destination), destination: destination
        )
        if Space.isBroadcast(destination) {
            for host in hosts {
                for endpoint in host.receivers(of: datagram) { try carry(datagram, to: endpoint, engine) }
            }
            return
        }
        guard let machine = Space.host(at: destination, seenFrom: host, in: hosts) else {
            return fail(.hostUnreachable, destination)
        }
        guard let receiver = machine.receiver(of: datagram) else { return fail(.connectionRefused, destination) }
        try carry(datagram, to: receiver, engine)
    }

    /// Has a datagram go its way to a receiver, on which faults may be.
    func carry(
        _ datagram: Datagram<Space>, to receiver: DatagramEndpoint, _ engine: NetworkEngine
    ) throws(TransportError) {
        let port = Space.port(of: datagram.destination)
        let route = Route(source: host.name, destination: receiver.host.name, port: port)
        try engine.carry(datagram.bytes, along: route) { bytes, engine in
            var arrived = datagram
            arrived.bytes = bytes
            engine.deliver(arrived, to: receiver)
        }
    }

    /// Has a later call tell that a datagram to the peer found nobody.
    private func fail(_ kind: TransportError.Kind, _ destination: Space.SocketAddress) {
        if peer == destination { pendingError = kind }
    }
}

extension LoopbackHost {
    /// Everyone on this machine whom a datagram reaches: those connected to its sender, and those without a peer.
    fileprivate func receivers<Space>(of datagram: Datagram<Space>) -> [DatagramEndpoint<Space>] {
        groups(reachedBy: datagram).flatMap(\.self)
    }

    /// Who gets a datagram: whoever is connected to its sender, then whoever has its address most particularly.
    ///
    /// Of those who share an address by `SO_REUSEPORT` it is the one that the sender always gets; otherwise the last.
    fileprivate func receiver<Space>(of datagram: Datagram<Space>) -> DatagramEndpoint<Space>? {
        let groups = groups(reachedBy: datagram)
        if let connected = groups.lazy.flatMap(\.self).first(where: { $0.peer != nil }) { return connected }
        guard let group = groups.first(where: { !$0.isEmpty }) else { return nil }
        guard group.count > 1, group.allSatisfy({ $0.sharing.contains(.port) }), let source = datagram.source else {
            return group.last
        }
        // FNV-1a of the sender's name: the same in every run, as Swift's own hash values are not.
        let hash = "\(source)".utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return group[Int(truncatingIfNeeded: hash >> 33) % group.count]
    }

    private func groups<Space>(reachedBy datagram: Datagram<Space>) -> [[DatagramEndpoint<Space>]] {
        datagrams.bindings(reachedAt: datagram.destination, in: Space.self).map { group in
            group.compactMap { $0.owner as? DatagramEndpoint<Space> }
                .filter { $0.peer == nil || $0.peer == datagram.source }
        }
    }
}
