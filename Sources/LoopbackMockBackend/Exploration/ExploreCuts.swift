/// Cuts what a client receives at every place, and demands that it makes no difference.
///
/// A stream has no messages: what a peer sends in one piece may arrive in twenty, and what it sends in twenty in one. The
/// closure runs once untouched. Then, each time in a fresh network, the client's streams are cut at one position, at
/// every one that the first run has had; they are drip-fed byte by byte and cut at random; and at last every receive waits
/// until the peers have said all that they say without an answer, so that as much as possible comes together. The result
/// must always be that of the first run, and no error is a fair answer.
///
/// ```swift
/// try exploreCuts { network in
///     _ = try network.serve(on: "greetings", port: 7000) { … }
///     return try Greeter(host: "greetings", via: network.backend()).greeting(for: "Ada")
/// }
/// ```
///
/// - Parameters:
///   - host: The machine of the client. The default is that of ``LoopbackNetwork/backend(on:)``.
///   - profile: How streams behave otherwise. The default, nil, is as each family usually does.
///   - seed: The seed of the networks. The default is 0.
///   - positions: How many positions are tried at most; where the client receives more bytes, they are spread evenly.
///     The default is 4096.
///   - randomRuns: How often the streams are cut at random. The default is 8.
///   - budget: When a run counts as hung.
///   - body: What the client does. It is given the network, and returns what must always be the same.
/// - Returns: What was done.
/// - Throws: ``ExplorationFailure`` when there are findings.
@discardableResult
public func exploreCuts<Result: Equatable>(
    host: String = "localhost", profile: NetworkProfile? = nil, seed: UInt64 = 0, positions: Int = 4096,
    randomRuns: Int = 8, budget: ExplorationBudget = ExplorationBudget(), _ body: (LoopbackNetwork) throws -> Result
) throws -> ExplorationReport {
    var explorer = Explorer<Result>(
        host: host, profile: profile, seed: seed, budget: budget, accepts: { _ in false }, areEqual: ==
    )
    let untouched = explorer.prepare(.init())
    try explorer.judgeUntouched(untouched, .init { try body(untouched.network) })
    for plan in explorer.cutPlans(positions, randomRuns) {
        let trial = explorer.prepare(plan)
        explorer.judge(trial, .init { try body(trial.network) })
    }
    try explorer.throwFindings()
    return explorer.report
}

/// Cuts what a client receives at every place, and demands that it makes no difference. The form for tasks: it runs the
/// closure in ``LoopbackNetwork/run(_:)``. Otherwise like the form that blocks.
@discardableResult
public func exploreCuts<Result: Equatable & Sendable>(
    host: String = "localhost", profile: NetworkProfile? = nil, seed: UInt64 = 0, positions: Int = 4096,
    randomRuns: Int = 8, budget: ExplorationBudget = ExplorationBudget(),
    _ body: @escaping @Sendable (LoopbackNetwork) async throws -> Result
) async throws -> ExplorationReport {
    var explorer = Explorer<Result>(
        host: host, profile: profile, seed: seed, budget: budget, accepts: { _ in false }, areEqual: ==
    )
    let untouched = explorer.prepare(.init())
    try explorer.judgeUntouched(untouched, await untouched.run(body))
    for plan in explorer.cutPlans(positions, randomRuns) {
        let trial = explorer.prepare(plan)
        explorer.judge(trial, await trial.run(body))
    }
    try explorer.throwFindings()
    return explorer.report
}

extension Explorer {
    /// Every way of cutting.
    func cutPlans(_ positions: Int, _ randomRuns: Int) -> [ExplorationPlan] {
        let count = max(0, inputCount - 1)
        let tried = min(count, max(1, positions))
        let cuts = (0..<tried).map { number in
            let position = 1 + Int(Double(number) * Double(count) / Double(tried))
            return ExplorationPlan(receives: .cut(at: [position]), name: "cut after byte \(position)")
        }
        let random = (0..<max(0, randomRuns)).map { number in
            ExplorationPlan(receives: .random, name: "cut at random, run \(number + 1)", seed: UInt64(number))
        }
        return cuts + [ExplorationPlan(receives: .oneByte, name: "byte by byte")] + random
            + [ExplorationPlan(verdict: FaultVerdict(kind: .coalesce), receives: .whole, name: "everything at once")]
    }
}
