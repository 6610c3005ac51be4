public import TransportCore

/// A listener in a ``LoopbackNetwork``.
public final class LoopbackListener<Family: LoopbackFamily>: TransportListener {
    /// The type of the connections.
    public typealias Accepted = LoopbackStream<Family>

    private let network: LoopbackNetwork
    private let host: LoopbackHost
    private let address: Family.SocketAddress
    /// The addresses that are bound.
    private let bound: [Family.Space.SocketAddress]
    private let queue: ListenerQueue<Family.Space>
    private let options: OptionStore

    init(
        network: LoopbackNetwork, host: LoopbackHost, address: Family.SocketAddress,
        bound: [Family.Space.SocketAddress],
        queue: ListenerQueue<Family.Space>, options: OptionStore
    ) {
        self.bound = bound
        self.options = options
        self.network = network
        self.host = host
        self.address = address
        self.queue = queue
    }

    deinit { close() }

    private var engine: NetworkEngine { network.engine }

    /// Takes a connection from the queue.
    public func tryAccept() throws(TransportError) -> AcceptStep<LoopbackStream<Family>> {
        try engine.locked { () throws(TransportError) -> AcceptStep<LoopbackStream<Family>> in
            if queue.isClosed { throw .closed(.accept) }
            guard let entry = queue.first else {
                if queue.isStopped {
                    throw .closed(.accept).with(message: "the listener has stopped accepting")
                }
                return .wouldBlock(.readable)
            }
            if let faults = engine.faults {
                let acceptance = try faults.accept(&queue.accepting, entry.pair, from: queue, engine)
                if case .wait = acceptance { return .wouldBlock(.readable) }
                if case .aborted = acceptance {
                    queue.removeFirst(engine)
                    throw TransportError(.connectionAborted, operation: .accept)
                }
            }
            queue.removeFirst(engine)
            entry.pair.record.record(.accept, 1)
            return .accepted(
                LoopbackStream(
                    engine: engine, network: network, pair: entry.pair, side: 1,
                    local: Family.address(entry.local, seenAt: address),
                    remote: Family.address(entry.remote, seenAt: address)
                )
            )
        }
    }

    /// Blocks until a connection may be there, in the network's time.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try engine.wait(for: need, of: queue, until: deadline)
    }

    /// Suspends until a connection may be there, in the network's time.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await engine.ready(for: need, of: queue, until: deadline)
    }

    /// Blocks until an event has happened, in the network's time.
    public func wait(for event: WakeEvent, until deadline: Deadline) throws(TransportError) -> Bool {
        try engine.wait(for: event, of: queue, until: deadline)
    }

    /// Suspends until an event has happened, in the network's time.
    public func ready(for event: WakeEvent, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await engine.ready(for: event, of: queue, until: deadline)
    }

    /// Refuses everyone from now on; who is queued can still be accepted.
    public func stopAccepting() throws(TransportError) {
        engine.locked {
            if !queue.isStopped { queue.record?.stopped() }
            queue.isStopped = true
            unbind()
            engine.changed(queue)
        }
    }

    /// Ends the listener; who is queued is cut.
    public func close() {
        engine.locked {
            guard !queue.isClosed else { return }
            queue.record?.closed(wasStopped: queue.isStopped)
            queue.isClosed = true
            unbind()
            for entry in queue.removeAll() {
                if !entry.pair.isEstablished {
                    entry.pair.refusal = TransportError(.connectionRefused, operation: .connect)
                        .with(address: address).with(aftermath: .dead)
                }
                // Both TCP and Unix streams tell of it with a reset.
                entry.pair.cut(1, engine)
                entry.pair.changed(engine)
            }
            engine.changed(queue)
        }
    }

    /// Remembers it for the network's reports.
    public func take(_ note: OwnerNote) { engine.locked { queue.record?.take(note) } }

    private func unbind() { host.unbind(queue, from: bound, in: Family.Space.self, table: \.listeners) }

    /// The address that is listened on.
    public var localAddress: Family.SocketAddress {
        get throws(TransportError) { address }
    }

    /// The address outlives closing, and a full queue makes connects wait.
    public var facts: TransportFacts { [.addressesSurviveClose, .fullBacklogPends] }

    /// Keeps the value.
    public func apply(_ setting: OptionSetting) throws(TransportError) { try options.apply(setting) }

    /// The value that was set last.
    public func optionValue(named name: String) throws(TransportError) -> OptionValue {
        try options.value(named: name)
    }

    /// The network's time.
    public var now: Instant { engine.now }

    /// Gives the turn to those who can go on, when this thread has it.
    public func letOthersGoOn() { engine.pollInVain() }
}
