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
    /// The two ends of a stream of the network.
    func streams() throws -> (LoopbackStream<IP>, LoopbackStream<IP>) {
        let listener = try backend().beginListening(on: .v4(.loopback(port: 0)), options: ListenerOptions())
        defer { listener.close() }
        let client = try backend().beginOpen(to: listener.localAddress, options: StreamOptions())
        guard case .accepted(let server) = try listener.tryAccept() else {
            throw TransportError(.invalidState, operation: .accept)
        }
        return (client, server)
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

extension Connection {
    /// What is received up to the end of the stream.
    func receiveAll() throws -> [UInt8] {
        var all: [UInt8] = []
        while let bytes = try receive(atMost: 4096) { all += bytes }
        return all
    }

    /// Text of exactly so many bytes.
    func receiveText(_ count: Int) throws -> String { String(decoding: try receiveExactly(count), as: UTF8.self) }
}

/// Bytes that tell where they are.
func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }

/// Random numbers that are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
