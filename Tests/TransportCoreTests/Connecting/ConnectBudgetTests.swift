import TestSupport
import Testing
import TransportCore

@Suite("Budgets and where the time went")
struct ConnectBudgetTests {
    private static let v6 = IP.Address.v6(.loopback)
    private static let v4 = IP.Address.v4(IPv4.Address(192, 0, 2, 1))
    private let v6 = IP.SocketAddress(Self.v6, port: 80)
    private let v4 = IP.SocketAddress(Self.v4, port: 80)

    private func backend(_ scripts: [IP.SocketAddress: TransportScript], resolving: Duration) -> ScriptedBackend {
        ScriptedBackend(scripts: scripts, names: ["far": .addresses([Self.v6, Self.v4])], resolving: resolving)
    }

    @Test("DLN-13: the ledger of a total that is used up: resolving, each attempt, and what came of them")
    func ledger() async {
        let stuck = TransportScript(establishing: [.stuck])
        for suspends in [false, true] {
            let backend = backend([v6: stuck, v4: stuck], resolving: .milliseconds(1200))
            let budget = ConnectBudget(total: .seconds(4), attempt: .seconds(2))
            let error =
                suspends
                ? await caught { try await backend.connect(host: "far", port: 80, budget: budget) }
                : blockingFailure(backend, budget)
            #expect(error?.kind == .timedOut)
            #expect(
                error?.explanation.split(separator: "\n").filter { $0.hasPrefix("  time") } == [
                    "  time: 1.2 s: resolve far",
                    "  time: 2 s: connect [::1]:80 (from 1.2 s on): timed out",
                    "  time: 2 s: connect 192.0.2.1:80 (from 1.45 s on): timed out",
                ]
            )
            #expect(error?.ledger.map(\.duration) == [.milliseconds(1200), .seconds(2), .seconds(2)])
            #expect(error?.ledger.map(\.failure) == [nil, .timedOut, .timedOut])
            #expect(error?.attempts.map { $0.ledger.first?.start } == [.milliseconds(1200), .milliseconds(1450)])
            #expect(backend.clock.elapsed == .milliseconds(3450))
        }
    }

    private func blockingFailure(
        _ backend: ScriptedBackend, _ budget: ConnectBudget, _ deadline: Deadline? = nil
    ) -> TransportError? {
        caught { try backend.connect(host: "far", port: 80, budget: budget, deadline: deadline) }
    }

    @Test("DLN-13: resolving that takes all of the time is all there is in the ledger")
    func resolving() {
        let backend = backend([:], resolving: .seconds(9))
        let error = caught { try backend.connect(host: "far", port: 80, budget: ConnectBudget(total: .seconds(5))) }
        #expect(error?.kind == .timedOut)
        #expect(error?.ledger.map(\.description) == ["5 s: resolve far: timed out"])
    }

    @Test("a numeric host has no time for resolving in its ledger")
    func numeric() {
        let backend = ScriptedBackend(scripts: [v4: TransportScript(establishing: [.stuck])])
        let error = caught { try backend.connect(host: "192.0.2.1", port: 80, timeout: .seconds(1)) }
        #expect(error?.ledger.map(\.description) == ["1 s: connect 192.0.2.1:80: timed out"])
    }

    @Test("the idle time is that of the connection's operations")
    func idle() throws {
        let backend = backend([:], resolving: .zero)
        let connection = try backend.connect(host: "far", port: 80, budget: ConnectBudget(idle: .seconds(30)))
        #expect(try connection.mode == .timeout(.seconds(30)))
        #expect(caught { try connection.receive(atMost: 1) }?.kind == .timedOut)
        #expect(backend.clock.elapsed == .seconds(30))
        #expect(try backend.connect(host: "far", port: 80, budget: ConnectBudget()).mode == .blocking)
    }

    @Test("DLN-13: of a budget's total and a deadline the earlier counts")
    func deadline() async {
        let stuck = TransportScript(establishing: [.stuck])
        for (total, limit, end) in [(5, 3, 3), (3, 5, 3), (nil, 2, 2)] as [(Int?, Int, Int)] {
            for suspends in [false, true] {
                let backend = backend([v6: stuck, v4: stuck], resolving: .zero)
                let budget = ConnectBudget(total: total.map { .seconds($0) })
                let deadline = Deadline.at(backend.now.advanced(by: .seconds(limit)))
                let error =
                    suspends
                    ? await caught {
                        try await backend.connect(host: "far", port: 80, budget: budget, deadline: deadline)
                    } : blockingFailure(backend, budget, deadline)
                #expect(error?.kind == .timedOut)
                #expect(backend.clock.elapsed == .seconds(end))
            }
        }
    }

    @Test("DLN-13: retrying with a budget inside keeps its time when the attempts are given its deadline")
    func retrying() {
        let stuck = TransportScript(establishing: [.stuck])
        let backend = backend([v6: stuck, v4: stuck], resolving: .zero)
        let budget = ConnectBudget(total: .seconds(3), attempt: .seconds(1))
        let error = caught {
            try backend.retrying(RetryPolicy(jitter: 0), timeout: .seconds(4)) { (attempt) throws(TransportError) in
                try backend.connect(host: "far", port: 80, budget: budget, deadline: attempt.deadline)
            }
        }
        #expect(error?.kind == .timedOut)
        #expect(backend.clock.elapsed == .seconds(4))
        #expect(
            error?.ledger.map(\.description) == [
                "1.25 s: connect 192.0.2.1:80, attempt 1: timed out", "100 ms: wait before attempt 2 (from 1.25 s on)",
                "1.25 s: connect 192.0.2.1:80, attempt 2 (from 1.35 s on): timed out",
                "200 ms: wait before attempt 3 (from 2.6 s on)", "0 ms: resolve far (from 2.8 s on)",
                "1 s: connect [::1]:80 (from 2.8 s on): timed out",
                "950 ms: connect 192.0.2.1:80 (from 3.05 s on): timed out",
            ])
    }

    @Test("DLN-12: negative and overlong times are found before anything is done")
    func bad() {
        for duration in [Duration.seconds(-1), .seconds(Int64.max)] {
            for budget in [
                ConnectBudget(total: duration), ConnectBudget(attempt: duration), ConnectBudget(idle: duration),
            ] {
                let backend = backend([:], resolving: .zero)
                let error = caught { try backend.connect(host: "far", port: 80, budget: budget) }
                #expect(error?.kind == .invalidArgument)
                #expect(backend.resolver.queries.isEmpty)
            }
        }
    }

    @Test(
        "durations are told in the largest unit that leaves a whole part",
        arguments: [
            (Duration.zero, "0 ms"), (.nanoseconds(1500), "1.5 µs"), (.milliseconds(250), "250 ms"),
            (.microseconds(1234), "1.234 ms"), (.milliseconds(1200), "1.2 s"), (.seconds(75), "75 s"),
        ]
    )
    func text(duration: Duration, text: String) {
        let entry = TransportError.TimeSpent(.resolve, on: "a", from: .zero, to: duration)
        #expect(entry.description == "\(text): resolve a")
    }
}
