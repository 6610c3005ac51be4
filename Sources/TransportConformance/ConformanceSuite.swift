/// The rules of the contract, to be run on a transport: whoever writes one finds out here whether it keeps them.
///
/// The suite belongs to no test framework. It gives outcomes and throws errors:
///
/// ```swift
/// let suite = ConformanceSuite(subject)
/// try suite.run("EOF-01", driver: .blocking)      // throws a ConformanceFailure
/// print(suite.report())                           // everything, as a table
/// ```
///
/// The cases are values that a framework can take for arguments, so that each has its own line in its report:
///
/// ```swift
/// @Test(arguments: ConformanceSuite.cases)
/// func myTransport(_ conformanceCase: ConformanceCase) throws { try suite.run(conformanceCase) }
/// ```
///
/// Every run is on a thread of its own and is given up when nothing happens in it for as long as ``patience``: a transport
/// that hangs is a failure that says who was waiting for what.
public struct ConformanceSuite: Sendable {
    /// What the suite is run on.
    public let subject: ConformanceSubject

    /// How long nothing may happen in a run, by the machine's clock. The default is 10 seconds. While the whole process stands
    /// still, as when its container is paused, only a tenth of it passes.
    public var patience: Duration

    /// Makes a suite.
    ///
    /// - Parameters:
    ///   - subject: What it is run on.
    ///   - patience: How long nothing may happen in a run, by the machine's clock. The default is 10 seconds.
    public init(_ subject: ConformanceSubject, patience: Duration = .seconds(10)) {
        self.subject = subject
        self.patience = patience
    }

    /// All cases, in order.
    public static let cases: [ConformanceCase] = allCases

    /// The cases of some groups.
    public static func cases(in groups: ConformanceGroup...) -> [ConformanceCase] {
        cases.filter { groups.contains($0.group) }
    }

    /// The case with an id; nil when there is none.
    public static func conformanceCase(_ id: String) -> ConformanceCase? { cases.first { $0.id == id } }

    /// Runs a case in one way.
    ///
    /// - Returns: What came of it.
    public func outcome(of conformanceCase: ConformanceCase, driver: ConformanceDriver) -> ConformanceOutcome {
        result(of: conformanceCase, driver).outcome
    }

    /// Runs a case in one way, or in each of its ways and compares what happened.
    ///
    /// - Parameters:
    ///   - conformanceCase: The case.
    ///   - driver: The way. The default, nil, is each of the case's own.
    /// - Returns: ``ConformanceOutcome/passed`` or ``ConformanceOutcome/notApplicable(_:)``.
    /// - Throws: The ``ConformanceFailure``.
    @discardableResult
    public func run(
        _ conformanceCase: ConformanceCase, driver: ConformanceDriver? = nil
    ) throws -> ConformanceOutcome {
        let results = results(of: conformanceCase, driver.map { [$0] } ?? conformanceCase.drivers)
        for result in results {
            if case .failed(let failure) = result.outcome { throw failure }
        }
        return results.first { if case .passed = $0.outcome { true } else { false } }?.outcome
            ?? results.first?.outcome ?? .notApplicable("the case has no driver")
    }

    /// Runs the case with an id.
    ///
    /// - Throws: The ``ConformanceFailure``; one that says so when there is no such case.
    @discardableResult
    public func run(_ id: String, driver: ConformanceDriver? = nil) throws -> ConformanceOutcome {
        guard let conformanceCase = Self.conformanceCase(id) else {
            throw ConformanceFailure(
                caseID: id, rule: "a case that there is", driver: driver, subject: subject.name,
                expected: "an id of ConformanceSuite.cases", found: "\(id)", trace: []
            )
        }
        return try run(conformanceCase, driver: driver)
    }

    /// Runs cases and says what came of each.
    ///
    /// - Parameters:
    ///   - cases: The cases. The default is all.
    ///   - drivers: The ways in which to run them; each case is run in those that it has. The default is all.
    public func report(
        _ cases: [ConformanceCase] = ConformanceSuite.cases, drivers: [ConformanceDriver] = ConformanceDriver.allCases
    ) -> ConformanceReport {
        var report = ConformanceReport(subject: subject.name)
        for conformanceCase in cases {
            let wanted = conformanceCase.drivers.filter(drivers.contains)
            for result in results(of: conformanceCase, wanted) {
                report.add(conformanceCase, result.driver, result.outcome)
            }
        }
        return report
    }
}

extension ConformanceSuite {
    private func result(of conformanceCase: ConformanceCase, _ driver: ConformanceDriver) -> CaseRun.Result {
        CaseRun(conformanceCase: conformanceCase, driver: driver, subject: subject, patience: patience).perform()
    }

    /// Runs a case in some ways. Where what happens is determined, it must be the same in each.
    private func results(
        of conformanceCase: ConformanceCase, _ drivers: [ConformanceDriver]
    ) -> [(driver: ConformanceDriver, outcome: ConformanceOutcome)] {
        var first: (driver: ConformanceDriver, trace: [String: [String]])?
        return drivers.map { driver in
            let result = result(of: conformanceCase, driver)
            guard case .passed = result.outcome, conformanceCase.isDetermined else { return (driver, result.outcome) }
            guard let known = first else {
                first = (driver, result.trace)
                return (driver, result.outcome)
            }
            guard let difference = difference(result.trace, known.trace) else { return (driver, result.outcome) }
            return (
                driver,
                .failed(
                    ConformanceFailure(
                        caseID: conformanceCase.id, rule: conformanceCase.rule, driver: nil, subject: subject.name,
                        expected:
                            "the driver \(driver) to see what the driver \(known.driver) saw: \(difference.expected)",
                        found: difference.found, trace: []
                    )
                )
            )
        }
    }

    private func difference(_ trace: [String: [String]], _ known: [String: [String]]) -> (
        expected: String, found: String
    )? {
        for part in Set(trace.keys).union(known.keys).sorted() {
            let lines = trace[part] ?? []
            let expected = known[part] ?? []
            for index in 0..<max(lines.count, expected.count) {
                let line = index < lines.count ? lines[index] : "nothing"
                let other = index < expected.count ? expected[index] : "nothing"
                if line != other { return ("\(part): \(other)", "\(part): \(line)") }
            }
        }
        return nil
    }
}
