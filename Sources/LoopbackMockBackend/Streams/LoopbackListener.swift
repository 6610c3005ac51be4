public import TransportCore

/// A listener in a ``LoopbackNetwork``.
public final class LoopbackListener<Family: LoopbackFamily>: TransportListener {
    /// The type of the connections.
    public typealias Accepted = LoopbackStream<Family>

    private let network: NetworkEngine
    private let host: LoopbackHost
    private let address: Family.SocketAddress
    /// The addresses that are bound.
    private let bound: [Family.Space.SocketAddress]
    private let queue: ListenerQueue<Family.Space>
    private let options: OptionStore

    init(
        network: NetworkEngine, host: LoopbackHost, address: Family.SocketAddress, bound: [Family.Space.SocketAddress],
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

    /// Takes a connection from the queue.
    public func tryAccept() throws(TransportError) -> AcceptStep<LoopbackStream<Family>> {
        try network.locked { () throws(TransportError) -> AcceptStep<LoopbackStream<Family>> in
            if queue.isClosed { throw .closed(.accept) }
            guard let entry = queue.first else {
                if queue.isStopped {
                    throw .closed(.accept).with(message: "the listener has stopped accepting")
                }
                return .wouldBlock(.readable)
            }
            if let faults = network.faults {
                let acceptance = try faults.accept(&queue.accepting, entry.pair, from: queue, network)
                if case .wait = acceptance { return .wouldBlock(.readable) }
                if case .aborted = acceptance {
                    queue.removeFirst(network)
                    throw TransportError(.connectionAborted, operation: .accept)
                }
            }
            queue.removeFirst(network)
            entry.pair.record.record(.accept, 1)
            return .accepted(
                LoopbackStream(
                    network: network, pair: entry.pair, side: 1, local: Family.address(entry.local, seenAt: address),
                    remote: Family.address(entry.remote, seenAt: address)
                )
            )
        }
    }

    /// Blocks until a connection may be there, in the network's time.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try network.wait(for: need, of: queue, until: deadline)
    }

    /// Suspends until a connection may be there, in the network's time.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await network.ready(for: need, of: queue, until: deadline)
    }

    /// Refuses everyone from now on; who is queued can still be accepted.
    public func stopAccepting() throws(TransportError) {
        network.locked {
            if !queue.isStopped { queue.record?.stopped() }
            queue.isStopped = true
            unbind()
            network.changed(queue)
        }
    }

    /// Ends the listener; who is queued is cut.
    public func close() {
        network.locked {
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
                entry.pair.cut(1, network)
                entry.pair.changed(network)
            }
            network.changed(queue)
        }
    }

    /// Remembers it for the network's reports.
    public func take(_ note: OwnerNote) { network.locked { queue.record?.take(note) } }

    private func unbind() {
        for address in bound { host.listeners.unbind(queue, from: address, in: Family.Space.self) }
    }

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
    public var now: Instant { network.now }

    /// Gives the turn to those who can go on, when this thread has it.
    public func letOthersGoOn() { network.pollInVain() }
}
