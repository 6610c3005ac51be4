extension LoopbackNetwork {
    /// Has something go wrong.
    ///
    /// ```swift
    /// network.fault(.delay(.milliseconds(80)), on: .everything.between("client", "cache"))
    /// network.fault(.reset, on: .receives.by("client").afterBytes(1000))
    /// ```
    ///
    /// The first fault that is for an operation decides what happens to it; the later ones count it all the same.
    ///
    /// - Parameters:
    ///   - verdict: What happens.
    ///   - match: To which operations. The default is every one that the verdict can happen to.
    /// - Returns: The fault, which can be removed.
    @discardableResult
    public func fault(_ verdict: FaultVerdict, on match: FaultMatch = .everything) -> FaultRule {
        FaultRule(verdict, match, in: engine)
    }

    /// Has something go wrong as long as a closure runs.
    ///
    /// - Returns: What the closure returns.
    /// - Throws: What the closure throws.
    public func withFault<Result, Failure: Error>(
        _ verdict: FaultVerdict, on match: FaultMatch = .everything, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let fault = fault(verdict, on: match)
        defer { fault.remove() }
        return try body()
    }

    /// Has something go wrong as long as a closure runs. The form for tasks.
    public func withFault<Result, Failure: Error>(
        _ verdict: FaultVerdict, on match: FaultMatch = .everything,
        _ body: nonisolated(nonsending) () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        let fault = fault(verdict, on: match)
        defer { fault.remove() }
        return try await body()
    }

    /// Cuts the network between two machines: nothing arrives, and nobody is told.
    ///
    /// Streams survive it: what they took meanwhile arrives when the partition is healed. Datagrams are lost. It comes
    /// before every other fault.
    ///
    /// - Returns: The partition, which ``FaultRule/heal()`` ends.
    @discardableResult
    public func partition(_ host: String, from other: String) -> FaultRule {
        FaultRule(.blackHole, .everything.between(host, other), isFirst: true, in: engine)
    }

    /// The faults that are there and have never happened, in words: a test that means them tests nothing.
    public var unusedFaults: [String] { engine.locked { engine.faults?.unused ?? [] } }
}
