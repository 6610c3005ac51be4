import TestSupport
import Testing
import TransportCore

/// Modes, timeouts and deadlines of suspending calls, in virtual time.
@Suite("Time limits in tasks", .unlessHung)
struct SuspendingTimeTests {
    @Test("a timeout ends a call at exactly its time, and loses nothing")
    func timeout() async throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.at(.seconds(31), .text("late"))]))
        let connection = Connection(transport)
        let error = await caught { try await connection.receive(atMost: 9, timeout: .seconds(30)) }
        #expect(error?.kind == .timedOut)
        #expect(error?.operation == .receive)
        #expect(transport.clock.elapsed == .seconds(30))
        #expect(try await connection.receive(atMost: 9, timeout: .seconds(30)) == "late".bytes)
        #expect(transport.clock.elapsed == .seconds(31))
    }

    @Test("the time of a call is not renewed by progress")
    func budget() async {
        let transport = ScriptedTransport(
            TransportScript(
                receiving: (1...9).map { .at(.seconds($0), .text("x")) },
                sending: (1...9).map { .at(.seconds(10 + $0), .accept(1)) }
            )
        )
        let connection = Connection(transport)
        let receiving = await caught { try await connection.receiveExactly(9, timeout: .milliseconds(3500)) }
        #expect(receiving?.kind == .timedOut)
        #expect(receiving?.partialData == "xxx".bytes)
        let deadline = transport.clock.deadline(.milliseconds(14_500))
        let sending = await caught { try await connection.sendAll("123456789", deadline: deadline) }
        #expect(sending?.kind == .timedOut)
        #expect(sending?.bytesTransferred == 4)
        #expect(transport.clock.elapsed == .milliseconds(14_500))
    }

    @Test("a deadline that has passed wins over data that is there")
    func passed() async {
        let transport = ScriptedTransport(TransportScript(receiving: [.text("x")]))
        let connection = Connection(transport)
        #expect(await caught { try await connection.receive(atMost: 1, deadline: .passed) }?.kind == .timedOut)
        #expect(transport.trace.isEmpty)
    }

    @Test("the mode holds for suspending calls, and a call's own limit wins")
    func modes() async throws {
        let transport = ScriptedTransport(TransportScript(sending: [.clog]))
        let connection = Connection(transport, mode: .nonblocking)
        #expect(await caught { try await connection.receive(atMost: 1) }?.kind == .wouldBlock)
        #expect(await caught { try await connection.send([1]) }?.kind == .wouldBlock)
        #expect(!transport.trace.contains { $0.isWait })
        #expect(await caught { try await connection.receive(atMost: 1, timeout: .seconds(1)) }?.kind == .timedOut)
        connection.mode = try .timeout(.seconds(2))
        #expect(await caught { try await connection.sendAll("x") }?.kind == .timedOut)
        #expect(transport.clock.elapsed == .seconds(3))
        #expect(await caught { try await connection.receive(atMost: 1, timeout: .zero) }?.kind == .wouldBlock)
    }

    @Test("readiness that is never true does not outlast the deadline")
    func spurious() async {
        let transport = NeverReady(lower: ScriptedTransport())
        let connection = Connection(transport)
        #expect(await caught { try await connection.receive(atMost: 1, timeout: .seconds(5)) }?.kind == .timedOut)
        #expect((5...6).contains(transport.now.nanoseconds / 1_000_000_000))
    }

    @Test("when the last byte is sent, the time no longer matters")
    func sentInTime() async throws {
        let transport = ScriptedTransport(TransportScript(costOfAttempt: .seconds(2)))
        try await Connection(transport).sendAll("abc", timeout: .seconds(1))
        #expect(transport.sentText == "abc")
    }
}

/// A transport that is always said to be ready, never is, and lets a second pass with each wait.
private struct NeverReady: TransportLayer {
    let lower: ScriptedTransport
    let time = Locked(Int64(0))

    var now: Instant { Instant(nanoseconds: time.withLock { $0 }) }
    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep { .wouldBlock(.readable) }
    func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        time.withLock { $0 += 1_000_000_000 }
        return true
    }
}
