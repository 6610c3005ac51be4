public import TransportCore

/// How many datagrams one step looks at that have nothing for the program, before it gives up its turn.
@usableFromInline let mostSilentDatagrams = 64

extension DTLSTransport {
    /// Receives one datagram of any peer whose handshake is done, and goes on with the handshakes of the others.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/connectionRefused`` as the endpoint below does, which stays
    ///   usable. Of a connected endpoint, also what has ended the association:
    ///   ``/TransportCore/TransportError/Kind/connectionReset`` for an end that the peer has announced
    ///   (`close_notify`), the errors of TLS for others; the next datagram that is sent begins a new one.
    @inlinable
    public func tryReceive(
        into buffer: inout OutputRawSpan
    ) throws(TransportError) -> DatagramStep<Family.SocketAddress> {
        try step(.receive) { (state) throws(TransportError) in
            fireTimers(&state)
            for _ in 0..<mostSilentDatagrams {
                var message = readNext(&state)
                if message == nil, let connected = state.connected, let failure = state.peers[connected]?.failure {
                    throw failure
                }
                if message == nil, let datagram = state.backlog.popFirst() {
                    message = datagram.bytes.withUnsafeBytes { process($0, from: datagram.address, &state) }
                    if message == nil { continue }
                }
                if message == nil, let need = try pull(&state, keeping: false, &message) { return .wouldBlock(need) }
                guard let message else { continue }
                let plain = memory(&state).plain
                let part = min(message.count, buffer.freeCapacity)
                buffer.withUnsafeMutableBytes { target, filled in
                    UnsafeMutableRawBufferPointer(rebasing: target[filled...])
                        .copyMemory(from: UnsafeRawBufferPointer(rebasing: plain[..<part]))
                    filled += part
                }
                return .received(
                    DatagramInfo(byteCount: part, sender: message.sender, isTruncated: part < message.count))
            }
            return .wouldBlock(Need([], notBefore: state.port.now))
        }
    }

    /// What a peer has sent: so many bytes, in the endpoint's memory.
    @usableFromInline typealias Message = (count: Int, sender: Family.SocketAddress)

    /// Gives one datagram that libssl has.
    @inlinable
    func readNext(_ state: inout State) -> Message? {
        while let address = state.unread.popFirst() {
            guard let peer = state.peers[address], peer.failure == nil else { continue }
            if let message = read(peer, address, &state) { return message }
        }
        return nil
    }

    /// Decrypts one datagram of a peer.
    ///
    /// - Returns: What it says; nil when there is none, or when the association has ended.
    @inlinable
    func read(_ peer: DTLSPeer, _ address: Family.SocketAddress, _ state: inout State) -> Message? {
        let engine = peer.engine
        do throws(TransportError) {
            let step = try engine.readDatagram(into: memory(&state).plain)
            // Answers of the protocol, such as the last messages of the handshake for a peer that has missed them.
            sendOutput(of: engine, to: address, &state)
            switch step {
            case .done(let count):
                if engine.hasUnreadDatagrams { state.unread.append(address) }
                return (count, address)
            case .needsInput, .needsOutput: return nil
            case .ended: throw Self.ended(by: engine)
            }
        } catch {
            fail(peer, engine, address, error, &state)
            return nil
        }
    }

    /// Answers the end of an association, and gives the error that tells it.
    @usableFromInline
    static func ended(by engine: TLSEngine) -> TransportError {
        try? engine.announceEnd()
        return TransportError(.connectionReset, operation: .receive)
            .with(message: "the peer has ended the association (close_notify)")
            .with(advice: "what is sent to it begins a new one")
    }

    /// Goes on with handshakes for somebody who waits for one, and keeps the datagrams of established peers for the reader.
    ///
    /// - Returns: What to wait for.
    func pump(_ state: inout State) throws(TransportError) -> Need {
        var message: Message?
        for _ in 0..<mostSilentDatagrams {
            if let need = try pull(&state, keeping: true, &message) { return need }
        }
        return Need([], notBefore: state.port.now)
    }

    /// Takes a datagram from below.
    ///
    /// - Parameters:
    ///   - keeping: Whether to keep for the reader what is for it.
    ///   - message: What the datagram says, where it says something.
    /// - Returns: What to wait for when there is none.
    @inlinable
    func pull(
        _ state: inout State, keeping: Bool, _ message: inout Message?
    ) throws(TransportError) -> Need? {
        if state.turn.isTaken { return Need.readable.shared() }
        let cipher = memory(&state).cipher
        var output = OutputRawSpan(buffer: cipher, initializedCount: 0)
        switch try lower.tryReceive(into: &output) {
        case .wouldBlock(let need): return need.interest.contains(.readable) ? need.shared() : need
        case .received(let info):
            guard let address = state.connected ?? info.sender else { return nil }
            let datagram = UnsafeRawBufferPointer(rebasing: cipher[..<info.byteCount])
            if keeping, let peer = state.peers[address], peer.failure == nil, peer.handshaking == nil {
                if state.backlog.count < State.mostBacklog { state.backlog.append((Array(datagram), address)) }
            } else {
                message = process(datagram, from: address, &state)
            }
            return nil
        }
    }

    /// Gives a datagram to whom it is for.
    ///
    /// - Returns: What it says, where it says something.
    @inlinable
    func process(
        _ datagram: UnsafeRawBufferPointer, from address: Family.SocketAddress, _ state: inout State
    ) -> Message? {
        guard let shape = DatagramShape(datagram) else { return nil }
        guard let peer = state.peers[address], peer.failure == nil else {
            if let random = shape.clientRandom { admit(datagram, random, from: address, &state) }
            return nil
        }
        if let random = shape.clientRandom, random != peer.clientRandom {
            // One that begins anew. Two that begin with each other at once get nowhere: one end has to be the server.
            if peer.engine.isEstablished || peer.engine.isServer { admit(datagram, random, from: address, &state) }
            return nil
        }
        peer.heard = state.port.now
        let whole = DatagramShape.wholeRecords(of: datagram, least: peer.leastRecord)
        guard whole > 0 else { return nil }
        state.port.input = UnsafeRawBufferPointer(rebasing: datagram[..<whole])
        defer { state.port.input = nil }
        if let engine = peer.handshaking, !peer.engine.isEstablished || shape.isHandshake {
            advance(peer, engine, address, &state)
        }
        guard state.port.input != nil, peer.failure == nil, peer.engine.isEstablished else { return nil }
        return read(peer, address, &state)
    }

    @inlinable
    func memory(_ state: inout State) -> DatagramMemory {
        if let memory = state.memory { return memory }
        let memory = DatagramMemory(from: pool)
        state.memory = memory
        return memory
    }
}
