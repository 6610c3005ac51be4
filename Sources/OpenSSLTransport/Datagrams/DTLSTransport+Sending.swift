internal import Synchronization
public import TransportCore

extension DTLSTransport {
    /// Sends one datagram to a peer, encrypted; makes the handshake first where there is no association.
    ///
    /// Without a handshake one call of the endpoint below, and no allocation.
    ///
    /// - Parameters:
    ///   - bytes: The datagram; 1 byte up to ``sendableSize(to:)``.
    ///   - address: The peer. Nil is that of a connected endpoint.
    /// - Throws: ``/TransportCore/TransportError/Kind/messageTooLarge``;
    ///   ``/TransportCore/TransportError/Kind/unsupported`` for an empty datagram, which OpenSSL does not make; the
    ///   errors of handshakes, as ``tryEstablish(with:)`` does; ``/TransportCore/TransportError/Kind/notConnected``
    ///   without a peer, and to a peer that has to begin; ``/TransportCore/TransportError/Kind/connectionRefused`` as
    ///   the endpoint below does. The endpoint stays usable.
    @inlinable
    public func trySend(
        _ bytes: RawSpan, to address: Family.SocketAddress?
    ) throws(TransportError) -> SendStep {
        try step(.send) { (state) throws(TransportError) in
            guard bytes.byteCount > 0, bytes.byteCount <= state.port.largest else {
                throw Self.unsendable(bytes.byteCount, state.port.largest)
            }
            let (peer, need) = try establish(address, .send, &state)
            if let need { return .wouldBlock(need) }
            let engine = peer.engine
            // The question costs more than most answers are worth: what is this much smaller always fits.
            if bytes.byteCount > state.port.largest - 128 {
                let most = engine.sendableSize
                guard bytes.byteCount <= most else { throw Self.unsendable(bytes.byteCount, most) }
            }
            try bytes.withUnsafeBytes { (memory) throws(TransportError) in
                guard case .done(let count) = try engine.write(memory), count == memory.count else {
                    throw Self.tookPart
                }
            }
            let step = try state.port.output.withRawSpan { (datagram) throws(TransportError) in
                try lower.trySend(datagram, to: state.connected == nil ? address : nil)
            }
            // A record for which there is no room is made anew later: numbers may be left out.
            if case .wouldBlock(let need) = step { return .wouldBlock(need) }
            return .sent(bytes.byteCount)
        }
    }

    @usableFromInline
    static var tookPart: TransportError {
        TransportError(.invalidState, operation: .send).with(message: "OpenSSL took a part of what it was given")
    }

    @usableFromInline
    static func unsendable(_ count: Int, _ most: Int) -> TransportError {
        guard count > 0 else {
            return TransportError(.unsupported, operation: .send)
                .with(message: "OpenSSL makes no empty datagrams").with(advice: "send a byte that says so")
        }
        return TransportError(.messageTooLarge, operation: .send)
            .with(message: "\(count) bytes do not fit a datagram of DTLS, which has room for \(most)")
            .with(advice: "send less at once, or make datagrams larger (TLSSettings.maximumDatagramSize)")
    }

    /// How many bytes fit one datagram to a peer; nil when there is no association.
    ///
    /// - Parameter address: The peer. The default, nil, is that of a connected endpoint.
    public func sendableSize(to address: Family.SocketAddress? = nil) -> Int? { ask(address) { $0.sendableSize } }

    // MARK: Knowledge

    /// Answers about the association of a connected endpoint, and passes other questions on.
    public func query<Key: MetadataKey>(_ key: Key.Type) -> Key.Value? {
        ask(nil) { $0.answer(key) } ?? lower.query(key)
    }

    /// What was agreed on with a peer; nil before the handshake is done, and after closing.
    ///
    /// - Parameter address: The peer. The default, nil, is that of a connected endpoint.
    public func details(of address: Family.SocketAddress? = nil) -> TLSDetails? { ask(address) { $0.details } }

    /// Makes bytes that this end and a peer know and nobody else (RFC 5705). As
    /// ``TLSTransport/exportKeyingMaterial(label:context:count:)`` does.
    ///
    /// - Parameters:
    ///   - label: What they are for, such as `EXPORTER-my-protocol`.
    ///   - context: What else they depend on; nil is not the same as empty. The default is nil.
    ///   - count: How many bytes, 1 to 65,535.
    ///   - address: The peer. The default, nil, is that of a connected endpoint.
    public func exportKeyingMaterial(
        label: String, context: [UInt8]? = nil, count: Int, with address: Family.SocketAddress? = nil
    ) throws(TransportError) -> [UInt8] {
        try withState(.exportKeyingMaterial) { (state) throws(TransportError) in
            guard let peer = (address ?? state.connected).flatMap({ state.peers[$0] }) else {
                throw TransportError(.notConnected, operation: .exportKeyingMaterial)
            }
            return try peer.engine.exportKeyingMaterial(label: label, context: context, count: count)
        }
    }

    /// The peers whose handshakes are done, in the order in which they came.
    public var peers: [Family.SocketAddress] {
        state.withLock { state in
            state.addresses.filter { state.peers[$0].map { $0.failure == nil && $0.engine.isEstablished } ?? false }
        }
    }

    /// How many peers something is kept of, whatever became of their handshakes.
    package var associationCount: Int { state.withLock { $0.peers.count } }

    private func ask<Answer>(_ address: Family.SocketAddress?, _ question: (TLSEngine) -> Answer?) -> Answer? {
        guard !isClosed.load(ordering: .acquiring) else { return nil }
        return state.withLock { state in
            guard let peer = (address ?? state.connected).flatMap({ state.peers[$0] }), peer.failure == nil,
                peer.engine.isEstablished
            else { return nil }
            return question(peer.engine)
        }
    }
}
