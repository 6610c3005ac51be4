import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

/// Operations of tasks over the in-memory network.
@Suite("Operations of tasks")
struct TaskOperationTests {
    @Test("an echo, by name, over streams that take little at once")
    func echo() async throws {
        let network = LoopbackNetwork(profile: .hostile)
        try await network.run {
            let listener = try network.backend(on: "cache").listen(on: .v4(.any(port: 6379)))
            let server = Task(executorPreference: network.executor) {
                for try await connection in listener.connections {
                    for try await chunk in connection.chunks(atMost: 100) { try await connection.sendAll(chunk) }
                    connection.close()
                }
            }
            let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            for _ in 0..<3 {
                let connection = try await network.backend().connect(host: "cache", port: 6379)
                async let answer = connection.receiveExactly(bytes.count)
                try await connection.sendAll(bytes)
                try await connection.shutdownWrite()
                #expect(try await answer == bytes)
                #expect(try await connection.receive(atMost: 1) == nil)
            }
            listener.close()
            try await server.value
        }
    }

    @Test("a deadline ends a suspended call when the network's time has come")
    func deadline() async throws {
        let network = LoopbackNetwork(clock: .manual)
        try await network.run {
            let (client, server) = try network.pair()
            let listener = try network.backend().listen(on: .v4(.any(port: 1)))
            let end = Deadline.at(network.now.advanced(by: .seconds(30)))
            let receive = Task(executorPreference: network.executor) {
                try await client.receiveExactly(5, deadline: end)
            }
            let accept = Task(executorPreference: network.executor) { _ = try await listener.accept(deadline: end) }
            try await server.sendAll("abc")
            await network.advance(by: .seconds(30))
            let error = await caught(in: receive)
            #expect(error?.kind == .timedOut)
            #expect(await caught(in: accept)?.kind == .timedOut)
            // Whatever had not been received yet is still there.
            let rest = 3 - (error?.bytesTransferred ?? 0)
            #expect(try await client.receiveExactly(rest) == Array("abc".utf8).suffix(rest))
            #expect(network.now == Instant(nanoseconds: 30_000_000_000))
        }
    }

    @Test("cancelling wakes a call, and the connection stays usable")
    func cancel() async throws {
        let network = LoopbackNetwork()
        try await network.run {
            let (client, server) = try network.pair()
            let task = Task(executorPreference: network.executor) { try await client.receive(atMost: 9) }
            await Task.yield()
            task.cancel()
            #expect(await caught(in: task)?.kind == .cancelled)
            try await server.sendAll("usable")
            #expect(try await client.receiveExactly(6) == Array("usable".utf8))
        }
    }
}
