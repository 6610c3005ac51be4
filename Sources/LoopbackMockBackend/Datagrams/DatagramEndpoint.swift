internal import TransportCore

/// A datagram on its way.
struct Datagram<Space: LoopbackAddressSpace> {
    var bytes: [UInt8]
    /// Who sent it; nil for one without an address.
    let source: Space.SocketAddress?
    let destination: Space.SocketAddress
}

/// What an endpoint for datagrams knows. Used with the network's lock held.
final class DatagramEndpoint<Space: LoopbackAddressSpace>: Waitable {
    let host: LoopbackHost
    let profile: DatagramProfile
    /// What it calls itself while it is not bound.
    let unbound: Space.SocketAddress?
    /// Whether it takes the other kind of addresses too.
    let dualStack: Bool
    let sharing: BindingTable.Sharing

    /// Where it is bound, the address of the other kind being the last.
    private(set) var bound: [Space.SocketAddress] = []
    /// It was bound by its own doing, not because somebody gave it an address.
    private var isBoundByItself = false

    private(set) var peer: Space.SocketAddress?
    /// The peer itself, where datagrams are reliable.
    private var peerEndpoint: DatagramEndpoint?

    private var inbox = FirstInFirstOut<Datagram<Space>>()
    /// The error that the next operation tells, once.
    var pendingError: TransportError.Kind?
    private(set) var isClosed = false
    var waiters: [Waiter] = []

    /// The endpoint that has no room for what this one wants to send.
    private var obstacle: DatagramEndpoint?
    /// Those who want to send here and wait for room.
    private var delayed: [DatagramEndpoint] = []

    init(
        host: LoopbackHost, profile: DatagramProfile, unbound: Space.SocketAddress?, dualStack: Bool,
        sharing: BindingTable.Sharing
    ) {
        self.host = host
        self.profile = profile
        self.unbound = unbound
        self.dualStack = dualStack
        self.sharing = sharing
    }

    // MARK: Being bound

    /// Binds it to an address.
    func bind(to address: Space.SocketAddress, in hosts: [LoopbackHost]) throws(TransportError) {
        try take(address, sharing, hosts)
    }

    /// Binds it to an address that it chooses for itself, unless it has one or its family does without.
    private func bindItself(
        at address: Space.SocketAddress?, goingTo peer: Space.SocketAddress, in hosts: [LoopbackHost]
    ) throws(TransportError) {
        guard bound.isEmpty else { return }
        let wish = address ?? Space.address(connectingTo: peer, from: host) { host.ports.next() }
        guard address == nil || Space.bindingAddress(for: wish, port: { 1 }) != wish else { return }
        try take(wish, [], hosts)
        isBoundByItself = true
    }

    private func take(
        _ wish: Space.SocketAddress, _ sharing: BindingTable.Sharing, _ hosts: [LoopbackHost]
    ) throws(TransportError) {
        let (address, twin) = try host.bind(
            self, at: wish, in: Space.self, dualStack: dualStack, sharing: sharing, table: \.datagrams, allHosts: hosts
        )
        bound = [address, twin].compactMap(\.self)
    }

    private func unbind() { host.unbind(self, from: bound, in: Space.self, table: \.datagrams) }

    /// What it calls itself; nil while it has no name.
    var local: Space.SocketAddress? {
        guard let first = bound.first else { return unbound }
        return peer.flatMap { try? source(goingTo: $0) } ?? first
    }

    /// The address that a peer sees of it; nil while it has none.
    func source(goingTo peer: Space.SocketAddress) throws(TransportError) -> Space.SocketAddress? {
        var failure: TransportError?
        let twin = dualStack ? unbound.flatMap(Space.dualStackTwin) : nil
        let own = bound.isEmpty ? [unbound, twin].compactMap(\.self) : bound
        for address in own {
            do throws(TransportError) {
                return try Space.source(of: address, goingTo: peer, from: host)
            } catch {
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return nil
    }

    // MARK: Being connected

    /// Chooses the peer, or none.
    func connect(to address: Space.SocketAddress?, in hosts: [LoopbackHost]) throws(TransportError) {
        if isClosed { throw .closed(.connect) }
        let new = try address.map { (address) throws(TransportError) in try reliablePeer(at: address, hosts) } ?? nil
        if let address { try bindItself(at: try source(goingTo: address), goingTo: address, in: hosts) }
        if profile.isReliable { leave(for: new) }
        peerEndpoint = new
        peer = address
        guard address == nil, isBoundByItself else { return }
        unbind()
        bound = []
        isBoundByItself = false
    }

    private func reliablePeer(
        at address: Space.SocketAddress, _ hosts: [LoopbackHost]
    ) throws(TransportError) -> DatagramEndpoint? {
        guard profile.isReliable else { return nil }
        let target = try find(at: address, hosts)
        try target.checkAdmits(self)
        return target
    }

    /// What came from the earlier peer is lost, and that peer is told of it, if it is connected to this endpoint.
    private func leave(for new: DatagramEndpoint?) {
        guard let old = peerEndpoint, old !== new, !inbox.isEmpty else { return }
        inbox = FirstInFirstOut()
        if !old.isClosed, old.peerEndpoint === self { old.pendingError = .connectionReset }
    }

    /// A connected endpoint takes nothing but from its peer.
    private func checkAdmits(_ sender: DatagramEndpoint) throws(TransportError) {
        guard let peerEndpoint, peerEndpoint !== sender else { return }
        throw TransportError(.permissionDenied, operation: .send)
    }

    /// The endpoint at an address.
    private func find(
        at address: Space.SocketAddress, _ hosts: [LoopbackHost]
    ) throws(TransportError) -> DatagramEndpoint {
        guard let machine = Space.host(at: address, seenFrom: host, in: hosts) else {
            throw TransportError(.hostUnreachable, operation: .send)
        }
        guard let owner = machine.datagrams.next(reachedAt: address, in: Space.self) as? DatagramEndpoint else {
            throw TransportError(machine.absence(at: address, in: Space.self, table: \.datagrams), operation: .send)
        }
        return owner
    }

    // MARK: Receiving

    /// Takes the next datagram, or the error that is told once.
    func receive() throws(TransportError) -> Datagram<Space>? {
        if isClosed { throw .closed(.receive) }
        if let kind = pendingError {
            pendingError = nil
            throw TransportError(kind, operation: .receive).with(aftermath: .usable)
        }
        return inbox.popFirst()
    }

    /// Whether one more datagram would be kept.
    var hasRoom: Bool { inbox.count < profile.capacity }

    /// Keeps a datagram until it is received.
    func put(_ datagram: Datagram<Space>) { inbox.append(datagram) }

    /// Has those go on who wait for room here, after a change.
    func changed(_ engine: NetworkEngine) {
        engine.changed(self)
        guard !delayed.isEmpty, hasRoom || isClosed else { return }
        let senders = delayed
        delayed = []
        for sender in senders where sender.obstacle === self {
            sender.obstacle = nil
            engine.changed(sender)
        }
    }

    // MARK: Sending, where datagrams are reliable

    /// Sends to an address or to the peer. False when there is no room there.
    func sendReliably(
        _ bytes: [UInt8], to address: Space.SocketAddress?, in hosts: [LoopbackHost], _ engine: NetworkEngine
    ) throws(TransportError) -> Bool {
        let target =
            try address.map { (address) throws(TransportError) in try find(at: address, hosts) } ?? peerEndpoint
        guard let target, let destination = address ?? peer else {
            throw TransportError(.notConnected, operation: .send)
        }
        if target.isClosed {
            (peer, peerEndpoint) = (nil, nil)
            throw TransportError(.connectionRefused, operation: .send)
        }
        try target.checkAdmits(self)
        guard target.hasRoom else {
            obstacle = target
            target.delayed.removeAll { $0 === self }
            target.delayed.append(self)
            return false
        }
        let datagram = Datagram<Space>(bytes: bytes, source: bound.first, destination: destination)
        try carry(datagram, to: target, engine)
        return true
    }

    // MARK: Sending, where datagrams may be lost

    /// Binds the endpoint for its first datagram.
    func bindForSending(to address: Space.SocketAddress, in hosts: [LoopbackHost]) throws(TransportError) {
        try bindItself(at: unbound, goingTo: address, in: hosts)
    }

    // MARK: Ending

    func close(_ engine: NetworkEngine) {
        guard !isClosed else { return }
        isClosed = true
        unbind()
        inbox = FirstInFirstOut()
        peerEndpoint = nil
        obstacle = nil
        changed(engine)
    }

    // MARK: Waiting

    func isReady(_ wish: Wish) -> Bool {
        if isClosed { return true }
        guard !wish.interest.isEmpty else { return false }  // a wait for a time
        if pendingError != nil { return true }
        if wish.interest.contains(.readable), !inbox.isEmpty { return true }
        return wish.interest.contains(.writable) && obstacle == nil
    }

    func isClosed(_ wish: Wish) -> Bool { isClosed }

    func describe(_ wish: Wish) -> String {
        guard !wish.interest.isEmpty else { return "a time, or the end of an endpoint" }
        guard !wish.interest.contains(.readable) else {
            return "a datagram at \(local.map { "\($0)" } ?? "an endpoint without an address")"
        }
        return "room for a datagram at \(obstacle?.local.map { "\($0)" } ?? "another endpoint")"
    }
}
