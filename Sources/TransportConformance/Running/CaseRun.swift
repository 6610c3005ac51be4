internal import CThreads
internal import TransportCore

/// One run of one case on one subject, on a thread of its own, watched by the caller.
struct CaseRun {
    let conformanceCase: ConformanceCase
    let driver: ConformanceDriver
    let subject: ConformanceSubject
    let patience: Duration

    /// What came of the run, and what happened in it.
    struct Result {
        let outcome: ConformanceOutcome
        let trace: [String: [String]]
    }

    func perform() -> Result {
        guard conformanceCase.drivers.contains(driver) else {
            return Result(outcome: .notApplicable("the case is not for the driver \(driver)"), trace: [:])
        }
        let bench: ConformanceBench
        do {
            bench = try subject.prepare()
        } catch {
            return Result(outcome: .failed(failure(Mismatch(expected: "a bench", found: "\(error)"), nil)), trace: [:])
        }
        let scene = Scene(subject, bench, driver)
        let verdict = Locked<ConformanceOutcome?>(nil)
        let started = startThread {
            let outcome = outcome(in: scene)
            scene.tearDown()
            verdict.withLock { $0 = outcome }
            verdict.wakeAll()
        }
        guard started else {
            let problem = Mismatch(expected: "a thread", found: "the system could not start one")
            return Result(outcome: .failed(failure(problem, scene)), trace: [:])
        }
        if let outcome = wait(for: verdict, watching: scene.trace) {
            return Result(outcome: outcome, trace: scene.trace.normalized)
        }
        // Somebody hangs. Cutting the streams brings the threads back, unless the transport is broken in that, too.
        let activity = scene.trace.activity
        var found = activity.isEmpty ? "it hangs outside the transport" : activity.joined(separator: "; ")
        scene.cut()
        if verdict.wait(until: realDeadline(after: .seconds(1)), for: { $0 }) == nil {
            found += "; cutting the streams does not wake them"
        }
        let hang = Mismatch(expected: "an end", found: "nothing happens any more: \(found)")
        return Result(outcome: .failed(failure(hang, scene)), trace: [:])
    }

    /// Waits for the end of a run for as long as something happens in it, within reason.
    private func wait(for verdict: Locked<ConformanceOutcome?>, watching trace: Trace) -> ConformanceOutcome? {
        var seen = -1
        var slicesInVain = 0
        // A slow machine is no broken transport; a transport that does nothing but the same again and again is. In slices,
        // because the process may stand still meanwhile: however long that takes, it counts for one of them.
        for _ in 0..<100 where slicesInVain < 10 {
            slicesInVain = trace.length > seen ? 1 : slicesInVain + 1
            seen = trace.length
            if let outcome = verdict.wait(until: realDeadline(after: patience / 10), for: { $0 }) { return outcome }
        }
        return nil
    }

    private func outcome(in scene: Scene) -> ConformanceOutcome {
        do {
            let claims = { try scene.claims }
            let offers = scene.bench.offers.union(try severOffer(scene))
            if let reason = try conformanceCase.requirement.objection(facts: claims, offers: offers) {
                return .notApplicable(reason)
            }
            try conformanceCase.body(scene)
            return .passed
        } catch {
            let error = scene.cause ?? error
            if let reason = error as? NotApplicable { return .notApplicable(reason.reason) }
            return .failed(failure(error, scene))
        }
    }

    /// Whether pairs can be severed is known of a pair alone, and most cases need not know it.
    private func severOffer(_ scene: Scene) throws -> Set<ConformanceRequirement.Offer> {
        guard conformanceCase.requirement.offers.contains(.sever) else { return [] }
        return try scene.pair.sever == nil ? [] : [.sever]
    }

    private func failure(_ error: any Error, _ scene: Scene?) -> ConformanceFailure {
        let mismatch =
            error as? Mismatch
            ?? Mismatch(expected: "no error", found: (error as? TransportError)?.explanation ?? "\(error)")
        return ConformanceFailure(
            caseID: conformanceCase.id, rule: conformanceCase.rule, driver: driver, subject: subject.name,
            expected: mismatch.expected, found: mismatch.found, trace: scene?.trace.story ?? []
        )
    }

    private func realDeadline(after duration: Duration) -> Int64 {
        let (sum, overflow) = cthreads_now().addingReportingOverflow(duration.wholeNanoseconds)
        return overflow ? .max : sum
    }
}

/// Thrown by a case that finds out by itself that it does not apply.
struct NotApplicable: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
}

extension Duration {
    /// The duration in nanoseconds; as long as can be for what is longer.
    fileprivate var wholeNanoseconds: Int64 {
        guard self < .nanoseconds(Int64.max) else { return .max }
        return components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
