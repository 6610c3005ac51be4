import TestSupport
import Testing
import TransportConformance

/// Every layer keeps the rules of the contract, over sockets, over a hostile mock, and looked at from below.
@Suite("Conformance of layers")
struct LayerConformanceTests {
    @Test("layers that only watch", arguments: watchingSubjects, ConformanceSuite.cases)
    func watching(_ subject: ConformanceSubject, _ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(subject, patience: Patience.time).run(conformanceCase)
    }

    @Test("throttled streams", arguments: throttledSubjects, ConformanceSuite.cases)
    func throttled(_ subject: ConformanceSubject, _ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(subject, patience: Patience.time).run(conformanceCase)
    }

    @Test("streams that begin with an exchange", arguments: openingSubjects, ConformanceSuite.cases)
    func opening(_ subject: ConformanceSubject, _ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(subject, patience: Patience.time).run(conformanceCase)
    }
}
