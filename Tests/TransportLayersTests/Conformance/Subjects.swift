import BSDSocketBackend
import LoopbackMockBackend
import TestSupport
import TransportConformance
import TransportCore
import TransportLayers

/// A backend over TCP as a subject.
func overSockets<B: Backend>(
    _ name: String, _ layer: @escaping @Sendable (SocketBackend<IP>) throws -> B
) -> ConformanceSubject where B.Family == IP {
    ConformanceSubject(name + ", over TCP", bulk: 64 << 10) {
        ConformanceBench(try layer(SocketBackend<IP>()), deadAddress: { .v4(.loopback(port: 1)) }) {
            .v4(.loopback(port: 0))
        }
    }
}

/// A backend over the in-memory network as a subject.
func overMock<B: Backend>(
    _ name: String, _ profile: NetworkProfile = .tcp, bulk: Int = 16 << 10,
    _ layer: @escaping @Sendable (LoopbackBackend<IP>) throws -> B
) -> ConformanceSubject where B.Family == IP {
    ConformanceSubject(name + ", over the mock", bulk: bulk) {
        let network = LoopbackNetwork(profile: profile)
        var bench = ConformanceBench(try layer(network.backend()), deadAddress: { .v4(.loopback(port: 9)) }) {
            .v4(.loopback(port: 0))
        }
        bench.join(network)
        return bench
    }
}

/// A layer that changes nothing, over the mock, looked at from below.
func invisible<Layer: Transport>(
    _ name: String, _ wrap: @escaping @Sendable (AnyTransport<IP>) throws -> Layer
) -> ConformanceSubject {
    ConformanceSubject(name + ", from below", bulk: 16 << 10) {
        let network = LoopbackNetwork()
        var bench = ConformanceBench(over: { try network.ipStreams() }, isInvisible: true, wrapping: wrap)
        bench.join(network)
        return bench
    }
}

// MARK: - Layers that only watch

private let quiet = Tracer(previewLimit: 16, includesWouldBlock: true) { _ in }
private let dropped = PacketCapture { _ in }

let watchingSubjects = [
    overSockets("counted") { $0.counted(by: ByteCounter()) },
    overSockets("traced") { $0.traced(by: quiet) },
    overSockets("captured") { $0.captured(by: dropped) },
    overMock("counted, traced and captured", .hostile, bulk: 4 << 10) {
        $0.counted(by: ByteCounter()).traced(by: quiet).captured(by: dropped)
    },
    invisible("counted, traced and captured") {
        Captured(
            over: Traced(over: Counted(over: $0, counter: ByteCounter()), tracer: quiet), capture: dropped,
            isOpenedHere: true)
    },
]

// MARK: - Throttled streams

let throttledSubjects = [
    overSockets("throttled") { try $0.throttled(receiving: 1 << 28, sending: 1 << 28) },
    invisible("throttled") {
        Throttled(
            over: $0, receiving: try RateLimiter(bytesPerSecond: 1 << 30),
            sending: try RateLimiter(bytesPerSecond: 1 << 30))
    },
    overMock("throttled", .hostile, bulk: 2 << 10) { try $0.throttled(receiving: 1 << 28, sending: 1 << 28) },
]

// MARK: - Streams that begin with an exchange

let openingSubjects = [
    proxyHeaderOverSockets, proxyHeaderOverHostileMock, socksOverSockets, socksOverHostileMock, connectOverSockets,
    chainOverHostileMock, invisible("no exchange") { OpeningLayer<_, SOCKSExchange>(over: $0, exchange: nil) },
]

// MARK: The PROXY protocol

/// Each stream begins with a header that says "myself": the addresses stay the real ones.
private func proxyProtocol<B: Backend>(
    _ base: B
) throws -> LayeredBackend<
    LayeredBackend<B, ProxyProtocolStream<B.Stream>>, ProxyProtocolStream<ProxyProtocolStream<B.Stream>>
> where B.Family == IP {
    try base.acceptingProxyHeaders(.fromEveryone(.required)).sendingProxyHeader(.local)
}

/// Pairs of streams of a backend that both have begun.
private func begun<B: Backend>(_ backend: B, in network: LoopbackNetwork? = nil) -> ConformanceBench
where B.Family == IP {
    var bench = ConformanceBench {
        let (a, b) = try streams(of: backend, at: .v4(.loopback(port: 0)))
        try establishBoth(a, b, in: network)
        return ConformancePair(a, b)
    }
    if let network { bench.join(network) }
    return bench
}

private let proxyHeaderOverSockets = ConformanceSubject("PROXY headers, over TCP", bulk: 64 << 10) {
    begun(try proxyProtocol(SocketBackend<IP>()))
}

private let proxyHeaderOverHostileMock = ConformanceSubject("PROXY headers, over a hostile mock", bulk: 4 << 10) {
    let network = LoopbackNetwork(profile: .hostile)
    return begun(try proxyProtocol(network.backend()), in: network)
}

// MARK: Proxies

private let target = IP.SocketAddress.v4(IPv4.SocketAddress(IPv4.Address(192, 0, 2, 7), port: 443))

/// Something at one end that talks to a proxy at the other, as a pair.
private func proxied<T: Transport>(
    over makeStreams: @escaping @Sendable () throws -> (T, T), in network: LoopbackNetwork? = nil,
    _ client: @escaping @Sendable (T) throws -> AnyTransport<IP>,
    _ proxy: @escaping @Sendable (T) throws -> AnyTransport<IP>
) -> ConformanceBench where T.Family == IP {
    var bench = ConformanceBench {
        let (a, b) = try makeStreams()
        let ends = (try client(a), try proxy(b))
        try establishBoth(ends.0, ends.1, in: network)
        return ConformancePair(ends.0, ends.1)
    }
    if let network { bench.join(network) }
    return bench
}

/// The target of every subject.
private struct Chosen {
    static func socks<T: Transport>(_ lower: T) throws -> OpeningLayer<T, SOCKSExchange> where T.Family == IP {
        OpeningLayer(over: lower, exchange: try SOCKSProxy(address: target).exchange(for: .init(address: target)))
    }

    static func connect<T: Transport>(_ lower: T) throws -> OpeningLayer<T, HTTPConnectExchange> where T.Family == IP {
        OpeningLayer(over: lower, exchange: try HTTPConnectProxy(address: target).exchange(for: .init(address: target)))
    }
}

/// SOCKS over one kind of stream.
private let socksOverSockets = ConformanceSubject("SOCKS, over TCP", bulk: 64 << 10) {
    proxied(over: { try streams(of: SocketBackend<IP>(), at: .v4(.loopback(port: 0))) }) {
        AnyTransport(try Chosen.socks($0))
    } _: {
        AnyTransport(OpeningLayer(over: $0, exchange: FakeProxyExchange.socks))
    }
}

private let socksOverHostileMock = ConformanceSubject("SOCKS, over a hostile mock", bulk: 4 << 10) {
    let network = LoopbackNetwork(profile: .hostile)
    return proxied(over: { try network.ipStreams() }, in: network) {
        AnyTransport(try Chosen.socks($0))
    } _: {
        AnyTransport(OpeningLayer(over: $0, exchange: FakeProxyExchange.socks))
    }
}

private let connectOverSockets = ConformanceSubject("HTTP CONNECT, over TCP", bulk: 64 << 10) {
    proxied(over: { try streams(of: SocketBackend<IP>(), at: .v4(.loopback(port: 0))) }) {
        AnyTransport(try Chosen.connect($0))
    } _: {
        AnyTransport(OpeningLayer(over: $0, exchange: FakeProxyExchange.connect))
    }
}

/// Three exchanges, one after the other, on one stream.
private let chainOverHostileMock = ConformanceSubject(
    "a header through SOCKS through CONNECT, over a hostile mock", bulk: 4 << 10
) {
    let network = LoopbackNetwork(profile: .hostile)
    return proxied(over: { try network.ipStreams() }, in: network) {
        AnyTransport(try OpeningLayer(over: Chosen.socks(Chosen.connect($0)), sending: .local))
    } _: {
        AnyTransport(
            try OpeningLayer(
                over: OpeningLayer(
                    over: OpeningLayer(over: $0, exchange: FakeProxyExchange.connect), exchange: FakeProxyExchange.socks
                ),
                accepting: .fromEveryone(.required)))
    }
}
