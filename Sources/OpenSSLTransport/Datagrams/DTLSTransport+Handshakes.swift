public import TransportCore

extension DTLSTransport {
    /// Goes on with the handshake with a peer, and begins it where there is no association.
    ///
    /// - Parameter address: The peer. The default, nil, is that of a connected endpoint.
    /// - Throws: The errors of handshakes, as ``TLSTransport/tryEstablish()`` does; the association is gone then.
    ///   ``/TransportCore/TransportError/Kind/notConnected`` without a peer, or without the configuration of a client;
    ///   ``/TransportCore/TransportError/Kind/connectionRefused`` when nobody is there, which does not end the handshake.
    public func tryEstablish(with address: Family.SocketAddress? = nil) throws(TransportError) -> ProgressStep {
        try step(.handshake) { (state) throws(TransportError) in
            do throws(TransportError) {
                let (_, need) = try establish(address, .handshake, &state)
                return need.map { .wouldBlock($0) } ?? .done
            } catch {
                // What the endpoint below has heard of a datagram is about the handshake here.
                let error = error.operation == .receive ? error.with(operation: .handshake) : error
                guard error.address == nil, let peer = address ?? state.connected else { throw error }
                throw error.with(address: "\(peer)")
            }
        }
    }

    /// Goes on with the handshake of others, without taking any of their datagrams.
    package func goOn() throws(TransportError) {
        try withState(.receive) { (state) throws(TransportError) in
            fireTimers(&state)
            _ = try pump(&state)
        }
    }

    /// The association with a peer, and what to wait for before it can be used; nil when it can.
    @inlinable
    func establish(
        _ address: Family.SocketAddress?, _ operation: TransportError.Operation, _ state: inout State
    ) throws(TransportError) -> (DTLSPeer, Need?) {
        guard let address = address ?? state.connected else {
            throw TransportError(.notConnected, operation: operation)
        }
        fireTimers(&state)
        if let peer = state.peers[address], peer.failure == nil, peer.engine.isEstablished { return (peer, nil) }
        return try goOnEstablishing(address, &state)
    }

    @usableFromInline
    func goOnEstablishing(
        _ address: Family.SocketAddress, _ state: inout State
    ) throws(TransportError) -> (DTLSPeer, Need?) {
        let known = try usable(state.peers[address], address, &state)
        let peer = if let known { known } else { try begin(with: address, &state) }
        if peer.failure == nil, peer.engine.isEstablished { return (peer, nil) }
        let need = try pump(&state)
        guard let peer = try usable(state.peers[address], address, &state) else {
            throw TransportError(.timedOut, operation: .handshake).with(address: "\(address)")
                .with(message: "the handshake was not done in time")
        }
        return (peer, peer.engine.isEstablished ? nil : need)
    }

    /// The peer, unless its association has failed: that is told, once.
    private func usable(
        _ peer: DTLSPeer?, _ address: Family.SocketAddress, _ state: inout State
    ) throws(TransportError) -> DTLSPeer? {
        guard let failure = peer?.failure else { return peer }
        state.remove(address)
        // A peer that has gone can be begun with anew; one that was refused is for the caller to know about.
        if failure.kind == .connectionReset { return nil }
        throw failure
    }

    private func begin(
        with address: Family.SocketAddress, _ state: inout State
    ) throws(TransportError) -> DTLSPeer {
        guard let client else {
            throw TransportError(.notConnected, operation: .send).with(address: "\(address)")
                .with(message: "there is no association with that peer, and this end is a server: peers begin")
        }
        guard hasRoom(for: nil, &state) else {
            throw TransportError(.outOfResources, operation: .handshake)
                .with(message: "there are as many peers as may be, and none of them makes room (DTLSLimits)")
        }
        let engine = try TLSEngine(context: client.context, peerName: serverName, port: state.port)
        if let cache = client.sessionCache {
            let key = TLSSessionKey(
                Family.self, address, host: serverName?.text, configuration: client.context.identifier)
            engine.resume(key, from: cache)
        }
        let peer = state.add(address, engine, clientRandom: nil)
        advance(peer, engine, address, &state)
        return peer
    }

    /// Goes on with a handshake.
    @usableFromInline
    func advance(
        _ peer: DTLSPeer, _ engine: TLSEngine, _ address: Family.SocketAddress, _ state: inout State
    ) {
        do throws(TransportError) {
            if case .ended = try engine.handshake() { throw engine.endedDuringHandshake }
            sendOutput(of: engine, to: address, &state)
            guard engine.isEstablished else { return state.arm(engine.timer.due) }
            if engine === peer.successor { (peer.engine, peer.successor) = (engine, nil) }
            peer.leastRecord = engine.leastRecord
            state.handshaking.removeAll { $0 == address }
            if engine.hasUnreadDatagrams { state.unread.append(address) }
        } catch {
            fail(peer, engine, address, error, &state)
        }
    }

    /// Notes that an association has failed. Nothing else is kept of a client that was answered.
    @usableFromInline
    func fail(
        _ peer: DTLSPeer, _ engine: TLSEngine, _ address: Family.SocketAddress, _ error: TransportError,
        _ state: inout State
    ) {
        // libssl may have made an alert for the peer.
        sendOutput(of: engine, to: address, &state)
        if engine === peer.successor {
            peer.successor = nil
            state.handshaking.removeAll { $0 == address }
        } else if engine.context.role == .client || state.connected == address {
            state.handshaking.removeAll { $0 == address }
            peer.failure = error.with(address: "\(address)").with(aftermath: .usable)
        } else {
            state.remove(address)
        }
    }

    // MARK: Newcomers

    /// Looks at the first datagram of a peer, which is answered with a cookie, or has one.
    @usableFromInline
    func admit(
        _ datagram: UnsafeRawBufferPointer, _ random: [UInt8], from address: Family.SocketAddress, _ state: inout State
    ) {
        guard let server else { return }
        let port = state.port
        port.cookies.rotate(at: port.now)
        guard let engine = state.greeter ?? (try? TLSEngine(context: server.context, peerName: nil, port: port)) else {
            return
        }
        state.greeter = engine
        port.input = datagram
        port.peer = Array("\(address)".utf8)
        let greeting = engine.greet()
        port.input = nil
        sendOutput(of: engine, to: address, &state)
        switch greeting {
        case .unknown: return
        case .unusable: state.greeter = nil
        case .welcome:
            state.greeter = nil
            state.arm(port.now.advanced(by: limits.handshakeTime))
            if let peer = state.peers[address], peer.failure == nil, peer.engine.isEstablished {
                // The association that there is stays, until the peer has shown that it knows what it is doing.
                peer.successor = engine
                peer.begun = port.now
                peer.clientRandom = random
                if !state.handshaking.contains(address) { state.handshaking.append(address) }
                advance(peer, engine, address, &state)
            } else {
                state.remove(address)
                guard hasRoom(for: address, &state) else { return }
                let peer = state.add(address, engine, clientRandom: random)
                advance(peer, engine, address, &state)
            }
        }
    }

    // MARK: Time

    /// Sends again what has not been answered in time, and drops clients whose handshake takes too long.
    @inlinable
    func fireTimers(_ state: inout State) {
        guard let next = state.nextTimer, next <= state.port.now else { return }
        fireDueTimers(&state)
    }

    @usableFromInline
    func fireDueTimers(_ state: inout State) {
        let now = state.port.now
        state.nextTimer = nil
        for address in state.handshaking {
            guard let peer = state.peers[address], let engine = peer.handshaking else { continue }
            if engine.context.role == .server {
                let end = peer.begun.advanced(by: limits.handshakeTime)
                guard now < end else {
                    let error = TransportError(.timedOut, operation: .accept)
                        .with(message: "the client did not finish its handshake in time")
                    fail(peer, engine, address, error, &state)
                    continue
                }
                state.arm(end)
            }
            guard let due = engine.timer.due else { continue }
            if due <= now {
                do throws(TransportError) {
                    try engine.retransmit(at: now)
                } catch {
                    fail(peer, engine, address, error, &state)
                    continue
                }
                sendOutput(of: engine, to: address, &state)
            }
            state.arm(engine.timer.due)
        }
    }

    /// Sends what libssl has made. What there is no room for is lost: the handshake will send it again.
    @inlinable
    func sendOutput(of engine: TLSEngine, to address: Family.SocketAddress, _ state: inout State) {
        if !state.port.sizes.isEmpty { sendDatagrams(of: engine, to: address, &state) }
    }

    @usableFromInline
    func sendDatagrams(of engine: TLSEngine, to address: Family.SocketAddress, _ state: inout State) {
        let port = state.port
        port.output.withUnsafeBytes { memory in
            var start = 0
            for size in port.sizes {
                let datagram = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: memory[start..<start + size]))
                start += size
                do throws(TransportError) {
                    _ = try lower.trySend(datagram, to: state.connected == nil ? address : nil)
                } catch {
                    // Of a peer that is not there the next call of this endpoint hears, as far as the system tells.
                    if error.kind == .messageTooLarge { engine.shrink() }
                }
            }
        }
        port.clear()
    }
}
