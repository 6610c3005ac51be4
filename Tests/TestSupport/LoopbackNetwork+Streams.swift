public import LoopbackMockBackend
public import TransportCore

extension LoopbackNetwork {
    /// The two ends of a stream of the network, not in connections yet; the first is the one that was opened.
    ///
    /// - Parameter port: The port of the second one. The default is any.
    public func streams(port: UInt16 = 0) throws(TransportError) -> (LoopbackStream<IPv4>, LoopbackStream<IPv4>) {
        try streams(for: IPv4.self, at: .loopback(port: port))
    }

    /// The two ends of a stream of any family, not in connections yet; the first is the one that was opened.
    public func streams<Family: LoopbackFamily>(
        for family: Family.Type, at address: Family.SocketAddress
    ) throws(TransportError) -> (LoopbackStream<Family>, LoopbackStream<Family>) {
        let backend = backend(for: family)
        let listener = try backend.beginListening(on: address, options: ListenerOptions())
        defer { listener.close() }
        let client = try backend.beginOpen(to: listener.localAddress, options: StreamOptions())
        guard case .accepted(let server) = try listener.tryAccept() else {
            throw TransportError(.invalidState, operation: .accept)
        }
        return (client, server)
    }
}
