import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

/// Look-ups that several ask for at the same time.
@Suite("Shared queries", .unlessHung)
struct SharedQueryTests {
    /// Takes its time for each answer, and counts.
    private final class Slow: Resolver {
        let backend: LoopbackBackend<IP>
        let count = Locked(0)
        init(_ backend: LoopbackBackend<IP>) { self.backend = backend }

        func resolve(_ query: ResolverQuery, until deadline: Deadline) throws(TransportError) -> [IP.SocketAddress] {
            count.withLock { $0 += 1 }
            let end = backend.now.advanced(by: .milliseconds(100))
            try backend.sleep(until: min(end, deadline.instant ?? end))
            guard .at(end) <= deadline else { throw TransportError(.timedOut, operation: .resolve) }
            return [.v4(.loopback(port: 1))]
        }

        func resolve(
            _ query: ResolverQuery, until deadline: Deadline
        ) async throws(TransportError) -> [IP.SocketAddress] {
            count.withLock { $0 += 1 }
            let end = backend.now.advanced(by: .milliseconds(100))
            try await backend.sleep(until: min(end, deadline.instant ?? end))
            guard .at(end) <= deadline else { throw TransportError(.timedOut, operation: .resolve) }
            return [.v4(.loopback(port: 1))]
        }
    }

    /// Never answers.
    private struct Mute: Resolver {
        let backend: LoopbackBackend<IP>
        init(_ backend: LoopbackBackend<IP>) { self.backend = backend }

        func resolve(_ query: ResolverQuery, until deadline: Deadline) throws(TransportError) -> [IP.SocketAddress] {
            let socket = try backend.datagramSocket(boundTo: .v4(.any(port: 53)))
            defer { socket.close() }
            _ = try socket.receive(atMost: 1, deadline: deadline)
            return []
        }

        func resolve(
            _ query: ResolverQuery, until deadline: Deadline
        ) async throws(TransportError) -> [IP.SocketAddress] {
            let socket = try backend.datagramSocket(boundTo: .v4(.any(port: 53)))
            defer { socket.close() }
            _ = try await socket.receive(atMost: 1, deadline: deadline)
            return []
        }
    }

    private static func query() throws -> ResolverQuery { try ResolverQuery(host: "a", service: .port(1)) }

    @Test("threads share one query, and none waits much longer for it")
    func threads() throws {
        let network = LoopbackNetwork()
        let slow = Slow(network.backend())
        let resolver = CachingResolver(over: slow, backend: network.backend())
        let threads = try (0..<10).map { _ in
            try network.spawn { try resolver.resolve(try Self.query(), until: .never).count }
        }
        for thread in threads { #expect(try thread.join() == 1) }
        #expect(slow.count.withLock { $0 } == 1)
        #expect(network.now <= Instant(nanoseconds: 102_000_000))
    }

    @Test("tasks share one query with a thread; one that is cancelled leaves the others theirs")
    func tasks() async throws {
        let network = LoopbackNetwork()
        let slow = Slow(network.backend())
        let resolver = CachingResolver(over: slow, backend: network.backend())
        let count = try await network.run {
            let first = Task(executorPreference: network.executor) {
                try await resolver.resolve(try Self.query(), until: .never)
            }
            try await network.sleep(for: .milliseconds(10))
            let second = Task(executorPreference: network.executor) {
                try await resolver.resolve(try Self.query(), until: .never)
            }
            try await network.sleep(for: .milliseconds(10))
            first.cancel()
            #expect(await caught(in: first)?.kind == .cancelled)
            return try await second.value.count
        }
        #expect(count == 1)
        #expect(slow.count.withLock { $0 } == 2)
    }

    @Test("when nobody ever answers, and nobody has a deadline, that is a deadlock and not an endless wait")
    func mute() throws {
        let network = LoopbackNetwork()
        let resolver = CachingResolver(over: Mute(network.backend()), backend: network.backend())
        let asking = try network.spawn { try resolver.resolve(try Self.query(), until: .never).count }
        let waiting = try network.spawn { try resolver.resolve(try Self.query(), until: .never).count }
        #expect(caught { _ = try asking.join() }?.kind == .deadlock)
        // At the end of time.
        #expect(caught { _ = try waiting.join() }?.kind == .timedOut)
    }

    @Test("whoever waits for another's query leaves at their own deadline")
    func deadline() throws {
        let network = LoopbackNetwork()
        let slow = Slow(network.backend())
        let resolver = CachingResolver(over: slow, backend: network.backend())
        let asking = try network.spawn { try resolver.resolve(try Self.query(), until: .never).count }
        try network.sleep(for: .milliseconds(1))
        let end = Instant(nanoseconds: 50_000_000)
        #expect(caught { try resolver.resolve(try Self.query(), until: .at(end)) }?.kind == .timedOut)
        #expect(network.now == end)
        #expect(try asking.join() == 1)
    }
}
