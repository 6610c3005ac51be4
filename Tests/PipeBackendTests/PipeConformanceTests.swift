import Testing
import TransportConformance

@Suite("Conformance of pipes")
struct PipeConformanceTests {
    @Test("keeps the contract", arguments: ConformanceSuite.cases)
    func keepsTheContract(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(pipe).run(conformanceCase)
    }
}
