import TestSupport
import Testing
import TransportCore

@Suite("Closing gracefully")
struct GracefulCloseTests {
    @Test("CLO-16: the ending is completed before the transport is closed")
    func completes() throws {
        let transport = ScriptedTransport(TransportScript(finishing: [.pending(until: .seconds(3)), .done]))
        let connection = Connection(transport)
        #expect(try connection.close(timeout: .seconds(5)))
        #expect(transport.clock.elapsed == .seconds(3))
        #expect(transport.trace.last == .close)
        #expect(transport.count(of: .tryFinish) == 2)
    }

    @Test("CLO-14: with a clogged peer it returns at the deadline, and the connection is closed")
    func clogged() throws {
        let transport = ScriptedTransport(TransportScript(finishing: [.stuck]))
        let connection = Connection(transport)
        #expect(try !connection.close(timeout: .seconds(5)))
        #expect(transport.clock.elapsed == .seconds(5))
        #expect(connection.isClosed)
        #expect(transport.isClosed)
    }

    @Test("CLO-14: with a deadline it returns at the deadline")
    func deadline() {
        let transport = ScriptedTransport(TransportScript(finishing: [.stuck]))
        let end = transport.clock.deadline(.seconds(2))
        #expect(!Connection(transport).close(deadline: end))
        #expect(transport.clock.elapsed == .seconds(2))
    }

    @Test("CLO-14: a timeout of zero and a deadline that has passed try once and close")
    func atOnce() throws {
        for deadline in [Deadline.passed, nil] {
            let transport = ScriptedTransport(TransportScript(finishing: [.stuck]))
            let connection = Connection(transport)
            let complete = try deadline.map { connection.close(deadline: $0) } ?? connection.close(timeout: .zero)
            #expect(!complete)
            #expect(transport.count(of: .tryFinish) == 1)
            #expect(transport.isClosed)
            #expect(transport.clock.elapsed == .zero)
        }
    }

    @Test("CLO-14: a failure of the ending closes all the same, and is told as incomplete")
    func failure() throws {
        let reset = TransportError(.connectionReset, operation: .close)
        let transport = ScriptedTransport(TransportScript(finishing: [.fail(reset)]))
        #expect(try !Connection(transport).close(timeout: .seconds(1)))
        #expect(transport.isClosed)
    }

    @Test("CLO-14: with a bad timeout the connection stays open")
    func badTimeout() throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        for timeout in [Duration.seconds(-1), .seconds(Int64.max)] {
            let error = caught { try connection.close(timeout: timeout) }
            #expect(error?.kind == .invalidArgument)
        }
        #expect(!connection.isClosed)
        try connection.sendAll("still here")
    }

    @Test("CLO-14: the error for a bad timeout names the operation")
    func badTimeoutOperation() {
        let connection = Connection(ScriptedTransport())
        #expect(caught { try connection.close(timeout: .seconds(-1)) }?.operation == .close)
    }

    @Test("CLO-02: operations that begin during a graceful ending are refused as closed")
    func duringEnding() throws {
        let transport = ScriptedTransport(TransportScript(finishing: [.stuck]))
        let connection = Connection(transport)
        let closing = BackgroundCall { connection.close(deadline: .never) }
        #expect(transport.untilBlocked())
        #expect(caught { try connection.send([1]) }?.kind == .closed)
        #expect(caught { try connection.receive(atMost: 1) }?.kind == .closed)
        transport.close()
        #expect(try !closing.value())
    }

    @Test("CLO-14 CLO-15: close and abort cut a graceful ending short", arguments: [true, false])
    func cutShort(abort: Bool) throws {
        let transport = ScriptedTransport(TransportScript(finishing: [.stuck]))
        let connection = Connection(transport)
        let closing = BackgroundCall { connection.close(deadline: .never) }
        #expect(transport.untilBlocked())
        if abort { connection.abort() } else { connection.close() }
        #expect(transport.isClosed)
        transport.close()  // releases the thread in any case
        #expect(try !closing.value())
    }

    @Test("CLO-01 CLO-14: a graceful close during another does not claim that the ending was complete")
    func second() throws {
        let transport = ScriptedTransport(TransportScript(finishing: [.stuck]))
        let connection = Connection(transport)
        let closing = BackgroundCall { connection.close(deadline: .never) }
        #expect(transport.untilBlocked())
        let complete = try connection.close(timeout: .zero)
        #expect(!complete)
        transport.close()
        #expect(try !closing.value())
    }

    @Test("CLO-03 CLO-14: a receive that waits ends as closed with the graceful ending, at the latest")
    func wakesReceiver() throws {
        let transport = ScriptedTransport(TransportScript(finishing: [.stuck]))
        let connection = Connection(transport)
        let receive = BackgroundCall { caught { try connection.receive(atMost: 1) } }
        #expect(transport.untilBlocked())
        let closing = BackgroundCall { try connection.close(timeout: .seconds(60)) }
        #expect(try !closing.value())
        #expect(try receive.value()?.kind == .closed)
    }

    @Test("CLO-04 CON-04: closing during a send does not enter the transport's sending direction a second time")
    func oneWriter() throws {
        let transport = WriterCounting(lower: ScriptedTransport(), door: Door(), writers: Locked(0), most: Locked(0))
        let connection = Connection(transport)
        let send = BackgroundCall { caught { try connection.sendAll("abc") } }
        #expect(transport.door.untilReached())
        connection.close()
        transport.door.open()
        _ = try send.value()
        #expect(transport.most.withLock { $0 } == 1)
    }
}

/// Counts how many steps of the sending direction run at the same time, the first of them held at a door.
private struct WriterCounting: TransportLayer {
    let lower: ScriptedTransport
    let door: Door
    let writers: Locked<Int>
    let most: Locked<Int>

    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        enter()
        defer { leave() }
        door.pass()
        return try lower.trySend(bytes)
    }

    func tryFlush() throws(TransportError) -> ProgressStep {
        enter()
        defer { leave() }
        return try lower.tryFlush()
    }

    func tryFinish() throws(TransportError) -> ProgressStep {
        enter()
        defer { leave() }
        return try lower.tryFinish()
    }

    private func enter() {
        let count = writers.withLock {
            $0 += 1
            return $0
        }
        most.withLock { $0 = max($0, count) }
    }

    private func leave() { writers.withLock { $0 -= 1 } }
}
