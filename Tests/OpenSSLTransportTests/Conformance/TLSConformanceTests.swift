import TestSupport
import Testing
import TransportConformance

@Suite("Conformance of TLS")
struct TLSConformanceTests {
    @Test("B-63, TLS-03 TLS over the mock", arguments: tlsOverMocks, ConformanceSuite.cases)
    func mocks(_ subject: ConformanceSubject, _ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(subject, patience: Patience.time).run(conformanceCase)
    }

    @Test("B-63, TLS-03 TLS over TLS", arguments: ConformanceSuite.cases)
    func nested(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(tlsOverTLS, patience: Patience.time).run(conformanceCase)
    }

    @Test("TLS over sockets", arguments: ConformanceSuite.cases)
    func sockets(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(tlsOverSockets("handshake first", .afterHandshake), patience: Patience.time).run(
            conformanceCase)
    }

    // Only cases in which both ends do something at once: who is alone cannot make a handshake.
    @Test(
        "TLS-01 the handshake may come with the first bytes, in whichever direction they go",
        arguments: unestablishedMocks + [tlsOverSockets("handshake with the first bytes", .withFirstBytes)],
        ["BAS-01", "BAS-02", "BAS-03", "BAS-04", "BAS-05", "CON-01", "CON-02", "EOF-08"]
    )
    func implicitly(_ subject: ConformanceSubject, _ id: String) throws {
        let suite = ConformanceSuite(subject, patience: Patience.time)
        try suite.run(id, driver: .blocking)
        try suite.run(id, driver: .async)
    }
}
