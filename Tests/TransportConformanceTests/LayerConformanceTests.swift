import Testing
import TransportConformance

@Suite("Conformance of layers")
struct LayerConformanceTests {
    @Test("AnyTransport over the mock", arguments: ConformanceSuite.cases)
    func erasedMocks(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(erasedMock, patience: .seconds(60)).run(conformanceCase)
    }

    @Test("AnyTransport over sockets", arguments: ConformanceSuite.cases)
    func erasedSockets(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(erasedSocketPairs, patience: .seconds(60)).run(conformanceCase)
    }

    @Test("three layers over the mock", arguments: ConformanceSuite.cases)
    func nested(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(nestedLayers, patience: .seconds(60)).run(conformanceCase)
    }

    @Test("frames over the mock", arguments: ConformanceSuite.cases)
    func frames(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(framedMock, patience: .seconds(60)).run(conformanceCase)
    }

    @Test("frames over a hostile mock", arguments: ConformanceSuite.cases)
    func hostileFrames(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(framedHostileMock, patience: .seconds(60)).run(conformanceCase)
    }

    @Test("the mock without half-close", arguments: ConformanceSuite.cases)
    func withoutHalfClose(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(mockWithoutHalfClose, patience: .seconds(60)).run(conformanceCase)
    }
}
