import TestSupport
import Testing
import TransportConformance

@Suite("Conformance of sockets")
struct SocketConformanceTests {
    @Test(
        "TCP, Unix streams and pairs", arguments: [tcpOverIPv4, tcpOverIPv6, unixStreams, socketPairs],
        ConformanceSuite.cases
    )
    func sockets(_ subject: ConformanceSubject, _ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(subject, patience: Patience.time).run(conformanceCase)
    }
}
