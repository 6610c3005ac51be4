internal import TransportCore

/// Runs a closure again and again, each time in a network of its own, and judges what came of it.
struct Explorer<Result> {
    let host: String
    let profile: NetworkProfile?
    let seed: UInt64
    let budget: ExplorationBudget
    let accepts: (any Error) -> Bool
    let areEqual: (Result, Result) -> Bool

    private(set) var report = ExplorationReport()
    private var expected: Run?

    init(
        host: String, profile: NetworkProfile?, seed: UInt64, budget: ExplorationBudget,
        accepts: @escaping (any Error) -> Bool, areEqual: @escaping (Result, Result) -> Bool
    ) {
        self.host = host
        self.profile = profile
        self.seed = seed
        self.budget = budget
        self.accepts = accepts
        self.areEqual = areEqual
    }

    /// What came of a run.
    private struct Run {
        let outcome: Swift.Result<Result, any Error>
        let openStreams: [String]
        let dropped: [String]
        let operations: [(kind: FaultMatch.Operations, text: String)]
        let largestInput: Int
    }

    /// Makes the network for a run.
    func prepare(_ plan: ExplorationPlan) -> ExplorationTrial {
        let drops = DropRecorder()
        let exploration = Exploration(host: host, receives: plan.receives, budget: budget)
        let network = LoopbackNetwork(profile: profile, seed: seed &+ plan.seed, observer: (host, drops))
        network.engine.locked { network.engine.makeFaults().exploration = exploration }
        if let verdict = plan.verdict {
            let client = FaultMatch.everything.by(host)
            network.fault(verdict, on: plan.operation.map { client.nth($0) } ?? client)
        }
        return ExplorationTrial(plan: plan, network: network, drops: drops, exploration: exploration)
    }

    /// What the client has done when nothing failed.
    var operations: [(kind: FaultMatch.Operations, text: String)] { expected?.operations ?? [] }

    /// How many bytes the client has received at most on one stream when nothing failed.
    var inputCount: Int { expected?.largestInput ?? 0 }

    // MARK: Judging

    /// Judges what came of the run in which nothing is done to the client. Nothing may be wrong with it.
    ///
    /// - Throws: ``ExplorationFailure`` when something is.
    mutating func judgeUntouched(_ trial: ExplorationTrial, _ outcome: Swift.Result<Result, any Error>) throws {
        let run = finish(trial, outcome)
        report.operations = run.operations.map(\.text)
        expected = run
        if case .failure(let error) = outcome { find(error, trial) }
        try throwFindings()
    }

    /// Judges what came of a run.
    mutating func judge(_ trial: ExplorationTrial, _ outcome: Swift.Result<Result, any Error>) {
        let run = finish(trial, outcome)
        guard case .success(let wanted)? = expected?.outcome else { return }
        switch run.outcome {
        case .success(let result):
            if !areEqual(result, wanted) { find(.wrongResult, trial, "returned \(result) in place of \(wanted)") }
        case .failure(let error):
            find(error, trial)
        }
    }

    private mutating func find(_ error: any Error, _ trial: ExplorationTrial) {
        if error.chain.contains(where: { $0.kind == .deadlock }) {
            find(.hung, trial, Self.text(error))
        } else if trial.plan.isMasked || !accepts(error) {
            find(.unexpectedError, trial, "threw \(Self.text(error))")
        }
    }

    /// Throws the report when there is something in it.
    func throwFindings() throws {
        if !report.findings.isEmpty { throw ExplorationFailure(report: report) }
    }

    /// Ends a run and takes down what is wrong in any case.
    private mutating func finish(_ trial: ExplorationTrial, _ outcome: Swift.Result<Result, any Error>) -> Run {
        report.runCount += 1
        let network = trial.network
        let players = network.engine.locked { network.engine.log.players }
        let wrongBytes = network.engine.locked { players.compactMap(\.mismatch) }
        let (run, endless, isOverBudget) = network.engine.locked {
            let exploration = trial.exploration
            let run = Run(
                outcome: outcome, openStreams: exploration.openStreams, dropped: trial.drops.all,
                operations: exploration.operations, largestInput: exploration.largestInput
            )
            return (run, exploration.endlessWaits, exploration.isOverBudget)
        }
        network.shutDown()
        for failure in wrongBytes { find(.wrongBytes, trial, failure.description) }
        for operation in endless { find(.hung, trial, "would wait for ever: \(operation), without a deadline") }
        if isOverBudget { find(.hung, trial, "went on for more operations or time than the budget allows") }
        for stream in run.openStreams { find(.leaked, trial, "\(stream) is still open") }
        // A client that leaves closing to the end of its objects does so also when nothing fails.
        let usual = expected?.dropped ?? run.dropped
        for subject in run.dropped where !usual.contains(subject) {
            find(.leaked, trial, "\(subject) was dropped and not closed")
        }
        return run
    }

    private mutating func find(_ kind: ExplorationReport.Kind, _ trial: ExplorationTrial, _ details: String) {
        report.findings.append(
            ExplorationReport.Finding(
                kind: kind, operation: trial.plan.operation, place: trial.plan.place, fault: trial.plan.name,
                details: details
            )
        )
    }

    private static func text(_ error: any Error) -> String {
        (error as? TransportError)?.explanation ?? "\(error)"
    }
}
