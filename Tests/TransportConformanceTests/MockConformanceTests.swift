import LoopbackMockBackend
import Testing
import TransportConformance

@Suite("Conformance of the in-memory network")
struct MockConformanceTests {
    @Test("like TCP", arguments: ConformanceSuite.cases)
    func tcp(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(mock("tcp", .tcp, bulk: 128 << 10)).run(conformanceCase)
    }

    @Test("like Unix streams", arguments: ConformanceSuite.cases)
    func unix(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(mock("unix", .unix, bulk: 128 << 10)).run(conformanceCase)
    }

    @Test("hostile", arguments: ConformanceSuite.cases)
    func hostile(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(mock("hostile", .hostile, bulk: 16 << 10)).run(conformanceCase)
    }

    @Test("in lockstep", arguments: ConformanceSuite.cases)
    func lockstep(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(mock("lockstep", .lockstep, bulk: 128)).run(conformanceCase)
    }
}
