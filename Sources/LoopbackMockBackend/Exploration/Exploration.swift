internal import TransportCore

/// What an explorer wants to know about one run, and does to it besides a fault.
///
/// Used with the network's lock held.
final class Exploration {
    /// The machine of the client.
    let host: String
    /// Which receives the client's streams have; nil is as the profile says.
    private let receives: ChunkPolicy?
    private let budget: ExplorationBudget

    /// What the client has done, and how that is said in words, in the order in which it began.
    private(set) var operations: [(kind: FaultMatch.Operations, text: String)] = []
    /// Operations that wait for something to receive without a deadline, though nothing will come.
    private(set) var endlessWaits: [String] = []
    /// Whether the run took more operations or time than it may.
    private(set) var isOverBudget = false
    /// Cancels the client's task, where it has one.
    var cancelTask: (@Sendable () -> Void)?

    private var attempts = 0
    private var streams: [(pair: StreamPair, side: Int)] = []

    init(host: String, receives: ChunkPolicy?, budget: ExplorationBudget) {
        self.host = host
        self.receives = receives
        self.budget = budget
    }

    // MARK: Operations

    /// Numbers an operation of the client.
    ///
    /// - Throws: ``TransportCore/TransportError/Kind/deadlock`` when there are too many, or it is too late.
    func begin(_ operation: FaultableOperation, _ engine: NetworkEngine) throws(TransportError) {
        attempts += 1
        if attempts > budget.operations || engine.currentTime > budget.nanoseconds { isOverBudget = true }
        if isOverBudget {
            throw TransportError(.deadlock, operation: .wait).with(message: "the exploration's budget is spent")
        }
        guard operation.number == nil, operation.performer == host else { return }
        operation.number = operations.count
        operations.append((operation.kind, operation.describe(nil)))
    }

    /// Takes down how many bytes an operation has moved; nil when it failed.
    func finished(_ operation: FaultableOperation, _ count: Int?) {
        guard let number = operation.number, let count else { return }
        operations[number].text = operation.describe(count)
    }

    /// Takes down that an operation would wait for ever.
    func waitsForEver(_ operation: FaultableOperation) {
        if operation.kind == .receive { endlessWaits.append(operation.describe(nil)) }
    }

    /// Cancels the client's task as soon as the lock is free: its handlers may use the network.
    func cancel(_ engine: NetworkEngine) {
        if let cancelTask { engine.afterUnlock(cancelTask) }
    }

    // MARK: Streams

    /// Takes down a stream whose one side a program has.
    func opened(_ pair: StreamPair, side: Int, seed: UInt64) {
        guard host == (side == 0 ? pair.route.source : pair.route.destination) else { return }
        streams.append((pair, side))
        if let receives { pair[side].receives = Chunker(receives, seed: seed) }
    }

    /// The client's streams that are still open, in words.
    var openStreams: [String] {
        streams.filter { !$0.pair[$0.side].isClosed }.map { pair, side in
            let route = pair.route(from: side)
            return "the stream to \(route.name(ofSource: false))"
        }
    }

    /// The most that one of the client's streams has received.
    var largestInput: Int { streams.map { $0.pair[$0.side].receives.position }.max() ?? 0 }
}
