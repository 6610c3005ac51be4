import Testing
import TransportConformance

@Suite("Conformance of sockets")
struct SocketConformanceTests {
    @Test("TCP over IPv4", arguments: ConformanceSuite.cases)
    func tcpv4(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(tcpOverIPv4, patience: .seconds(60)).run(conformanceCase)
    }

    @Test("TCP over IPv6", arguments: ConformanceSuite.cases)
    func tcpv6(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(tcpOverIPv6, patience: .seconds(60)).run(conformanceCase)
    }

    @Test("Unix streams", arguments: ConformanceSuite.cases)
    func unix(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(unixStreams, patience: .seconds(60)).run(conformanceCase)
    }

    @Test("socket pairs", arguments: ConformanceSuite.cases)
    func pairs(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(socketPairs, patience: .seconds(60)).run(conformanceCase)
    }
}
