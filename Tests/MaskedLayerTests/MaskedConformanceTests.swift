import LoopbackMockBackend
import MaskedLayer
import Testing
import TransportConformance
import TransportCore

@Suite("Conformance of a layer")
struct MaskedConformanceTests {
    @Test("keeps the contract in virtual time", arguments: ConformanceSuite.cases)
    func keepsTheContract(_ conformanceCase: ConformanceCase) throws {
        try ConformanceSuite(masked, patience: .seconds(60)).run(conformanceCase)
    }

    @Test("what goes over the line is masked")
    func mask() throws {
        let (a, b) = try streams(of: LoopbackNetwork())
        try Connection(Masked(over: a, mask: 0x20)).sendAll("Hello")
        #expect(try Connection(b).receive(atMost: 16) == [UInt8]("hELLO".utf8))
    }
}

/// The layer over streams of a network in virtual time, a new one for every case.
private let masked = ConformanceSubject("masked", bulk: 16 << 10) {
    let network = LoopbackNetwork()
    var bench = ConformanceBench(over: { try streams(of: network) }) { Masked(over: $0, mask: 0x5A) }
    bench.isVirtual = true
    bench.executor = network.executor
    bench.spawn = { body in
        let thread = try network.spawn(body)
        return { try thread.join() }
    }
    return bench
}

/// The two ends of a stream, not in connections yet.
private func streams(of network: LoopbackNetwork) throws -> (LoopbackStream<IP>, LoopbackStream<IP>) {
    let backend = network.backend()
    let listener = try backend.beginListening(on: .v4(.loopback(port: 0)), options: ListenerOptions())
    defer { listener.close() }
    let client = try backend.beginOpen(to: listener.localAddress, options: StreamOptions())
    guard case .accepted(let server) = try listener.tryAccept() else {
        throw TransportError(.invalidState, operation: .accept)
    }
    return (client, server)
}
