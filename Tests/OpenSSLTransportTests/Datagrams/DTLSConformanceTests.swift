import BSDSocketBackend
import LoopbackMockBackend
import OpenSSLTransport
import TestSupport
import Testing
import TransportConformance
import TransportCore

/// The rules of datagrams, for endpoints of DTLS that begin and answer alike.
///
/// Three rules are not for DTLS. DGR-02: OpenSSL makes no empty datagrams. DGR-06 and DGR-08 send to somebody who does not
/// answer, which is silent for plain datagrams and a handshake that takes too long here.
@Suite("Conformance of DTLS")
struct DTLSConformanceTests {
    private static let applicable = ["DGR-01", "DGR-03", "DGR-04", "DGR-05", "DGR-11", "DGR-12"]

    @Test("the rules of datagrams over sockets", arguments: applicable)
    func sockets(_ id: String) throws {
        let subject = ConformanceSubject("DTLS over sockets") {
            let backend = try TalkingBackend(SocketBackend<IPv4>())
            return ConformanceBench(datagrams: backend) { .loopback(port: 0) }
        }
        let outcome = try ConformanceSuite(subject, patience: Patience.time).run(id, driver: .blocking)
        guard case .passed = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }

    @Test("the rules of datagrams over the mock", arguments: applicable)
    func mock(_ id: String) throws {
        let subject = ConformanceSubject("DTLS over the mock") {
            let network = LoopbackNetwork()
            let backend = try TalkingBackend(network.backend(for: IPv4.self))
            var bench = ConformanceBench(datagrams: backend) { .loopback(port: 0) }
            bench.join(network)
            return bench
        }
        let outcome = try ConformanceSuite(subject, patience: Patience.time).run(id, driver: .blocking)
        guard case .passed = outcome else {
            Issue.record("\(outcome)")
            return
        }
    }
}

/// DTLS whose endpoints take part in each other's handshakes: the cases have nobody who receives meanwhile.
private struct TalkingBackend<Base: Backend & DatagramBackend>: DatagramBackend {
    typealias Datagrams = TalkingDatagrams<Base.Datagrams>
    private let base: DTLSBackend<Base>
    private let all = Locked<[DTLSTransport<Base.Datagrams>]>([])

    init(_ base: Base) throws {
        let pki = try TestPKI.usual()
        self.base = try DTLSBackend(
            over: base, client: pki.datagramClient(), server: pki.datagramServer(), serverName: "localhost")
    }

    func openDatagrams(
        boundTo local: Base.Family.SocketAddress?, connectedTo remote: Base.Family.SocketAddress?,
        options: [OptionSetting]
    ) throws(TransportError) -> TalkingDatagrams<Base.Datagrams> {
        let endpoint = try base.openDatagrams(boundTo: local, connectedTo: remote, options: options)
        all.withLock { $0.append(endpoint) }
        return TalkingDatagrams(lower: endpoint, all: all)
    }

    var defaults: BackendDefaults { base.defaults }
    var now: Instant { base.now }
    func letOthersGoOn() { base.letOthersGoOn() }
}

private struct TalkingDatagrams<Base: DatagramTransport>: DatagramLayer {
    let lower: DTLSTransport<Base>
    let all: Locked<[DTLSTransport<Base>]>

    func trySend(_ bytes: RawSpan, to address: Base.Family.SocketAddress?) throws(TransportError) -> SendStep {
        for _ in 0..<20 {
            let step = try lower.trySend(bytes, to: address)
            if case .sent = step { return step }
            for other in all.withLock({ $0 }) { try? other.goOn() }
        }
        return try lower.trySend(bytes, to: address)
    }
}
