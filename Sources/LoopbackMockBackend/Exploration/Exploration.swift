internal import TransportCore

/// What an explorer wants to know about one run, and does to it besides a fault.
///
/// Used with the network's lock held.
final class Exploration {
    /// The machine of the client.
    let host: String
    /// What it has done, in words, in the order in which it began.
    private(set) var operations: [String] = []
    /// Operations that wait for something to receive without a deadline, though nothing will come.
    private(set) var endlessWaits: [String] = []
    /// Whether the run took more operations or time than it may.
    private(set) var isOverBudget = false
    /// Which receives the client's streams have; nil is as the profile says.
    let receives: ChunkPolicy?
    /// The most that one of the client's streams has received.
    private(set) var largestInput = 0

    private let attemptLimit: Int
    private let timeLimit: Int64
    private var attempts = 0
    private var isCancelled = false

    init(host: String, receives: ChunkPolicy? = nil, attemptLimit: Int, timeLimit: Int64) {
        self.host = host
        self.receives = receives
        self.attemptLimit = attemptLimit
        self.timeLimit = timeLimit
    }

    /// Numbers an operation of the client. Throws when there are too many.
    func begin(_ operation: FaultableOperation, _ engine: NetworkEngine) throws(TransportError) {
        attempts += 1
        if attempts > attemptLimit || engine.currentTime > timeLimit { isOverBudget = true }
        if isOverBudget {
            throw TransportError(.deadlock, operation: .wait).with(message: "the exploration's budget is spent")
        }
        guard operation.number == nil, operation.performer == host else { return }
        operation.number = operations.count
        operations.append(operation.describe(nil))
    }

    /// Takes down how many bytes an operation has moved; nil when it failed.
    func finished(_ operation: FaultableOperation, _ count: Int?) {
        guard let number = operation.number, let count else { return }
        operations[number] = operation.describe(count)
    }

    /// Takes down that an operation would wait for ever.
    func waitsForEver(_ operation: FaultableOperation) {
        if operation.kind == .receive { endlessWaits.append(operation.describe(nil)) }
    }

    /// Has the client's task be cancelled as soon as the lock is free.
    func cancel() { isCancelled = true }
}
