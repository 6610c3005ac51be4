import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Every operation of a client fails once")
struct FaultExplorationTests {
    @Test("SIM-06: a client that does everything right passes, and every operation is visited once")
    func correct() throws {
        let report = try exploreFaults { network in try network.count() }
        #expect(
            report.operations == [
                "connect to counter:4000", "send of 6 bytes to counter:4000", "receive of 8 bytes from counter:4000",
                "send of 12 bytes to counter:4000", "receive of 8 bytes from counter:4000",
                "send of 12 bytes to counter:4000", "receive of 8 bytes from counter:4000",
                "send of 11 bytes to counter:4000", "receive of 8 bytes from counter:4000",
            ])
        // The connect is refused and times out. Sends and receives are short, and are reset, ended and timed out each at
        // once and in the middle.
        #expect(report.runCount == 1 + 2 + 8 * 7)
    }

    @Test(
        "A client that does everything right passes with a scripted peer, in every profile", arguments: NamedProfile.all
    )
    func correctScripted(_ profile: NamedProfile) throws {
        try exploreFaults(profile: profile.profile, seed: 3) { network in try network.countScripted() }
    }

    @Test(
        "Each bug is found",
        arguments: [
            (Bugs.oneReceiveIsOneLine, ExplorationReport.Kind.unexpectedError, "short count of 1"),
            (.losesByteCount, .wrongResult, "timeout after half of the bytes"),
            (.retriesBlindly, .wrongResult, "reset"),
            (.leaksOnRefusal, .leaked, "reset"),
            (.believesHalfALine, .unexpectedError, "end of stream after half of the bytes"),
            (.waitsForEver, .hung, "timeout"),
            (.hidesTheCause, .unexpectedError, "reset"),
        ] as [(Bugs, ExplorationReport.Kind, String)]
    )
    func bugs(_ bug: Bugs, _ kind: ExplorationReport.Kind, _ fault: String) throws {
        let report = try #require(findings { try exploreFaults { network in try network.count(bug) } })
        #expect(report.findings.contains { $0.kind == kind && $0.fault == fault })
        #expect(report.findings.allSatisfy { ($0.operation ?? 0) > 0 })
        // It can be repeated alone.
        let number = try #require(report.findings.first?.operation)
        let again = findings { try exploreFaults(operations: number...number) { network in try network.count(bug) } }
        #expect(again?.findings.first == report.findings.first)
    }

    @Test("A request that a client begins again in the middle is seen by the peer's script")
    func wrongBytes() throws {
        let report = try #require(
            findings { try exploreFaults { network in try network.countScripted(.losesByteCount) } })
        let finding = try #require(report.findings.first { $0.kind == .wrongBytes })
        #expect(finding.place == "operation 2 (send of 6 bytes to counter:4000)")
        #expect(finding.fault == "timeout after half of the bytes")
        #expect(finding.details.contains("byte 3 of the client's stream differs"))
    }

    @Test("A connection that is kept and not closed is a leak")
    func openStream() throws {
        let pools = Locked<[Pool<LoopbackBackend<IP>>]>([])
        let report = findings {
            try exploreFaults { network in
                let pool = Pool<LoopbackBackend<IP>>()
                pools.withLock { $0.append(pool) }
                return try network.count(.poolsFailedConnections, pool: pool)
            }
        }
        #expect(
            report?.findings.first?.description == """
                leaked, operation 2 (send of 6 bytes to counter:4000): reset: the stream to counter:4000 is still open
                """)
    }

    @Test("A client that never gives up is stopped, and found")
    func neverGivesUp() throws {
        let report = findings {
            try exploreFaults(operations: 4...4, budget: ExplorationBudget(operations: 500)) { network in
                try network.countScripted(.neverGivesUp)
            }
        }
        #expect(report?.findings.first?.kind == .hung)
        #expect(report?.findings.first?.details.contains("budget") == true)
    }

    @Test("What fails untouched is no subject for an exploration, and what throws nothing special is said")
    func untouched() throws {
        struct Broken: Error {}
        let report = findings { try exploreFaults { _ -> Int in throw Broken() } }
        #expect(report?.runCount == 1)
        #expect(report?.findings.first?.description == "unexpected error, untouched: threw Broken()")
        #expect(
            report?.description == """
                1 run of 0 operations: 1 finding
                  unexpected error: threw Broken()
                    untouched
                """
        )
    }

    @Test("What is wrong at several operations is said once")
    func text() {
        let report = findings {
            try exploreFaults(faults: [.reset], operations: 1...3) { network in try network.count(.leaksOnRefusal) }
        }
        let line = CounterClient<LoopbackBackend<IP>>.line
        #expect(
            report?.description == """
                5 runs of 9 operations: 4 findings
                  leaked: a connection made at LoopbackMockBackendTests/CounterClient.swift:\(line) was dropped and not closed
                    operation 2 (send of 6 bytes to counter:4000): reset, reset after half of the bytes
                    operation 3 (receive of 8 bytes from counter:4000): reset, reset after half of the bytes
                """
        )
    }

    @Test("A test says which errors are fair")
    func accepts() throws {
        try exploreFaults(accepts: { $0 is CounterError || hasTransportError($0) }) { network in
            try network.count(.hidesTheCause)
        }
    }

    @Test("Only the faults that are asked for are tried, and only at the client's machine")
    func selection() throws {
        let report = try exploreFaults(faults: [.refusal]) { network in try network.count(.retriesBlindly) }
        #expect(report.runCount == 2)
        let server = try exploreFaults(host: "server", faults: [.shortCount]) { network in
            let listener = try network.backend(on: "server").listen(port: 1)
            let client = try network.spawn {
                let connection = try network.backend().connect(host: "server", port: 1)
                defer { connection.close() }
                try connection.sendAll("hello")
                return try connection.receiveText(2)
            }
            let connection = try listener.accept()
            defer { connection.close() }
            #expect(try connection.receiveText(5) == "hello")
            try connection.sendAll("ok")
            return try client.join()
        }
        #expect(
            server.operations == [
                "accept from localhost", "receive of 5 bytes from localhost", "send of 2 bytes to localhost",
            ])
    }

    @Test("The same seed finds the same in the same words")
    func deterministic() throws {
        let bugs: Bugs = [.retriesBlindly, .losesByteCount, .believesHalfALine, .leaksOnRefusal]
        func text() -> String? { findings { try exploreFaults { network in try network.count(bugs) } }?.description }
        let first = text()
        #expect(first != nil)
        #expect(first == text())
    }
}

/// What an exploration has found, or nil when it has found nothing.
func findings(_ body: () throws -> ExplorationReport) -> ExplorationReport? {
    do {
        _ = try body()
        return nil
    } catch {
        return (error as? ExplorationFailure)?.report
    }
}
