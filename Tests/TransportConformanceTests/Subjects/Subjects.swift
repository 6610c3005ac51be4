import BSDSocketBackend
import LoopbackMockBackend
import TransportConformance
import TransportCore

/// The in-memory network as a subject: a new network for every case.
func mock(_ name: String, _ profile: NetworkProfile, bulk: Int) -> ConformanceSubject {
    ConformanceSubject("mock, \(name)", bulk: bulk) {
        let network = LoopbackNetwork(profile: profile)
        var bench = ConformanceBench(network.backend(for: IPv4.self)) { .loopback(port: 0) }
        bench.join(network)
        return bench
    }
}

extension ConformanceBench {
    /// Has threads start in a network and take part in its time.
    mutating func join(_ network: LoopbackNetwork) {
        isVirtual = true
        spawn = { body in
            let thread = try network.spawn(body)
            return { try thread.join() }
        }
    }
}

/// TCP over IPv4.
let tcpOverIPv4 = ConformanceSubject("TCP over IPv4") {
    ConformanceBench(SocketBackend<IPv4>()) { .loopback(port: 0) }
}
