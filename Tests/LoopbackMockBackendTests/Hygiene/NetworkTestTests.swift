import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Tests in a network of their own")
struct NetworkTestTests {
    private struct Mine: Error {}

    private func failure(_ body: () throws -> Void) -> NetworkFailure? {
        do { try body() } catch { return error as? NetworkFailure }
        return nil
    }

    @Test("A clean test gives its result")
    func clean() throws {
        #expect(try LoopbackNetwork.test { $0.host("a").name } == "a")
    }

    @Test("A clean test in tasks gives its result")
    func cleanTasks() async throws {
        let value = try await LoopbackNetwork.test(seed: 3) { network in
            try await network.sleep(for: .seconds(1))
            return network.seed
        }
        #expect(value == 3)
    }

    @Test("The error of a test comes with the log, whose first line says how to run it again")
    func error() {
        let failure = failure {
            try LoopbackNetwork.test(seed: 9) { network in
                _ = try network.serve(on: "cache", port: 1) { $0.send("x") }
                throw Mine()
            }
        }
        #expect(failure?.underlying is Mine)
        #expect(failure?.log.seed == 9)
        #expect(
            failure?.description == """
                Mine()

                The log of an in-memory network, seed 9. To run it again: SWIFT_TRANSPORT_SEED=9
                0 s    cache plays scripts at port 1

                """
        )
    }

    @Test("A test that leaves something open fails, and says where it was made")
    func unclean() throws {
        let kept = Locked<MockConnection?>(nil)
        let failure = failure {
            try LoopbackNetwork.test { network in
                _ = try network.serve(on: "cache", port: 1) { $0.expectEndOfStream() }
                let client = try network.backend().connect(host: "cache", port: 1)
                kept.withLock { $0 = client }
            }
        }
        let findings = try #require((failure?.underlying as? HygieneFailure)?.findings)
        #expect(findings.map(\.kind) == [.unclosed, .script])
        #expect(failure?.description.contains("made at LoopbackMockBackendTests/NetworkTestTests.swift:") == true)
    }

    @Test("A test that gives away what is still open fails, and its log ends before that goes away")
    func result() {
        let failure = failure { _ = try LoopbackNetwork.test { network in try network.pair() } }
        #expect((failure?.underlying as? HygieneFailure)?.findings.map(\.kind) == [.unclosed, .unclosed])
        #expect(failure?.log.events.contains { $0.kind == .close } == false)
    }

    @Test("The form for tasks does the same")
    func tasks() async throws {
        let kept = Locked<MockConnection?>(nil)
        do {
            try await LoopbackNetwork.test { network in
                _ = try network.serve(on: "cache", port: 1) { $0.expectEndOfStream() }
                let client = try await network.backend().connect(host: "cache", port: 1)
                kept.withLock { $0 = client }
            }
            Issue.record("something was left open")
        } catch {
            let failure = (error as? NetworkFailure)?.underlying as? HygieneFailure
            #expect(failure?.findings.map(\.kind) == [.unclosed, .script])
        }
    }

    @Test("What is allowed to be left behind is said")
    func allowing() throws {
        let kept = Locked<MockConnection?>(nil)
        try LoopbackNetwork.test(allowing: [.unclosed, .dropped]) { network in
            let (client, server) = try network.pair()
            server.close()
            kept.withLock { $0 = client }
            _ = try client.receive(atMost: 1, timeout: .zero)
        }
    }

    @Test("Threads that can still close are given the time to, but none of the network's")
    func threads() throws {
        try LoopbackNetwork.test(allowing: []) { network in
            let listener = try network.backend(on: "server").listen(port: 1)
            let client = try network.backend().connect(host: "server", port: 1)
            let server = try listener.accept()
            listener.close()
            try network.spawn {
                _ = try server.receive(atMost: 1, timeout: .seconds(1))
                server.close()
            }
            client.close()
        }
    }

    @Test("Threads that still wait when the test is over come to an end with it")
    func threadsEnd() throws {
        let endings = Locked<[TransportError.Kind?]>([])
        try LoopbackNetwork.test(allowing: [.unclosed]) { network in
            let listener = try network.backend().listen(port: 1)
            for _ in 0..<2 {
                try network.spawn {
                    let error = caught { try listener.accept() }
                    endings.withLock { $0.append(error?.kind) }
                }
            }
        }
        #expect(endings.withLock { $0 } == [.closed, .closed])
    }
}
