import BSDSocketBackend
import LoopbackMockBackend
import TestSupport
import TransportConformance
import TransportCore
import TransportLayers

/// The two ends of a stream of a backend, not in connections yet; the first is the one that was opened.
func streams<B: Backend>(
    of backend: B, at address: B.Family.SocketAddress
) throws -> (B.Stream, B.Stream) {
    let listener = try backend.beginListening(on: address, options: ListenerOptions())
    defer { listener.close() }
    let end = Deadline.at(backend.now.advanced(by: .seconds(8)))
    let client = try backend.open(to: listener.localAddress, options: StreamOptions(), until: end)
    guard case .accepted(let server) = try listener.accept(until: end) else {
        throw TransportError(.timedOut, operation: .accept)
    }
    return (client, server)
}

extension LoopbackNetwork {
    /// The two ends of a stream of the network, with addresses as programs have them that connect by name.
    func ipStreams() throws -> (LoopbackStream<IP>, LoopbackStream<IP>) {
        try streams(for: IP.self, at: .v4(.loopback(port: 0)))
    }
}

/// Establishes two ends at the same time, the second one in another thread: of the network, if they belong to one.
func establishBoth(_ a: some Transport, _ b: some Transport, in network: LoopbackNetwork? = nil) throws {
    let end = Deadline.at(a.now.advanced(by: .seconds(8)))
    @Sendable func establish(_ stream: some Transport) throws {
        let step = try stream.drive(until: end) { () throws(TransportError) in try stream.tryEstablish() }
        guard step == .done else { throw TransportError(.timedOut, operation: .connect) }
    }
    if let network {
        let thread = try network.spawn { try establish(b) }
        try establish(a)
        try thread.join()
    } else {
        let call = BackgroundCall { try establish(b) }
        try establish(a)
        try call.value()
    }
}
