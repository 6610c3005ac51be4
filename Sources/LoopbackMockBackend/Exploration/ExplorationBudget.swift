internal import TransportCore

/// How much one run of an exploration may take before it counts as hung.
public struct ExplorationBudget: Hashable, Sendable {
    /// How many operations the whole network may try.
    public var operations: Int
    /// How long the run may take in the network's time.
    public var time: Duration

    /// Makes a budget.
    ///
    /// - Parameters:
    ///   - operations: How many operations the whole network may try. The default is 100,000.
    ///   - time: How long the run may take in the network's time. The default is a day.
    public init(operations: Int = 100_000, time: Duration = .seconds(86_400)) {
        self.operations = operations
        self.time = time
    }

    /// The time in nanoseconds. Saturates where plain arithmetic would trap.
    var nanoseconds: Int64 { Instant(nanoseconds: 0).advanced(by: time).nanoseconds }
}
