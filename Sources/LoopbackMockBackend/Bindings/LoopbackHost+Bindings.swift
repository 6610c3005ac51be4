internal import TransportCore

// What is bound on a machine. The network's lock is held in all of this, unless said otherwise.
extension LoopbackHost {
    /// The tables of streams and of datagrams: their ports have nothing to do with each other.
    typealias Table = ReferenceWritableKeyPath<LoopbackHost, BindingTable>

    /// Binds an owner to an address, with a port that is free where it has none.
    ///
    /// - Returns: The address, and where that of the other kind is taken with it.
    func bind<Space: LoopbackAddressSpace>(
        _ owner: AnyObject, at wish: Space.SocketAddress, in space: Space.Type, dualStack: Bool,
        sharing: BindingTable.Sharing, table: Table, allHosts: [LoopbackHost]
    ) throws(TransportError) -> (address: Space.SocketAddress, twin: Space.SocketAddress?) {
        guard Space.host(at: wish, seenFrom: self, in: allHosts) === self else {
            throw TransportError(.addressNotAvailable, operation: .bind).with(address: wish)
        }
        // Those are the ports that systems choose from; an address that is no wish but a demand gets one try.
        for _ in 49152...65535 {
            let address = Space.bindingAddress(for: wish, port: nextPort)
            let twin = dualStack ? Space.dualStackTwin(of: address) : nil
            let addresses = [address, twin].compactMap(\.self)
            // Nobody is given a port by chance that somebody else wants to share.
            let effective = address == wish ? sharing : []
            let isTaken = addresses.contains {
                self[keyPath: table].isTaken($0, in: space, sharing: effective)
                    || Space.isFile($0) && files.contains(AnyHashable($0))
            }
            if !isTaken {
                for address in addresses {
                    self[keyPath: table].bind(owner, at: address, in: space, sharing: sharing)
                    if Space.isFile(address) { files.insert(AnyHashable(address)) }
                }
                return (address, twin)
            }
            if address == wish { break }
        }
        throw TransportError(.addressInUse, operation: .bind).with(address: wish)
    }

    /// Removes the file that an address is; whoever is bound there is no longer reached.
    func removeFile<Space: LoopbackAddressSpace>(at address: Space.SocketAddress, in space: Space.Type) {
        guard files.remove(AnyHashable(address)) != nil else { return }
        listeners.clear(address, in: space)
        datagrams.clear(address, in: space)
    }

    /// Why nobody is reached at an address of this machine.
    func absence<Space: LoopbackAddressSpace>(
        at address: Space.SocketAddress, in space: Space.Type, table: Table
    ) -> TransportError.Kind {
        guard Space.isFile(address) else { return .connectionRefused }
        guard files.contains(AnyHashable(address)) else { return .noSuchFile }
        // Both kinds of endpoints have one namespace, and a file tells of which kind it is.
        let other: Table = table == \.listeners ? \.datagrams : \.listeners
        return self[keyPath: other].bindings(reachedAt: address, in: space).isEmpty
            ? .connectionRefused : .familyNotSupported
    }
}
