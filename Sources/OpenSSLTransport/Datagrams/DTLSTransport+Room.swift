internal import TransportCore

/// How long a handshake may take even where others want the place: a round trip, and one repetition.
private let usualHandshakeTime = Duration.seconds(2)

// Who makes room for a newcomer, which has returned its cookie, when all places are taken.
extension DTLSTransport {
    /// Makes room for one more, where there is none.
    ///
    /// Whoever can receive at one address can begin from all its ports: such a client takes places of its own address, and
    /// keeps nobody else out.
    ///
    /// - Parameter newcomer: The address of a client that has begun; nil where this end begins.
    /// - Returns: Whether there is room now.
    func hasRoom(for newcomer: Family.SocketAddress?, _ state: inout State) -> Bool {
        if let key = newcomer.flatMap({ PeerKey($0) }), let count = state.counts[key], count >= limits.peersPerAddress {
            return makeRoom(&state) { $0.key == key }
        }
        return state.peers.count < limits.peers || makeRoom(&state) { _ in true }
    }

    private func makeRoom(_ state: inout State, where mayGo: (DTLSPeer) -> Bool) -> Bool {
        let begun = state.handshaking.first { address in
            state.peers[address].map { mayGo($0) && isUnfinished($0, at: state.port.now) } ?? false
        }
        if let begun {
            state.remove(begun)
            return true
        }
        guard let idle = mostIdle(state, where: mayGo) else { return false }
        sayGoodbye(to: idle, &state)
        return true
    }

    /// Whether a client has begun its handshake a while ago and has not come to its end.
    private func isUnfinished(_ peer: DTLSPeer, at now: Instant) -> Bool {
        guard peer.failure == nil, !peer.engine.isEstablished else { return false }
        return peer.engine.context.role == .server && peer.begun.advanced(by: usualHandshakeTime) <= now
    }

    /// The peer that can be done without: the one that has been silent for longest, before those that this end has begun with.
    private func mostIdle(_ state: State, where mayGo: (DTLSPeer) -> Bool) -> Family.SocketAddress? {
        func order(_ peer: DTLSPeer) -> (Int, Instant, Int) {
            (peer.engine.context.role == .client ? 1 : 0, peer.heard, peer.number)
        }
        var first: (address: Family.SocketAddress, peer: DTLSPeer)?
        for (address, peer) in state.peers where mayGo(peer) {
            let isIdle = peer.engine.isEstablished && peer.heard.advanced(by: limits.idleTime) <= state.port.now
            guard isIdle || peer.failure != nil else { continue }
            if let found = first, order(found.peer) <= order(peer) { continue }
            first = (address, peer)
        }
        return first?.address
    }
}
