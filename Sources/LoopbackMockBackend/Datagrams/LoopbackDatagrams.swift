public import TransportCore

/// An endpoint for datagrams in a ``LoopbackNetwork``.
public final class LoopbackDatagrams<Family: LoopbackFamily>: DatagramTransport {
    private let network: LoopbackNetwork
    // Touched only with the network's lock held, which makes it safe to share.
    private nonisolated(unsafe) let endpoint: DatagramEndpoint<Family.Space>
    private let options: OptionStore
    /// The address that it was made with, by which it is known of which form its addresses are.
    private let form: Family.SocketAddress?

    init(
        network: LoopbackNetwork, endpoint: DatagramEndpoint<Family.Space>, options: OptionStore,
        form: Family.SocketAddress?
    ) {
        self.network = network
        self.endpoint = endpoint
        self.options = options
        self.form = form
    }

    deinit { close() }

    private var engine: NetworkEngine { network.engine }

    // MARK: Steps

    /// Receives one datagram.
    public func tryReceive(
        into buffer: inout OutputRawSpan
    ) throws(TransportError) -> DatagramStep<Family.SocketAddress> {
        let datagram = try engine.locked { () throws(TransportError) -> Datagram<Family.Space>? in
            let datagram = try endpoint.receive()
            if datagram != nil { endpoint.changed(engine) }
            return datagram
        }
        guard let datagram else { return .wouldBlock(.readable) }
        let count = min(datagram.bytes.count, buffer.freeCapacity)
        buffer.withUnsafeMutableBytes { memory, filled in
            UnsafeMutableRawBufferPointer(rebasing: memory[filled..<filled + count])
                .copyBytes(from: datagram.bytes.prefix(count))
            filled += count
        }
        return .received(
            DatagramInfo(
                byteCount: count, sender: datagram.source.map { Family.address($0, seenAt: form) },
                isTruncated: count < datagram.bytes.count
            )
        )
    }

    /// Sends one datagram.
    public func trySend(_ bytes: RawSpan, to address: Family.SocketAddress?) throws(TransportError) -> SendStep {
        let count = bytes.byteCount
        let given = address.map { Family.Space.destination(of: Family.spaceAddress(of: $0)) }
        let hosts = network.allHosts
        let mayBroadcast = try options.value(named: TransportOption<Bool>.broadcast.name) == .flag(true)
        do throws(TransportError) {
            let isSent = try engine.locked { () throws(TransportError) -> Bool in
                if endpoint.isClosed { throw .closed(.send) }
                guard let destination = given ?? endpoint.peer else {
                    throw TransportError(.notConnected, operation: .send)
                }
                guard count <= Family.Space.largestDatagram(to: destination) else {
                    throw TransportError(.messageTooLarge, operation: .send)
                }
                let bytes = bytes.withUnsafeBytes { [UInt8]($0) }
                if endpoint.profile.isReliable {
                    return try endpoint.sendReliably(bytes, to: given, in: hosts, engine)
                }
                try endpoint.send(bytes, to: destination, mayBroadcast: mayBroadcast, in: hosts, engine)
                return true
            }
            return isSent ? .sent(count) : .wouldBlock(.writable)
        } catch {
            if error.kind == .closed { throw error }
            // An error about one datagram leaves the endpoint usable.
            let failure = error.with(aftermath: .usable)
            throw address.map { failure.with(address: $0) } ?? failure
        }
    }

    /// Chooses the peer.
    public func connect(to address: Family.SocketAddress?) throws(TransportError) {
        let target = address.map { Family.Space.destination(of: Family.spaceAddress(of: $0)) }
        let hosts = network.allHosts
        do throws(TransportError) {
            try engine.locked { () throws(TransportError) in
                try endpoint.connect(to: target, in: hosts)
                endpoint.changed(engine)
            }
        } catch {
            let failure = error.with(operation: .connect)
            throw address.map { failure.with(address: $0) } ?? failure
        }
    }

    // MARK: Waiting

    /// Blocks until a need may be met, in the network's time.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try engine.wait(for: need, of: endpoint, until: deadline)
    }

    /// Suspends until a need may be met, in the network's time.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await engine.ready(for: need, of: endpoint, until: deadline)
    }

    /// Blocks until an event has happened, in the network's time.
    public func wait(for event: WakeEvent, until deadline: Deadline) throws(TransportError) -> Bool {
        try engine.wait(for: event, of: endpoint, until: deadline)
    }

    /// Suspends until an event has happened, in the network's time.
    public func ready(for event: WakeEvent, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await engine.ready(for: event, of: endpoint, until: deadline)
    }

    /// Ends the endpoint; what was not received is lost.
    public func close() { engine.locked { endpoint.close(engine) } }

    // MARK: Knowledge

    /// The address of this end, also after closing.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidState`` before the first datagram, for a family whose
    ///   endpoints have no address then.
    public var localAddress: Family.SocketAddress {
        get throws(TransportError) {
            guard let address = engine.locked({ endpoint.local }) else {
                throw TransportError(.invalidState, operation: .getAddress)
                    .with(message: "the endpoint has no address before its first datagram")
            }
            return Family.address(address, seenAt: form)
        }
    }

    /// The address of the peer of a connected endpoint, also after closing.
    public var remoteAddress: Family.SocketAddress {
        get throws(TransportError) {
            guard let address = engine.locked({ endpoint.peer }) else {
                throw TransportError(.notConnected, operation: .getAddress)
            }
            return Family.address(address, seenAt: form)
        }
    }

    /// `in-memory datagrams`.
    public static var kind: String { "in-memory datagrams" }

    /// Boundaries are kept, and addresses outlive closing.
    public var facts: TransportFacts { [.preservesBoundaries, .addressesSurviveClose] }

    /// Keeps the value. `broadcast` has an effect at once; `reuseAddress`, `reusePort` and `v6Only` have one when the
    /// endpoint is made with them.
    public func apply(_ setting: OptionSetting) throws(TransportError) { try options.apply(setting) }

    /// The value that was set last.
    public func optionValue(named name: String) throws(TransportError) -> OptionValue {
        try options.value(named: name)
    }

    /// The network's time.
    public var now: Instant { network.now }

    /// Gives the turn to those who can go on, when this thread has it.
    public func letOthersGoOn() { engine.pollInVain() }
}
