import Testing
import TransportConformance

@Suite("Conformance of sockets")
struct SocketConformanceTests {
    @Test("TCP over IPv4", arguments: ConformanceSuite.cases)
    func tcpv4(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(tcpOverIPv4).run(conformanceCase)
    }
}
