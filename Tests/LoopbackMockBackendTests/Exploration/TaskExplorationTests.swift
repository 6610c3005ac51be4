import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Every operation of a task fails once")
struct TaskExplorationTests {
    @Test("A task that does everything right passes, also when it is cancelled anywhere")
    func correct() async throws {
        let report = try await exploreFaults { network in try await network.greet(isRight: true) }
        #expect(report.operations.count == 3)
        #expect(report.runCount == 1 + 3 + 2 * 9)
    }

    @Test("A task that keeps a connection open when it is cancelled is found")
    func leaks() async throws {
        let report = await findings {
            try await exploreFaults(faults: [.cancellation]) { network in
                try await network.greet(isRight: true, closes: false)
            }
        }
        let finding = try #require(report?.findings.first)
        #expect(finding.kind == .leaked)
        #expect(finding.fault.contains("cancellation"))
    }

    @Test("A cancellation is that of the whole task: later operations fail too, and its handlers run")
    func cancellation() async throws {
        let handled = Locked(0)
        let failures = Locked<[TransportError.Kind]>([])
        try await exploreFaults(faults: [.cancellation], operations: 3...3) { network in
            try await withTaskCancellationHandler {
                do {
                    return try await network.greet(isRight: true)
                } catch {
                    // Also a task that has not heard of it fails from now on.
                    do {
                        try await network.sleep(for: .seconds(1))
                    } catch {
                        if let error = error as? TransportError { failures.withLock { $0.append(error.kind) } }
                    }
                    throw error
                }
            } onCancel: {
                handled.withLock { $0 += 1 }
            }
        }
        #expect(handled.withLock { $0 } == 2)
        #expect(failures.withLock { $0 } == [.cancelled, .cancelled])
    }
}

extension LoopbackNetwork {
    /// Asks for a greeting in a task.
    ///
    /// - Parameters:
    ///   - isRight: Whether it reads the whole line.
    ///   - closes: Whether it closes its connection when something fails.
    func greet(isRight: Bool, closes: Bool = true) async throws -> String {
        _ = try serve(on: "greetings", port: 7) { peer in
            peer.expectLine()
            peer.send("good morning\n")
            peer.expectEndOfStream()
        }
        let connection = try await backend().connect(host: "greetings", port: 7, timeout: .seconds(3))
        do {
            try await connection.sendAll("HELLO\n", timeout: .seconds(3))
            var line: [UInt8] = []
            while line.last != UInt8(ascii: "\n") {
                guard let bytes = try await connection.receive(atMost: 64, timeout: .seconds(3)) else {
                    throw TransportError(.unexpectedEnd, operation: .receive)
                }
                line += bytes
                if !isRight { break }
            }
            connection.close()
            return String(line)
        } catch {
            if closes { connection.close() }
            throw error
        }
    }
}

/// What an exploration has found, or nil when it has found nothing.
func findings(_ body: () async throws -> ExplorationReport) async -> ExplorationReport? {
    do {
        _ = try await body()
        return nil
    } catch {
        return (error as? ExplorationFailure)?.report
    }
}
