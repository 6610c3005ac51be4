/// Fails every operation of a client once, in every way, and looks at what the client makes of it.
///
/// ```swift
/// try exploreFaults { network in
///     let server = try network.serve(on: "cache", port: 6379) { … }
///     let client = try CacheClient(host: "cache", via: network.backend())
///     defer { client.close() }
///     return try client.get("key")
/// }
/// ```
///
/// The closure runs once untouched, and then, each time in a fresh network, once for each operation that the client does
/// (connects, accepts, sends and receives, in their order) and each kind of fault. When an operation has failed, the
/// closure may throw a transport error, or return the same result as ever; anything else is a finding:
/// - a result that differs: half a reply was taken for a whole one, or a request was done twice;
/// - a short count that was noticed at all;
/// - an error that has no transport error in it, such as an index out of range or a peer's unfinished script;
/// - bytes that a scripted peer's script does not expect;
/// - a stream that is still open when the closure has returned, or that was dropped and not closed, unless the client
///   does so also when nothing fails;
/// - a wait that nobody ends.
///
/// Let the result say all that is to be the same: also what the server has done. What is in it must not depend on the
/// machine. The servers' threads must end when their operations fail; so do those that are still blocked in the end.
///
/// - Parameters:
///   - host: The machine whose operations fail. The default is that of ``LoopbackNetwork/backend(on:)``.
///   - profile: How streams behave. The default, nil, is as each family usually does.
///   - seed: The seed of the networks. The default is 0.
///   - faults: What is tried. The default is everything.
///   - operations: Which operations fail, the first being 1: to repeat a finding. The default, nil, is all of them.
///   - budget: When a run counts as hung.
///   - accepts: Whether an error is a fair answer to a fault. The default takes a ``TransportCore/TransportError``, and
///     any error that has one in its properties or cases.
///   - body: What the client does. It is given the network, and returns what must always be the same.
/// - Returns: What was done.
/// - Throws: ``ExplorationFailure`` when there are findings.
@discardableResult
public func exploreFaults<Result: Equatable>(
    host: String = "localhost", profile: NetworkProfile? = nil, seed: UInt64 = 0, faults: Set<ExploredFault> = .all,
    operations: ClosedRange<Int>? = nil, budget: ExplorationBudget = ExplorationBudget(),
    accepts: @escaping (any Error) -> Bool = hasTransportError, _ body: (LoopbackNetwork) throws -> Result
) throws -> ExplorationReport {
    var explorer = Explorer<Result>(
        host: host, profile: profile, seed: seed, budget: budget, accepts: accepts, areEqual: ==
    )
    let untouched = explorer.prepare(.init())
    try explorer.judgeUntouched(untouched, .init { try body(untouched.network) })
    for plan in explorer.faultPlans(faults, operations, inTask: false) {
        let trial = explorer.prepare(plan)
        explorer.judge(trial, .init { try body(trial.network) })
    }
    try explorer.throwFindings()
    return explorer.report
}

/// Fails every operation of a client once, in every way. The form for tasks: it runs the closure in
/// ``LoopbackNetwork/run(_:)``, and also cancels its task at each operation.
///
/// Otherwise like the form that blocks.
@discardableResult
public func exploreFaults<Result: Equatable & Sendable>(
    host: String = "localhost", profile: NetworkProfile? = nil, seed: UInt64 = 0, faults: Set<ExploredFault> = .all,
    operations: ClosedRange<Int>? = nil, budget: ExplorationBudget = ExplorationBudget(),
    accepts: @escaping @Sendable (any Error) -> Bool = hasTransportError,
    _ body: @escaping @Sendable (LoopbackNetwork) async throws -> Result
) async throws -> ExplorationReport {
    var explorer = Explorer<Result>(
        host: host, profile: profile, seed: seed, budget: budget, accepts: accepts, areEqual: ==
    )
    let untouched = explorer.prepare(.init())
    try explorer.judgeUntouched(untouched, await untouched.run(body))
    for plan in explorer.faultPlans(faults, operations, inTask: true) {
        let trial = explorer.prepare(plan)
        explorer.judge(trial, await trial.run(body))
    }
    try explorer.throwFindings()
    return explorer.report
}

/// Whether an error is a transport error, or has one in its properties or cases, at any depth.
@Sendable
public func hasTransportError(_ error: any Error) -> Bool { !error.chain.isEmpty }

extension Explorer {
    /// Every fault at every operation that it can happen to.
    func faultPlans(_ faults: Set<ExploredFault>, _ numbers: ClosedRange<Int>?, inTask: Bool) -> [ExplorationPlan] {
        let variants = ExploredFault.variants(of: faults, inTask: inTask)
        return operations.enumerated().flatMap { index, operation -> [ExplorationPlan] in
            let number = index + 1
            guard numbers?.contains(number) ?? true else { return [] }
            return variants.filter { $0.verdict.kind.operations.contains(operation.kind) }.map { fault, verdict in
                ExplorationPlan(
                    operation: number, verdict: verdict, place: "operation \(number) (\(operation.text))",
                    name: "\(verdict)", isMasked: fault.isMasked
                )
            }
        }
    }
}
