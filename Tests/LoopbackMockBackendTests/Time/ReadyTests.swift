import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Tasks wait for readiness")
struct ReadyTests {
    /// A task that waits on the client's end, and is known to wait when this returns.
    private func waiting(_ client: MockConnection, _ network: LoopbackNetwork) async throws
        -> Task<TransportError.Kind?, Never>
    {
        let task = Task(executorPreference: network.executor) {
            do throws(TransportError) {
                try await client.transport.ready(for: .readable)
                return nil as TransportError.Kind?
            } catch {
                return error.kind
            }
        }
        // Time passes when everyone else is blocked.
        try await network.sleep(for: .nanoseconds(1))
        return task
    }

    @Test("ready(for:) is woken by data")
    func data() async throws {
        let network = LoopbackNetwork()
        try await network.run {
            let (client, server) = try network.pair()
            let task = try await waiting(client, network)
            try await server.sendAll("x")
            #expect(await task.value == nil)
            try await client.transport.ready(for: .readable)
            #expect(String(try await client.receive(atMost: 1)) == "x")
        }
    }

    @Test("ready(for:) is woken by the peer's close, and fails after this end's")
    func close() async throws {
        let network = LoopbackNetwork()
        try await network.run {
            let (client, server) = try network.pair()
            let task = try await waiting(client, network)
            server.close()
            #expect(await task.value == nil)
            let (other, peer) = try network.pair()
            let closed = try await waiting(other, network)
            other.close()
            #expect(await closed.value == .closed)
            #expect(!peer.isClosed)
        }
    }

    @Test("CAN: cancelling wakes ready(for:), before and while it waits")
    func cancel() async throws {
        let network = LoopbackNetwork()
        try await network.run {
            let (client, server) = try network.pair()
            let task = try await waiting(client, network)
            task.cancel()
            #expect(await task.value == .cancelled)
            let early = Task(executorPreference: network.executor) {
                withUnsafeCurrentTask { $0?.cancel() }
                do throws(TransportError) {
                    try await client.transport.ready(for: .readable)
                    return nil as TransportError.Kind?
                } catch {
                    return error.kind
                }
            }
            #expect(await early.value == .cancelled)
            try await server.sendAll("usable")
            #expect(try client.receiveText(6) == "usable")
        }
    }

    @Test("A listener's ready(for:) is woken by a connection")
    func listener() async throws {
        let backend = LoopbackNetwork().backend()
        let listener = try backend.listen(on: .v4(.any(port: 1)))
        let client = try await backend.connect(to: .v4(.loopback(port: 1)))
        try await listener.transport.ready(for: .readable)
        #expect(try await listener.accept(timeout: .zero).remoteAddress == client.localAddress)
    }
}
