import TestSupport
import Testing
import TransportConformance

@Suite("Conformance of layers")
struct LayerConformanceTests {
    @Test("AnyTransport", arguments: [erasedMock, erasedSocketPairs], ConformanceSuite.cases)
    func erased(_ subject: ConformanceSubject, _ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(subject, patience: Patience.time).run(conformanceCase)
    }

    @Test(
        "layers over the mock", arguments: [nestedLayers, framedMock, framedHostileMock, mockWithoutHalfClose],
        ConformanceSuite.cases
    )
    func layers(_ subject: ConformanceSubject, _ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(subject, patience: Patience.time).run(conformanceCase)
    }
}
