internal import TransportCore

/// One thread does what can be done for any part, in turn.
struct SteppingDriver {
    let scene: Scene

    /// A part that is under way.
    private struct Runner {
        let part: Part
        var index = 0
        var machine: ActMachine?
        var interest: Need.Interest = []

        var isDone: Bool { index == part.acts.count }
    }

    func run(_ parts: [Part]) throws {
        var runners = parts.map { Runner(part: $0) }
        var idleRounds = 0
        while let first = runners.firstIndex(where: { !$0.isDone }) {
            var progressed = false
            for index in runners.indices[first...] where !runners[index].isDone {
                if try step(&runners[index]) { progressed = true }
            }
            guard !progressed else {
                idleRounds = 0
                continue
            }
            idleRounds += 1
            try waitALittle(runners.filter { !$0.isDone }, round: idleRounds)
        }
    }

    /// Does a piece of a part. False when nothing could be done.
    private func step(_ runner: inout Runner) throws -> Bool {
        let act = runner.part.acts[runner.index]
        if runner.machine == nil {
            runner.machine = ActMachine(act.operation)
            scene.trace.begin(runner.part.label, act)
        }
        switch runner.machine?.step(runner.part.end) {
        case .finished(let outcome):
            runner.machine = nil
            runner.index += 1
            try scene.trace.end(runner.part.label, act, outcome)
            return true
        case .blocked(let interest):
            runner.interest = interest
            return false
        case .moved, nil: return true
        }
    }

    /// Nothing can be done anywhere: waits a little, first without letting time pass.
    private func waitALittle(_ runners: [Runner], round: Int) throws {
        // Five seconds of the transport's time: a stream whose ends both do nothing for so long is stuck.
        guard round < 5000 else {
            throw Mismatch(
                expected: "one of the ends to go on",
                found: "none of them can: " + runners.map { "\($0.part.label) would block" }.joined(separator: ", ")
            )
        }
        // What a wait has to say shows in the next step.
        for runner in runners where (try? runner.part.end.wait(for: runner.interest, .until(.passed))) != false {
            return
        }
        let runner = runners[round % runners.count]
        _ = try? runner.part.end.wait(for: runner.interest, .within(.milliseconds(1)))
    }
}
