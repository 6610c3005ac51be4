import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Waiting for time alone")
struct TimeAloneTests {
    /// A stream, a listener and a datagram endpoint of a network, each with how it is closed.
    private func sources(
        _ network: LoopbackNetwork
    ) throws -> [(source: any ReadinessSource, close: @Sendable () -> Void)] {
        let backend = network.backend(for: IPv4.self)
        let listener = try backend.beginListening(on: .loopback(port: 0), options: ListenerOptions())
        let stream = try backend.beginOpen(to: listener.localAddress, options: StreamOptions())
        let datagrams = try backend.openDatagrams(boundTo: .loopback(port: 0), connectedTo: nil, options: [])
        return [(stream, stream.close), (listener, listener.close), (datagrams, datagrams.close)]
    }

    @Test("closing wakes a thread that waits for a time alone, at once", arguments: 0..<3)
    func thread(_ index: Int) throws {
        let network = LoopbackNetwork()
        let (source, close) = try sources(network)[index]
        let waiting = try network.spawn {
            let later = source.now.advanced(by: .seconds(60))
            return caught { try source.wait(for: Need([], notBefore: later), until: .never) }?.kind
        }
        try network.sleep(for: .seconds(1))
        close()
        #expect(try waiting.join() == .closed)
        #expect(network.now == Instant(nanoseconds: 1_000_000_000))
    }

    @Test("closing wakes a task that waits for a time alone, at once", arguments: 0..<3)
    func task(_ index: Int) async throws {
        let network = LoopbackNetwork()
        let (source, close) = try sources(network)[index]
        try await network.run {
            let waiting = Task(executorPreference: network.executor) {
                let later = source.now.advanced(by: .seconds(60))
                return await caught { try await source.ready(for: Need([], notBefore: later), until: .never) }?.kind
            }
            try await network.sleep(for: .seconds(1))
            close()
            #expect(await waiting.value == .closed)
            #expect(network.now == Instant(nanoseconds: 1_000_000_000))
        }
    }

    @Test("without being closed it waits for exactly that time, however ready the stream is")
    func exactly() throws {
        let network = LoopbackNetwork()
        let (source, _) = try sources(network)[0]
        let end = source.now.advanced(by: .seconds(7))
        #expect(try source.wait(for: Need([], notBefore: end), until: .never))
        #expect(network.now == end)
        #expect(try !source.wait(for: Need([], notBefore: end.advanced(by: .seconds(7))), until: .at(end)))
    }
}
