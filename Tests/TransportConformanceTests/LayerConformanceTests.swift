import Testing
import TransportConformance

@Suite("Conformance of layers")
struct LayerConformanceTests {
    @Test("AnyTransport over the mock", arguments: ConformanceSuite.cases)
    func erasedMocks(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(erasedMock).run(conformanceCase)
    }

    @Test("AnyTransport over sockets", arguments: ConformanceSuite.cases)
    func erasedSockets(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(erasedSocketPairs).run(conformanceCase)
    }

    @Test("three layers over the mock", arguments: ConformanceSuite.cases)
    func nested(_ conformanceCase: ConformanceCase) throws { try ConformanceSuite(nestedLayers).run(conformanceCase) }
}
