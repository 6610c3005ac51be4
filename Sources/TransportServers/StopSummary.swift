/// What came of stopping a server.
public struct StopSummary: Hashable, Sendable {
    /// How many connections and datagrams were finished in time.
    public var drained: Int
    /// How many connections were cut, and datagrams given up, when the time was over.
    public var aborted: Int

    /// Makes a summary.
    public init(drained: Int = 0, aborted: Int = 0) {
        self.drained = drained
        self.aborted = aborted
    }
}

extension StopSummary: CustomStringConvertible {
    /// The two counts, for a log: `3 finished, 0 cut`.
    public var description: String { "\(drained) finished, \(aborted) cut" }
}
