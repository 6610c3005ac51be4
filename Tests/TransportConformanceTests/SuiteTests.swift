import LoopbackMockBackend
import Testing
import TransportConformance
import TransportCore

@Suite("The conformance suite itself")
struct SuiteTests {
    private let healthy = wrappedMock("healthy") { $0 }
    private let broken = wrappedMock("broken \u{201C}end\u{201D}") { EndsWithZero(lower: $0) }

    @Test("every case has an id of its own, a group, a rule and a driver")
    func cases() {
        let cases = ConformanceSuite.cases
        #expect(Set(cases.map(\.id)).count == cases.count)
        for conformanceCase in cases {
            #expect(conformanceCase.id.hasPrefix("\(conformanceCase.group)-"))
            #expect(conformanceCase.rule.hasSuffix("."))
            #expect(!conformanceCase.drivers.isEmpty)
        }
        #expect(ConformanceSuite.cases(in: .basics, .zeroLength).allSatisfy { $0.id < "C" || $0.id > "Z" })
        #expect(ConformanceSuite.conformanceCase("EOF-01")?.group == .endOfStream)
        #expect(ConformanceSuite.conformanceCase("EOF-99") == nil)
    }

    @Test("a case that there is not is a failure")
    func unknownCase() {
        #expect(throws: ConformanceFailure.self) { try ConformanceSuite(healthy).run("XYZ-01") }
    }

    @Test("a case that does not apply says why")
    func notApplicable() throws {
        let outcome = try ConformanceSuite(healthy).run("EOF-13")
        #expect("\(outcome)" == "not applicable: the transport claims halfClose")
        let listening = try ConformanceSuite(healthy).run("LIS-01")
        #expect("\(listening)" == "not applicable: the subject does not offer a backend")
        let driver = try ConformanceSuite(healthy).run("CLO-03", driver: .stepping)
        #expect("\(driver)" == "not applicable: the case is not for the driver stepping")
    }

    @Test("a failure tells the case, the rule, what was expected and found, and what happened before")
    func failure() throws {
        let failure = try #require(
            #expect(throws: ConformanceFailure.self) { try ConformanceSuite(broken).run("EOF-01", driver: .stepping) }
        )
        #expect(failure.trace.prefix(3).sorted().prefix(2) == ["A: close → done", "A: send 4 bytes → done"])
        #expect(failure.trace.last?.hasPrefix("B: receive up to the end → invalidState") == true)
        let lines = "\(failure)".split(separator: "\n")
        #expect(lines[0] == "EOF-01 (broken \u{201C}end\u{201D}, stepping): \(failure.rule)")
        #expect(lines[1] == "  expected: B to receive up to the end → the end of the stream")
        #expect(lines[2].hasPrefix("  found:    invalidState"))
        #expect(lines[3] == "  before:")
    }

    @Test("a subject that hangs is a failure that says who waits for what")
    func hang() throws {
        let hanging = wrappedMock("hanging") { LosesTheEnd(lower: $0) }
        // On a busy machine, a run may be given up before its threads have come so far as to hang.
        var patience = Duration.milliseconds(100)
        var found = ""
        repeat {
            let suite = ConformanceSuite(hanging, patience: patience)
            let failure = try #require(
                #expect(throws: ConformanceFailure.self) { try suite.run("EOF-03", driver: .blocking) }
            )
            found = failure.found
            patience *= 4
        } while !found.contains("B: receive up to the end") && patience < .seconds(30)
        #expect(found.contains("B: receive up to the end"))
    }

    @Test("a report is a table, and JSON")
    func report() {
        let cases = ConformanceSuite.cases(in: .endOfStream)
        let good = ConformanceSuite(healthy).report(cases, drivers: [.stepping])
        #expect(good.isSuccess)
        #expect(good.entries.count == cases.count { $0.drivers.contains(.stepping) })
        #expect("\(good)".contains("EOF-01    passed"))
        #expect("\(good)".contains("EOF-13 does not apply: the transport claims halfClose"))
        let bad = ConformanceSuite(broken).report(cases, drivers: [.stepping])
        #expect(!bad.isSuccess)
        #expect(bad.failures.contains { $0.caseID == "EOF-01" })
        #expect("\(bad)".contains("EOF-01    FAILED"))
        #expect(bad.json.contains(#""subject": "broken “end”""#))
        #expect(bad.json.contains(#""case": "EOF-01", "rule": "#))
        #expect(bad.json.contains(#""outcome": "failed", "expected": "#))
    }

    @Test("a subject that cannot be prepared is a failure")
    func preparation() {
        let subject = ConformanceSubject("none") { throw TransportError(.tooManyOpenFiles, operation: .open) }
        #expect(throws: ConformanceFailure.self) { try ConformanceSuite(subject).run("BAS-01") }
    }

    @Test("a fact that is expected and not claimed is a failure")
    func expectedFacts() {
        var subject = healthy
        subject.facts = [.halfClose, .vectored]
        #expect(throws: ConformanceFailure.self) { try ConformanceSuite(subject).run("FCT-01") }
    }
}
