import PipeBackend
import Synchronization
import TransportConformance
import TransportCore

/// Pipes as the subject of the conformance cases: a new backend for every case.
let pipe = ConformanceSubject(
    "Pipe", claiming: [.halfClose, .firstSendAfterPeerCloseFails, .addressesSurviveClose]
) {
    ConformanceBench(PipeBackend(), deadAddress: { try Pipe.SocketAddress("nobody") }) { try freshAddress() }
}

private let addressCount = Atomic<Int>(0)

/// An address that nobody uses.
private func freshAddress() throws -> Pipe.SocketAddress {
    try Pipe.SocketAddress("test-\(addressCount.add(1, ordering: .relaxed).newValue)")
}
