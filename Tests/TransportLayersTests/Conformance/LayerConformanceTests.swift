import LoopbackMockBackend
import Testing
import TransportConformance
import TransportCore
import TransportLayers

private let quiet = Tracer(previewLimit: 16, includesWouldBlock: true) { _ in }
private let dropped = PacketCapture { _ in }

@Suite("Conformance of layers that only watch")
struct WatchingConformanceTests {
    @Test("counted, over TCP", arguments: ConformanceSuite.cases)
    func counted(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(overSockets("counted") { $0.counting(ByteCounter()) }).run(conformanceCase)
    }

    @Test("traced, over TCP", arguments: ConformanceSuite.cases)
    func traced(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(overSockets("traced") { $0.traced(by: quiet) }).run(conformanceCase)
    }

    @Test("recorded, over TCP", arguments: ConformanceSuite.cases)
    func recorded(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(overSockets("recorded") { $0.recording(to: dropped) }).run(conformanceCase)
    }

    @Test("counted, traced and recorded, over a hostile mock", arguments: ConformanceSuite.cases)
    func hostile(_ conformanceCase: ConformanceCase) throws {
        let subject = overMock("three layers", .hostile, bulk: 4 << 10) {
            $0.counting(ByteCounter()).traced(by: quiet).recording(to: dropped)
        }
        try ConformanceSuite(subject).run(conformanceCase)
    }

    @Test("counted, traced and recorded, looked at from below", arguments: ConformanceSuite.cases)
    func below(_ conformanceCase: ConformanceCase) throws {
        let subject = invisible("three layers") {
            Captured(
                over: Traced(over: Counted(over: $0, counter: ByteCounter()), tracer: quiet), capture: dropped,
                isOpenedHere: true)
        }
        try ConformanceSuite(subject).run(conformanceCase)
    }
}

@Suite("Conformance of throttled streams")
struct ThrottledConformanceTests {
    @Test("throttled, over TCP", arguments: ConformanceSuite.cases)
    func sockets(_ conformanceCase: ConformanceCase) throws {
        let subject = overSockets("throttled") { try $0.throttled(receiving: 1 << 28, sending: 1 << 28) }
        try ConformanceSuite(subject).run(conformanceCase)
    }

    @Test("throttled, over the mock, from below", arguments: ConformanceSuite.cases)
    func mock(_ conformanceCase: ConformanceCase) throws {
        let subject = invisible("throttled") {
            Throttled(
                over: $0, receiving: try RateLimiter(bytesPerSecond: 1 << 30),
                sending: try RateLimiter(bytesPerSecond: 1 << 30))
        }
        try ConformanceSuite(subject).run(conformanceCase)
    }

    @Test("throttled, over a hostile mock", arguments: ConformanceSuite.cases)
    func hostile(_ conformanceCase: ConformanceCase) throws {
        let subject = overMock("throttled", .hostile, bulk: 2 << 10) {
            try $0.throttled(receiving: 1 << 28, sending: 1 << 28)
        }
        try ConformanceSuite(subject).run(conformanceCase)
    }
}

@Suite("Conformance of streams that begin with an exchange")
struct OpeningConformanceTests {
    @Test("the PROXY protocol, over TCP", arguments: ConformanceSuite.cases)
    func proxySockets(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(proxyHeaderOverSockets).run(conformanceCase)
    }

    @Test("the PROXY protocol, over a hostile mock", arguments: ConformanceSuite.cases)
    func proxyMock(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(proxyHeaderOverHostileMock).run(conformanceCase)
    }

    @Test("SOCKS, over TCP", arguments: ConformanceSuite.cases)
    func socks(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(socksOverSockets).run(conformanceCase)
    }

    @Test("SOCKS, over a hostile mock", arguments: ConformanceSuite.cases)
    func socksMock(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(socksOverHostileMock).run(conformanceCase)
    }

    @Test("HTTP CONNECT, over TCP", arguments: ConformanceSuite.cases)
    func connect(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(connectOverSockets).run(conformanceCase)
    }

    @Test("three exchanges, one in another, over a hostile mock", arguments: ConformanceSuite.cases)
    func chain(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(chainOverHostileMock).run(conformanceCase)
    }

    @Test("a stream without an exchange, from below", arguments: ConformanceSuite.cases)
    func transparent(_ conformanceCase: ConformanceCase) throws {
        let subject = invisible("no exchange") { OpeningLayer<_, SOCKSExchange>(over: $0, exchange: nil) }
        try ConformanceSuite(subject).run(conformanceCase)
    }
}
