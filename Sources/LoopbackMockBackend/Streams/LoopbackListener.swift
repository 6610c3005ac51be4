public import TransportCore

/// A listener in a ``LoopbackNetwork``.
public final class LoopbackListener<Family: LoopbackFamily>: TransportListener {
    /// The type of the connections.
    public typealias Accepted = LoopbackStream<Family>

    private let network: NetworkEngine
    private let host: LoopbackHost
    private let address: Family.SocketAddress
    private let queue: Queue
    private let options: OptionStore

    /// Who waits to be accepted.
    ///
    /// Sendable: touched only with the network's lock held.
    final class Queue: Waitable, @unchecked Sendable {
        struct Entry {
            let pair: StreamPair
            let local: Family.SocketAddress
            let remote: Family.SocketAddress

            /// The client has given up before there was room for it.
            var hasGivenUp: Bool { !pair.isEstablished && pair[0].isClosed }
        }

        /// Where it listens.
        let address: Family.SocketAddress
        /// How many may be established before they are accepted.
        let capacity: Int
        var entries: [Entry] = []
        var isStopped = false
        var isClosed = false
        /// The accept that is under way, where there are faults.
        var accepting: FaultableOperation?
        var waiters: [Waiter] = []
        /// What is written down about it.
        var record: ListenerRecord?

        init(address: Family.SocketAddress, capacity: Int) {
            self.address = address
            self.capacity = max(1, capacity)
        }

        /// Establishes those for whom there is room, and forgets those who no longer wait for it.
        func establish(_ engine: NetworkEngine) {
            entries.removeAll(where: \.hasGivenUp)
            for entry in entries.prefix(capacity) where !entry.pair.isEstablished {
                entry.pair.isEstablished = true
                entry.pair.changed(engine)
            }
        }

        func isReady(_ wish: Wish) -> Bool {
            isClosed || isStopped || accepting?.isHeldBack != true && !entries.allSatisfy(\.hasGivenUp)
        }

        func isClosed(_ wish: Wish) -> Bool { isClosed }
        func describe(_ wish: Wish) -> String { "a connection to \(address)" }
    }

    init(
        network: NetworkEngine, host: LoopbackHost, address: Family.SocketAddress, queue: Queue, options: OptionStore
    ) {
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
            queue.establish(network)
            guard !queue.entries.isEmpty else {
                if queue.isStopped {
                    throw .closed(.accept).with(message: "the listener has stopped accepting")
                }
                return .wouldBlock(.readable)
            }
            if let faults = network.faults {
                let acceptance = try faults.accept(&queue.accepting, queue.entries[0].pair, from: queue, network)
                if case .wait = acceptance { return .wouldBlock(.readable) }
                if case .aborted = acceptance {
                    queue.entries.removeFirst()
                    throw TransportError(.connectionAborted, operation: .accept)
                }
            }
            let entry = queue.entries.removeFirst()
            queue.establish(network)
            entry.pair.record.record(.accept, 1)
            return .accepted(
                LoopbackStream(network: network, pair: entry.pair, side: 1, local: entry.local, remote: entry.remote)
            )
        }
    }

    /// Blocks until a connection may be there, in the network's time.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try network.wait(of: queue, until: deadline)
    }

    /// Suspends until a connection may be there, in the network's time.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await network.ready(of: queue, until: deadline)
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
            for entry in queue.entries {
                if !entry.pair.isEstablished {
                    entry.pair.refusal = TransportError(.connectionRefused, operation: .connect)
                        .with(address: address).with(aftermath: .dead)
                }
                // Both TCP and Unix streams tell of it with a reset.
                entry.pair.cut(1, network)
                entry.pair.changed(network)
            }
            queue.entries = []
            network.changed(queue)
        }
    }

    /// Remembers it for the network's reports.
    public func take(_ note: OwnerNote) { network.locked { queue.record?.take(note) } }

    private func unbind() {
        for (address, bound) in host.listeners where bound === queue { host.listeners[address] = nil }
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
}
