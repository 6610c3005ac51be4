import TestSupport
import Testing
import TransportCore

@Suite("Deadlines and timeouts")
struct DeadlineTests {
    @Test("N05 DLN-11: a call's timeout wins over the mode, shorter or longer, and leaves no trace")
    func perCall() throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport, mode: try .timeout(.seconds(10)))
        #expect(caught { try connection.receive(atMost: 1, timeout: .seconds(2)) }?.kind == .timedOut)
        #expect(transport.clock.elapsed == .seconds(2))
        #expect(caught { try connection.receive(atMost: 1, timeout: .seconds(30)) }?.kind == .timedOut)
        #expect(transport.clock.elapsed == .seconds(32))
        #expect(caught { try connection.receive(atMost: 1) }?.kind == .timedOut)
        #expect(transport.clock.elapsed == .seconds(42))
        #expect(connection.mode.timeout == .seconds(10))
    }

    @Test("DLN-11 M27: a call's deadline wins over nonblocking mode, a timeout of zero over blocking mode")
    func perCallMode() throws {
        let transport = ScriptedTransport()
        let nonblocking = Connection(transport, mode: .nonblocking)
        let deadline = transport.clock.deadline(.seconds(4))
        #expect(caught { try nonblocking.receive(atMost: 1, deadline: deadline) }?.kind == .timedOut)
        #expect(transport.clock.elapsed == .seconds(4))
        let blocking = Connection(ScriptedTransport())
        #expect(caught { try blocking.receive(atMost: 1, timeout: .zero) }?.kind == .wouldBlock)
        #expect(caught { try blocking.receive(atMost: 1, timeout: .nanoseconds(1)) }?.kind == .timedOut)
    }

    @Test("DLN-11: a call with the deadline never waits for ever in any mode")
    func never() throws {
        let script = TransportScript(receiving: [.at(.seconds(1000), .text("x"))])
        let nonblocking = Connection(ScriptedTransport(script), mode: .nonblocking)
        #expect(try nonblocking.receive(atMost: 1, deadline: .never) == [0x78])
        let timed = Connection(ScriptedTransport(script), mode: try .timeout(.seconds(1)))
        #expect(try timed.receive(atMost: 1, deadline: .never) == [0x78])
    }

    @Test("N05: of a timeout and a deadline the earlier one counts", arguments: [(2, 5), (5, 2)])
    func earlier(timeout: Int, deadline: Int) throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        let end = transport.clock.deadline(.seconds(deadline))
        let error = caught { try connection.receive(atMost: 1, timeout: .seconds(timeout), deadline: end) }
        #expect(error?.kind == .timedOut)
        #expect(transport.clock.elapsed == .seconds(2))
    }

    @Test("DLN-01 DLN-10: a deadline that has passed comes before data, room and zero lengths")
    func passed() throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.text("data")]))
        let connection = Connection(transport)
        var array = [UInt8](repeating: 0, count: 4)
        var arrays = [array]
        for deadline in [Deadline.passed, .at(transport.now)] {
            #expect(caught { try connection.receive(atMost: 4, deadline: deadline) }?.kind == .timedOut)
            #expect(caught { try connection.receive(atMost: 0, deadline: deadline) }?.kind == .timedOut)
            #expect(caught { try connection.receive(into: &array, deadline: deadline) }?.kind == .timedOut)
            #expect(caught { try connection.receiveExactly(4, deadline: deadline) }?.kind == .timedOut)
            #expect(
                caught { try connection.receive(scatteringInto: &arrays, deadline: deadline) }?.kind == .timedOut
            )
            #expect(caught { try connection.send([1], deadline: deadline) }?.kind == .timedOut)
            #expect(caught { try connection.send([], deadline: deadline) }?.kind == .timedOut)
            #expect(caught { try connection.sendAll([1], deadline: deadline) }?.kind == .timedOut)
            #expect(caught { try connection.sendAll(gathering: [[1]], deadline: deadline) }?.kind == .timedOut)
            #expect(caught { try connection.shutdownWrite(deadline: deadline) }?.kind == .timedOut)
            #expect(caught { try connection.establish(deadline: deadline) }?.kind == .timedOut)
        }
        #expect(transport.trace.isEmpty)
        #expect(transport.clock.elapsed == .zero)
        #expect(try connection.receive(atMost: 4) == Array("data".utf8))
    }

    @Test("DLN-02 DLN-03: a timeout poisons neither direction")
    func notPoisoned() throws {
        let transport = ScriptedTransport(TransportScript(sending: [.clog]))
        let connection = Connection(transport, mode: try .timeout(.seconds(1)))
        for _ in 0..<3 {
            let error = caught { try connection.receive(atMost: 1) }
            #expect(error?.kind == .timedOut)
            #expect(error?.aftermath == .usable)
            #expect(caught { try connection.send([1]) }?.kind == .timedOut)
        }
        transport.unclog()
        transport.feed(.text("y"))
        try connection.sendAll("x")
        #expect(try connection.receive(atMost: 1) == [0x79])
        #expect(transport.sentText == "x")
    }

    @Test("DLN-13: one deadline is the budget of several calls")
    func budget() throws {
        let script = TransportScript(
            receiving: [.at(.seconds(3), .text("a")), .at(.seconds(6), .text("b"))],
            establishing: [.pending(until: .seconds(2))]
        )
        let transport = ScriptedTransport(script)
        let connection = Connection(transport)
        let deadline = try transport.deadline(after: .seconds(5))
        try connection.establish(deadline: deadline)
        #expect(try connection.receiveExactly(1, deadline: deadline) == [0x61])
        #expect(caught { try connection.receiveExactly(1, deadline: deadline) }?.kind == .timedOut)
        #expect(transport.clock.elapsed == .seconds(5))
        #expect(caught { try connection.send([1], deadline: deadline) }?.kind == .timedOut)
    }

    @Test("DLN-13: the timeout of every kind of wait is exact", arguments: [1, 30, 86_400])
    func exact(seconds: Int) throws {
        let transport = ScriptedTransport(
            TransportScript(
                sending: [.clog],
                establishing: [.stuck],
                flushing: [.stuck],
                shuttingDown: [.stuck]
            )
        )
        let connection = Connection(transport)
        let timeout = Duration.seconds(seconds)
        var arrays: [[UInt8]] = [[0]]
        var expected = Duration.zero
        let calls: [() throws -> Void] = [
            { _ = try connection.receive(atMost: 1, timeout: timeout) },
            { _ = try connection.receiveExactly(1, timeout: timeout) },
            { _ = try connection.receive(scatteringInto: &arrays, timeout: timeout) },
            { _ = try connection.send([1], timeout: timeout) },
            { _ = try connection.send(gathering: [[1]], timeout: timeout) },
            { try connection.sendAll([1], timeout: timeout) },
            { try connection.sendAll(gathering: [[1]], timeout: timeout) },
            { try connection.sendAll([], timeout: timeout) },
            { try connection.establish(timeout: timeout) },
            { try connection.shutdownWrite(timeout: timeout) },
        ]
        for (number, call) in calls.enumerated() {
            expected += timeout
            #expect(caught(call)?.kind == .timedOut, "call \(number)")
            #expect(transport.clock.elapsed == expected, "call \(number)")
        }
        #expect(try !connection.wait(for: .readable, timeout: timeout))
        #expect(transport.clock.elapsed == expected + timeout)
    }

    @Test("DLN-12: a bad timeout is found before anything is done, and the connection goes on")
    func badTimeouts() throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.text("x")]))
        let connection = Connection(transport)
        for timeout in [Duration.seconds(-1), .nanoseconds(-1), .seconds(Int64.max), .seconds(Int64.min)] {
            #expect(caught { try connection.receive(atMost: 1, timeout: timeout) }?.kind == .invalidArgument)
            #expect(caught { try connection.sendAll("x", timeout: timeout) }?.kind == .invalidArgument)
            #expect(caught { try connection.wait(for: .readable, timeout: timeout) }?.kind == .invalidArgument)
            #expect(caught { try connection.shutdownWrite(timeout: timeout) }?.kind == .invalidArgument)
            #expect(caught { try connection.establish(timeout: timeout) }?.kind == .invalidArgument)
            #expect(caught { try connection.close(timeout: timeout) }?.kind == .invalidArgument)
        }
        #expect(transport.trace.isEmpty)
        #expect(!connection.isClosed)
        #expect(try connection.receive(atMost: 1) == [0x78])
    }
}
