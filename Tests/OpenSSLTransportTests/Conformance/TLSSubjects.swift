import BSDSocketBackend
import LoopbackMockBackend
import OpenSSLTransport
import TestSupport
import TransportConformance
import TransportCore

/// Which handshakes are done before a case begins.
enum Begin { case afterHandshake, withFirstBytes }

/// TLS over the in-memory network.
func tlsOverMock(
    _ name: String, _ profile: NetworkProfile, bulk: Int, _ begin: Begin = .afterHandshake
) -> ConformanceSubject {
    ConformanceSubject("TLS over the mock, \(name)", bulk: bulk) {
        let network = LoopbackNetwork(profile: profile)
        let pki = try TestPKI.usual()
        let (client, server) = (try pki.client(), try pki.serverConfiguration())
        var bench = ConformanceBench {
            let lower = try network.streams()
            let (a, b) = try tlsPair(lower, client: client, server: server)
            if begin == .afterHandshake { try shakeHands(a, b) }
            return ConformancePair(a, b) { lower.0.close() }
        }
        bench.join(network)
        return bench
    }
}

/// The mock with each of its profiles, with as much to move as each carries.
let tlsOverMocks = [
    tlsOverMock("tcp", .tcp, bulk: 128 << 10), tlsOverMock("unix", .unix, bulk: 128 << 10),
    tlsOverMock("hostile", .hostile, bulk: 16 << 10),
    tlsOverMock("in pieces of one byte", oneByte, bulk: 2 << 10),
]

/// The same with nobody's handshake done: the first bytes in either direction do it.
let unestablishedMocks = [
    tlsOverMock("handshake with the first bytes", .tcp, bulk: 32 << 10, .withFirstBytes),
    tlsOverMock("handshake with the first bytes, hostile", .hostile, bulk: 16 << 10, .withFirstBytes),
]

/// A network that moves one byte at a time.
let oneByte = NetworkProfile.tcp.with(receives: .oneByte, sends: .oneByte)

/// TLS over TLS over the in-memory network.
let tlsOverTLS = ConformanceSubject("TLS over TLS over the mock", bulk: 64 << 10) {
    let network = LoopbackNetwork(profile: .tcp)
    let pki = try TestPKI.usual()
    let (client, server) = (try pki.client(), try pki.serverConfiguration())
    var bench = ConformanceBench {
        let lower = try network.streams()
        let inner = try tlsPair(lower, client: client, server: server)
        let (a, b) = try tlsPair((inner.client, inner.server), client: client, server: server)
        try shakeHands(a, b)
        return ConformancePair(a, b) { lower.0.close() }
    }
    bench.join(network)
    return bench
}

/// TLS over TCP.
func tlsOverSockets(_ name: String, _ begin: Begin) -> ConformanceSubject {
    ConformanceSubject("TLS over sockets, \(name)") {
        let pki = try TestPKI.usual()
        let (client, server) = (try pki.client(), try pki.serverConfiguration())
        return ConformanceBench {
            let lower = try socketStreams()
            let (a, b) = try tlsPair(lower, client: client, server: server)
            if begin == .afterHandshake { try shakeHands(a, b) }
            return ConformancePair(a, b) { lower.0.close() }
        }
    }
}
