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
        let request = EphemeralPorts.Request(
            purpose: table == \.listeners ? .listening(dualStack: dualStack) : .datagrams(dualStack: dualStack),
            address: AnyHashable(wish)
        )
        if ports.isExhausted(request) { throw Self.noPortLeft(.addressInUse, .bind, wish) }
        for _ in EphemeralPorts.range {
            let address = Space.bindingAddress(for: wish) { ports.next() }
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
            // An address that is no wish but a demand gets one try.
            if address == wish { throw TransportError(.addressInUse, operation: .bind).with(address: wish) }
        }
        ports.exhaust(request)
        throw Self.noPortLeft(.addressInUse, .bind, wish)
    }

    private static func noPortLeft(
        _ kind: TransportError.Kind, _ operation: TransportError.Operation, _ address: some CustomStringConvertible
    ) -> TransportError {
        let range = EphemeralPorts.range
        return TransportError(kind, operation: operation).with(address: address).with(aftermath: .dead).with(
            message: """
                no port from \(range.lowerBound) to \(range.upperBound) is free: close what is no longer used, or use \
                another address or machine
                """
        )
    }

    /// Gives addresses of an owner back.
    func unbind<Space: LoopbackAddressSpace>(
        _ owner: AnyObject, from addresses: [Space.SocketAddress], in space: Space.Type, table: Table
    ) {
        for address in addresses { self[keyPath: table].unbind(owner, from: address, in: space) }
        ports.replenish()
    }

    /// The address of a stream that goes to a target.
    ///
    /// As the kernel does it, no two connections from this machine to the same target have one, and no listener.
    ///
    /// - Parameter wish: The address that was asked for; nil for any.
    func address<Space: LoopbackAddressSpace>(
        connectingTo target: Space.SocketAddress, from wish: Space.SocketAddress?, in space: Space.Type,
        allHosts: [LoopbackHost]
    ) throws(TransportError) -> Space.SocketAddress {
        if let wish, Space.host(at: wish, seenFrom: self, in: allHosts) !== self {
            throw TransportError(.addressNotAvailable, operation: .bind).with(address: wish)
        }
        let request = EphemeralPorts.Request(
            purpose: .connecting(to: AnyHashable(target)), address: wish.map { AnyHashable($0) }
        )
        if ports.isExhausted(request) { throw Self.noPortLeft(.addressNotAvailable, .connect, target) }
        for _ in EphemeralPorts.range {
            let local: Space.SocketAddress
            var isDemanded = false
            if let wish {
                let bound = Space.bindingAddress(for: wish) { ports.next() }
                isDemanded = bound == wish
                do throws(TransportError) {
                    local = try Space.source(of: bound, goingTo: target, from: self)
                } catch {
                    throw error.with(operation: .connect).with(address: target).with(aftermath: .dead)
                }
            } else {
                local = Space.address(connectingTo: target, from: self) { ports.next() }
            }
            let isTaken =
                ports.isConnected(AnyHashable(local), to: AnyHashable(target))
                || listeners.isTaken(local, in: space, sharing: [])
            if Space.port(of: local) == nil || !isTaken { return local }
            if isDemanded { throw TransportError(.addressInUse, operation: .bind).with(address: local) }
        }
        ports.exhaust(request)
        throw Self.noPortLeft(.addressNotAvailable, .connect, target)
    }

    /// Removes the file that an address is; whoever is bound there is no longer reached.
    func removeFile<Space: LoopbackAddressSpace>(at address: Space.SocketAddress, in space: Space.Type) {
        guard files.remove(AnyHashable(address)) != nil else { return }
        ports.replenish()
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
