import Testing
import TransportConformance

@Suite("Conformance of the in-memory network")
struct MockConformanceTests {
    private func check(_ conformanceCase: ConformanceCase, _ name: String) throws {
        try ConformanceSuite(try #require(mocks[name]), patience: .seconds(60)).run(conformanceCase)
    }

    @Test("like TCP", arguments: ConformanceSuite.cases)
    func tcp(_ conformanceCase: ConformanceCase) throws { try check(conformanceCase, "tcp") }

    @Test("like Unix streams", arguments: ConformanceSuite.cases)
    func unix(_ conformanceCase: ConformanceCase) throws { try check(conformanceCase, "unix") }

    @Test("hostile", arguments: ConformanceSuite.cases)
    func hostile(_ conformanceCase: ConformanceCase) throws { try check(conformanceCase, "hostile") }

    @Test("in lockstep", arguments: ConformanceSuite.cases)
    func lockstep(_ conformanceCase: ConformanceCase) throws { try check(conformanceCase, "lockstep") }
}
