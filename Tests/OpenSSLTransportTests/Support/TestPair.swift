import BSDSocketBackend
import LoopbackMockBackend
import OpenSSLTransport
import TestSupport
import TransportCore

typealias MockTLS = TLSTransport<LoopbackStream<IPv4>>
typealias SocketTLS = TLSTransport<SocketTransport<IPv4>>

/// The two ends of a TCP connection.
func socketStreams() throws -> (SocketTransport<IPv4>, SocketTransport<IPv4>) {
    let backend = SocketBackend<IPv4>()
    let listener = try backend.beginListening(on: .loopback(port: 0), options: ListenerOptions())
    defer { listener.close() }
    let client = try backend.open(to: listener.localAddress, options: StreamOptions(), until: .never)
    guard case .accepted(let server) = try listener.accept(until: .never) else {
        throw TransportError(.invalidState, operation: .accept)
    }
    return (client, server)
}

/// The two ends of TLS over two transports.
func tlsPair<T: Transport>(
    _ lower: (T, T), client: TLSConfiguration, server: TLSConfiguration, name: String? = "localhost"
) throws -> (client: TLSTransport<T>, server: TLSTransport<T>) {
    (
        try TLSTransport(client: lower.0, configuration: client, serverName: name),
        try TLSTransport(server: lower.1, configuration: server)
    )
}

/// Does the steps of both ends in turn until both handshakes are done, without anybody waiting.
func shakeHands<T: Transport>(_ client: TLSTransport<T>, _ server: TLSTransport<T>) throws {
    for _ in 0..<100_000 {
        let a = try client.tryEstablish()
        let b = try server.tryEstablish()
        if a == .done, b == .done { return }
    }
    throw TransportError(.timedOut, operation: .connect)
}

/// What became of the handshake of two ends.
func handshakeErrors<T: Transport>(
    _ client: TLSTransport<T>, _ server: TLSTransport<T>
) -> (client: TransportError?, server: TransportError?) {
    var errors: (client: TransportError?, server: TransportError?)
    var done = (client: false, server: false)
    for _ in 0..<1000 where !(done.client && done.server) {
        if !done.client {
            do { done.client = try client.tryEstablish() == .done } catch {
                (errors.client, done.client) = (error, true)
            }
        }
        if !done.server {
            do { done.server = try server.tryEstablish() == .done } catch {
                (errors.server, done.server) = (error, true)
            }
        }
    }
    return errors
}

/// Two ends of TLS over a new in-memory network in which nobody waits.
func mockPair(
    client: TLSConfiguration? = nil, server: TLSConfiguration? = nil, name: String? = "localhost",
    profile: NetworkProfile = .tcp
) throws -> (client: MockTLS, server: MockTLS) {
    let pki = try TestPKI.usual()
    return try tlsPair(
        LoopbackNetwork(profile: profile).streams(), client: client ?? pki.client(),
        server: server ?? pki.serverConfiguration(), name: name
    )
}

extension Transport {
    /// Whether there is nothing to receive now.
    func hasNothing() throws(TransportError) -> Bool {
        var byte: [UInt8] = [0]
        let step = try byte.withOutputSpan(in: 0..<1) { (span: inout OutputRawSpan) throws(TransportError) in
            try tryReceive(into: &span)
        }
        if case .wouldBlock = step { return true } else { return false }
    }

    /// Sends bytes for which there is room; false when there is none.
    func trySend(all bytes: [UInt8]) throws(TransportError) -> Bool {
        let step = try bytes.withRawSpan { (span) throws(TransportError) in try trySend(span) }
        return step == .sent(bytes.count)
    }
}

extension Connection {
    /// Receives in nonblocking mode; nil when nothing is there, or when the peer has ended.
    func receiveIfThere(_ count: Int) throws(TransportError) -> [UInt8]? {
        do throws(TransportError) {
            return try receive(atMost: count)
        } catch {
            guard error.kind == .wouldBlock else { throw error }
            return nil
        }
    }

    /// Sends in nonblocking mode; gives how many bytes were taken.
    func sendIfPossible(_ bytes: [UInt8]) throws(TransportError) -> Int {
        do throws(TransportError) {
            return try send(bytes)
        } catch {
            guard error.kind == .wouldBlock else { throw error }
            return 0
        }
    }
}
