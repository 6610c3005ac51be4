import TestSupport
import Testing
import TransportConformance

@Suite("Conformance of the in-memory network")
struct MockConformanceTests {
    @Test("with each of its profiles", arguments: mocks, ConformanceSuite.cases)
    func profiles(_ subject: ConformanceSubject, _ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(subject, patience: Patience.time).run(conformanceCase)
    }
}
