import BSDSocketBackend
import LoopbackMockBackend
import Synchronization
import TestSupport
import TransportConformance
import TransportCore

/// The in-memory network as a subject: a new network for every case.
func mock(_ name: String, _ profile: NetworkProfile, bulk: Int) -> ConformanceSubject {
    ConformanceSubject("mock, \(name)", bulk: bulk) {
        let network = LoopbackNetwork(profile: profile)
        var bench = ConformanceBench(network.backend(for: IP.self), deadAddress: { .v4(.loopback(port: 9)) }) {
            .v4(.loopback(port: 0))
        }
        bench.join(network)
        bench.offerDatagrams(of: network.backend()) { .v4(.loopback(port: 0)) }
        bench.offerNames(of: network.backend(), known: "localhost", unknown: "nowhere") { .v6(.loopback(port: 0)) }
        return bench
    }
}

/// The mock with each of its profiles, with as much to move as each carries.
let mocks = [
    mock("like TCP", .tcp, bulk: 128 << 10), mock("like Unix streams", .unix, bulk: 128 << 10),
    mock("hostile", .hostile, bulk: 16 << 10), mock("in lockstep", .lockstep, bulk: 128),
]

/// Pairs of the mock, wrapped in something.
func wrappedMock<T: Transport>(
    _ name: String, claiming facts: TransportFacts? = nil, profile: NetworkProfile = .tcp, bulk: Int = 16 << 10,
    _ wrap: @escaping @Sendable (LoopbackStream<IPv4>) -> T
) -> ConformanceSubject {
    ConformanceSubject(name, claiming: facts, bulk: bulk) {
        let network = LoopbackNetwork(profile: profile)
        var bench = ConformanceBench {
            let (a, b) = try network.streams()
            return ConformancePair(wrap(a), wrap(b)) { a.close() }
        }
        bench.join(network)
        return bench
    }
}

// MARK: - Sockets

private let socketFacts: TransportFacts = [.halfClose, .vectored, .exposesDescriptor, .fullBacklogPends]
private let tcpFacts = socketFacts.union(.abortIsVisible)
private let unixFacts = socketFacts.union(.firstSendAfterPeerCloseFails)

/// TCP over IPv4.
let tcpOverIPv4 = ConformanceSubject("TCP over IPv4", claiming: tcpFacts) {
    var bench = ConformanceBench(SocketBackend<IPv4>(), deadAddress: { .loopback(port: 1) }) { .loopback(port: 0) }
    bench.offerNames(of: SocketBackend<IP>(), known: "localhost", unknown: "no-such-name.invalid") {
        .v4(.loopback(port: 0))
    }
    bench.offerDatagrams(of: SocketBackend<IPv4>()) { .loopback(port: 0) }
    return bench
}

/// TCP over IPv6.
let tcpOverIPv6 = ConformanceSubject("TCP over IPv6", claiming: tcpFacts) {
    var bench = ConformanceBench(SocketBackend<IPv6>(), deadAddress: { .loopback(port: 1) }) { .loopback(port: 0) }
    bench.offerDatagrams(of: SocketBackend<IPv6>()) { .loopback(port: 0) }
    return bench
}

private let nameCount = Atomic<Int>(0)

/// An abstract name that nobody else on this machine uses.
private func uniqueName() throws -> Unix.SocketAddress {
    let number = nameCount.add(1, ordering: .relaxed).newValue
    return try Unix.SocketAddress(abstractName: "conformance-\(UInt64.random(in: 0 ... .max))-\(number)")
}

/// Unix streams.
let unixStreams = ConformanceSubject("Unix streams", claiming: unixFacts) {
    var bench = ConformanceBench(SocketBackend<Unix>(), deadAddress: { try uniqueName() }) { try uniqueName() }
    bench.offerDatagrams(of: SocketBackend<Unix>()) { try uniqueName() }
    return bench
}

/// Pairs of sockets.
let socketPairs = ConformanceSubject("socket pairs", claiming: unixFacts) {
    ConformanceBench {
        ConformancePair { observer in
            try SocketBackend<Unix>(defaults: BackendDefaults(observer: observer)).connectedPair()
        }
    }
}

/// Pairs of sockets, erased.
let erasedSocketPairs = ConformanceSubject("AnyTransport over socket pairs", claiming: unixFacts) {
    ConformanceBench {
        ConformancePair { observer in
            let (a, b) = try SocketBackend<Unix>(defaults: BackendDefaults(observer: observer)).connectedPair()
            return (a.erased(), b.erased())
        }
    }
}

// MARK: - Layers

/// A layer without a policy.
struct Forwarding<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower
}

/// Three layers deep, over the mock.
let nestedLayers = ConformanceSubject("three layers over the mock", bulk: 16 << 10) {
    let network = LoopbackNetwork(profile: .tcp)
    var bench = ConformanceBench(over: { try network.streams() }, isInvisible: true) {
        Forwarding(lower: Forwarding(lower: Forwarding(lower: $0)))
    }
    bench.join(network)
    return bench
}

/// Erased, over the mock.
let erasedMock = wrappedMock("AnyTransport over the mock") { AnyTransport($0) }

/// Frames over the mock: a layer that holds input and output, and tells a proper end from a cut.
let framedMock = framed("frames over the mock", .tcp, bulk: 16 << 10)

/// Frames over a mock that cuts everything.
let framedHostileMock = framed("frames over a hostile mock", .hostile, bulk: 4 << 10)

private func framed(_ name: String, _ profile: NetworkProfile, bulk: Int) -> ConformanceSubject {
    ConformanceSubject(name, bulk: bulk) {
        let network = LoopbackNetwork(profile: profile)
        var bench = ConformanceBench {
            let (a, b) = try network.streams()
            return ConformancePair(FramedStream(lower: a), FramedStream(lower: b)) { a.close() }
        }
        bench.join(network)
        return bench
    }
}

/// A layer that cannot end one direction alone.
struct WithoutHalfClose<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower

    func tryShutdownWrite() throws(TransportError) -> ProgressStep {
        throw .unsupported("one direction cannot be ended alone", operation: .shutdownWrite)
    }

    var facts: TransportFacts { lower.facts.subtracting(.halfClose) }
}

/// Without half-close, over the mock.
let mockWithoutHalfClose = wrappedMock("the mock without half-close") { WithoutHalfClose(lower: $0) }
