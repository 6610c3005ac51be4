import TestSupport
import Testing
import TransportCore

@testable import LoopbackMockBackend

@Suite("Standstills")
struct StandstillTests {
    /// Has a network tell at once that nothing happens in it.
    private func reports(of network: LoopbackNetwork) -> Reports {
        let reports = Reports()
        network.engine.locked {
            network.engine.standstill = Standstill(patience: 1_000_000) { reports.add($0) }
        }
        return reports
    }

    private final class Reports: Sendable {
        private let all = Locked<[String]>([])

        func add(_ report: String) {
            all.withLock { $0.append(report) }
            all.wakeAll()
        }

        /// Waits for the first one.
        func first() throws -> String {
            guard let first = all.wait(until: Patience.end, for: { $0.first }) else { throw CallHangs() }
            return first
        }

        var count: Int { all.withLock { $0.count } }
    }

    @Test("A test that waits elsewhere for a thread, which needs the turn, hangs with a report")
    func semaphore() throws {
        let network = LoopbackNetwork(fileID: "Tests/Here.swift", line: 12)
        let reports = reports(of: network)
        let thread = try network.spawn {}
        // In place of a semaphore that the thread would signal.
        let report = try reports.first()
        #expect(
            report == """
                An in-memory network, made at Tests/Here.swift:12, has stood still for 0.001 s of the machine's time: the \
                test has the turn, and works or waits outside of the network.
                  thread 1 waits for its turn
                Wait in the network for what others in it do: for threads with join(), for tasks in network.run { … }; for a time \
                with the network's sleep, not with Task.sleep.

                """
        )
        try thread.join()
        try network.spawn {}.join()
        #expect(reports.count == 1)
    }

    @Test("A test that waits elsewhere for a task, which needs the turn, hangs with a report")
    func task() async throws {
        let network = LoopbackNetwork()
        let reports = reports(of: network)
        let task = Task(executorPreference: network.executor) { try await network.sleep(for: .seconds(1)) }
        // In place of awaiting the task.
        let report = try reports.first()
        #expect(report.contains("the test has the turn"))
        #expect(report.contains("\n  a task waits for its turn\n"))
        try await network.run { try await task.value }
        #expect(network.now == Instant(nanoseconds: 1_000_000_000))
    }

    @Test("A thread that waits elsewhere while it has the turn hangs with a report")
    func thread() throws {
        let network = LoopbackNetwork()
        let thread = try network.spawn {
            // From now on: the test waits by now, and this thread has the turn.
            let reports = self.reports(of: network)
            try network.spawn {}
            return try reports.first()
        }
        let report = try thread.join()
        #expect(report.contains("thread 1 has the turn, and works or waits outside of the network."))
        #expect(report.contains("\n  thread 2 waits for its turn\n  the test waits for the end of a thread\n"))
    }

    @Test("Tasks that wait elsewhere, and time that nobody moves, are reported")
    func nobody() async throws {
        let network = LoopbackNetwork()
        let reports = reports(of: network)
        let report = try await network.run { try await Task.detached { try reports.first() }.value }
        #expect(report.contains("nobody has the turn, and tasks wait for something outside of the network."))
        let manual = LoopbackNetwork(clock: .manual)
        let sleeps = self.reports(of: manual)
        let call = BackgroundCall { try manual.sleep(for: .seconds(1)) }
        #expect(try sleeps.first().contains("time is moved by hand, and nobody does.\n  the test waits for a time\n"))
        await manual.advance(by: .seconds(1))
        try call.value()
    }

    @Test("In real time nothing is reported: waiting is what time is for")
    func real() async throws {
        let network = LoopbackNetwork(clock: .real)
        let reports = reports(of: network)
        try await network.run { try await network.sleep(for: .milliseconds(5)) }
        #expect(reports.count == 0)
    }
}
