public import TransportCore

// Scripted peers.
extension LoopbackNetwork {
    /// Has a scripted peer listen at a port of a machine.
    ///
    /// - Parameters:
    ///   - host: The name of the machine. The default is "localhost".
    ///   - port: The port, for IPv4 and IPv6. The default, 0, chooses one: ``ScriptedService/port`` tells it.
    ///   - isRepeated: Whether every further connection has the last script. The default is no: they are refused.
    ///   - scripts: What the peer does on the first connection, on the second, and so on.
    /// - Returns: The peer; call ``ScriptedService/verify()`` when the client is done.
    /// - Throws: ``/TransportCore/TransportError/Kind/addressInUse`` when something listens there.
    public func serve(
        on host: String = "localhost", port: UInt16 = 0, repeating isRepeated: Bool = false,
        _ scripts: (inout PeerScript) -> Void...
    ) throws(TransportError) -> ScriptedService<IP> {
        try serve(ScriptPlayer(writtenBy: scripts, repeating: isRepeated), on: host, port: port)
    }

    /// Has a scripted peer listen at an address of any family.
    ///
    /// - Parameters:
    ///   - family: The family.
    ///   - address: The address.
    ///   - host: The name of the machine. The default is "localhost".
    ///   - isRepeated: Whether every further connection has the last script. The default is no: they are refused.
    ///   - scripts: What the peer does on the first connection, on the second, and so on.
    /// - Returns: The peer; call ``ScriptedService/verify()`` when the client is done.
    /// - Throws: ``/TransportCore/TransportError/Kind/addressInUse`` when something listens there,
    ///   ``/TransportCore/TransportError/Kind/addressNotAvailable`` when it is an address of another machine.
    public func serve<Family: LoopbackFamily>(
        for family: Family.Type, at address: Family.SocketAddress, on host: String = "localhost",
        repeating isRepeated: Bool = false, _ scripts: (inout PeerScript) -> Void...
    ) throws(TransportError) -> ScriptedService<Family> {
        try serve(ScriptPlayer(writtenBy: scripts, repeating: isRepeated), for: family, at: address, on: host)
    }

    /// Has a peer that plays scripts listen at a port of a machine.
    func serve(
        _ player: ScriptPlayer, on host: String, port: UInt16
    ) throws(TransportError) -> ScriptedService<IP> {
        let place = try place(player, on: host, port: port)
        engine.locked { engine.log.serving(player, on: host, at: "port \(place.address.port)") }
        return ScriptedService(
            network: self, player: player, address: place.host.address(port: place.address.port), place: place
        )
    }

    private func serve<Family: LoopbackFamily>(
        _ player: ScriptPlayer, for family: Family.Type, at address: Family.SocketAddress, on host: String
    ) throws(TransportError) -> ScriptedService<Family> {
        let place = try place(player, for: family, at: address, on: host)
        engine.locked { engine.log.serving(player, on: host, at: "\(place.address)") }
        return ScriptedService(
            network: self, player: player, address: Family.address(place.address, seenAt: address), place: place
        )
    }

    // MARK: Places

    /// Binds a peer of the test to a port of a machine, for IPv4 and IPv6.
    func place(_ owner: AnyObject, on host: String, port: UInt16) throws(TransportError) -> BoundPlace<IP> {
        let host = self.host(host)
        let hosts = allHosts
        return try engine.locked { () throws(TransportError) in
            try BoundPlace(owner, at: .v6(.any(port: port)), dualStack: true, on: host, in: hosts)
        }
    }

    /// Binds a peer of the test to an address of any family.
    func place<Family: LoopbackFamily>(
        _ owner: AnyObject, for family: Family.Type, at address: Family.SocketAddress, on host: String
    ) throws(TransportError) -> BoundPlace<Family.Space> {
        let host = self.host(host)
        let hosts = allHosts
        return try engine.locked { () throws(TransportError) in
            try BoundPlace(owner, at: Family.spaceAddress(of: address), on: host, in: hosts)
        }
    }
}

extension LoopbackHost {
    /// A port of this machine by its IPv4 address, which every machine reaches.
    func address(port: UInt16) -> IP.SocketAddress { .v4(IPv4.SocketAddress(ipv4, port: port)) }
}

extension ScriptPlayer {
    fileprivate convenience init(writtenBy writers: [(inout PeerScript) -> Void], repeating isRepeated: Bool) {
        let scripts = writers.map { write in
            var script = PeerScript()
            write(&script)
            return script
        }
        if isRepeated {
            self.init(scripts: scripts.dropLast(), repeating: scripts.last)
        } else {
            self.init(scripts: scripts)
        }
    }
}
