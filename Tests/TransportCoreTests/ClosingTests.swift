import TestSupport
import Testing
import TransportCore

@Suite("Closing")
struct ClosingTests {
    @Test("CLO-01: closing may be repeated in every order, and closes the transport once")
    func idempotent() throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        #expect(!connection.isClosed)
        connection.close()
        #expect(connection.isClosed)
        connection.close()
        connection.abort()
        #expect(try connection.close(timeout: .seconds(1)))
        #expect(transport.trace == [.tryFinish, .close])
    }

    @Test("CLO-09: aborting aborts the transport once, without finishing")
    func abort() {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        connection.abort()
        connection.abort()
        connection.close()
        #expect(connection.isClosed)
        #expect(transport.trace == [.abort])
    }

    @Test("CLO-02: every operation after closing is refused as closed, whatever its arguments")
    func afterClose() throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.text("unread")]))
        let connection = Connection(transport)
        connection.close()
        let before = transport.trace
        var array: [UInt8] = [0]
        var arrays = [array]
        let calls: [(String, () throws -> Void)] = [
            ("receive", { _ = try connection.receive(atMost: 1) }),
            ("receive nothing", { _ = try connection.receive(atMost: 0) }),
            ("receive past the deadline", { _ = try connection.receive(atMost: 1, deadline: .passed) }),
            ("receive with a bad timeout", { _ = try connection.receive(atMost: 1, timeout: .seconds(-1)) }),
            ("receive into", { _ = try connection.receive(into: &array) }),
            ("receive exactly", { _ = try connection.receiveExactly(1) }),
            ("receive exactly nothing", { _ = try connection.receiveExactly(0) }),
            ("receive exactly into", { try connection.receiveExactly(into: &array) }),
            ("scatter", { _ = try connection.receive(scatteringInto: &arrays) }),
            ("send", { _ = try connection.send([1]) }), ("send nothing", { _ = try connection.send([]) }),
            ("send all", { try connection.sendAll([1]) }), ("send a text", { try connection.sendAll("") }),
            ("gather", { _ = try connection.send(gathering: [[1]]) }),
            ("gather nothing", { _ = try connection.send(gathering: []) }),
            ("gather all", { try connection.sendAll(gathering: [[1]]) }),
            ("wait", { _ = try connection.wait(for: .readable) }),
            ("wait past the deadline", { _ = try connection.wait(for: .readable, deadline: .passed) }),
            ("establish", { try connection.establish() }), ("shutdown", { try connection.shutdownWrite() }),
            ("set option", { try connection.setOption(.noDelay, to: true) }),
            ("get option", { _ = try connection.option(.noDelay) }),
        ]
        for (name, call) in calls {
            let error = caught(call)
            #expect(error?.kind == .closed, "\(name)")
            #expect(error?.retrySafety == .nothingSent, "\(name)")
        }
        #expect(transport.trace == before)
        #expect(try connection.localAddress == .v4(.loopback(port: 1)))
        #expect(try connection.remoteAddress == .v4(.loopback(port: 2)))
        #expect(connection.facts.contains(.halfClose))
    }

    @Test("CLO-03: closing wakes a blocked receive")
    func wakesReceive() throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        let receive = BackgroundCall { caught { try connection.receiveExactly(4) } }
        #expect(transport.untilBlocked())
        connection.close()
        let error = try receive.value()
        #expect(error?.kind == .closed)
        #expect(error?.aftermath == .dead)
    }

    @Test("CLO-04: closing wakes a blocked send, which says how far it got")
    func wakesSend() throws {
        let transport = ScriptedTransport(TransportScript(sending: [.accept(2), .clog]))
        let connection = Connection(transport)
        let send = BackgroundCall { caught { try connection.sendAll("abc") } }
        #expect(transport.untilBlocked())
        connection.close()
        let error = try send.value()
        #expect(error?.kind == .closed)
        #expect(error?.bytesTransferred == 2)
    }

    @Test("CLO-04: a send that is cut short by closing does not claim that nothing was sent")
    func closedSendRetry() throws {
        let transport = ScriptedTransport(TransportScript(sending: [.accept(2), .clog]))
        let connection = Connection(transport)
        let send = BackgroundCall { caught { try connection.sendAll("abc") } }
        #expect(transport.untilBlocked())
        connection.close()
        let error = try send.value()
        #expect(error?.operation == .send)
        #expect(error?.retrySafety != .nothingSent)
    }

    @Test("CLO-05: closing and aborting wake a blocked wait", arguments: [true, false])
    func wakesWait(abort: Bool) throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        let wait = BackgroundCall { caught { try connection.wait(for: .readable) } }
        #expect(transport.untilBlocked())
        if abort { connection.abort() } else { connection.close() }
        #expect(try wait.value()?.kind == .closed)
    }

    @Test("CLO-03 CLO-04: closing wakes reader and writer at the same time")
    func wakesBoth() throws {
        let transport = ScriptedTransport(TransportScript(sending: [.clog]))
        let connection = Connection(transport)
        let receive = BackgroundCall { caught { try connection.receive(atMost: 4) } }
        let send = BackgroundCall { caught { try connection.sendAll("abc") } }
        #expect(transport.untilBlocked(2))
        connection.abort()
        #expect(try receive.value()?.kind == .closed)
        #expect(try send.value()?.kind == .closed)
    }

    @Test("CLO-04: whatever a transport throws at a waiter on closing, the waiter is told closed")
    func otherError() throws {
        let transport = ScriptedTransport()
        let connection = Connection(OddOnClose(lower: transport))
        let receive = BackgroundCall { caught { try connection.receive(atMost: 4) } }
        #expect(transport.untilBlocked())
        connection.close()
        #expect(try receive.value()?.kind == .closed)
    }

    @Test("CLO-19 A02: a connection that is dropped is closed, once")
    func dropped() {
        let transport = ScriptedTransport()
        do {
            let connection = Connection(transport)
            #expect(!connection.isClosed)
        }
        #expect(transport.isClosed)
        #expect(transport.count(of: .close) == 1)
    }

    @Test("CLO-19: a connection that was closed is not closed again when it is dropped")
    func closedThenDropped() {
        let transport = ScriptedTransport()
        do {
            let connection = Connection(transport)
            connection.close()
        }
        #expect(transport.count(of: .close) == 1)
    }

    @Test(
        "CLO-19: a connection that is dropped ends as by close, with as much of a proper ending as is possible at once"
    )
    func droppedFinishes() {
        let transport = ScriptedTransport()
        do {
            let connection = Connection(transport)
            #expect(!connection.isClosed)
        }
        #expect(transport.trace == [.tryFinish, .close])
    }

    @Test("CLO-01: finishing that fails or would block does not keep close from closing")
    func finishFails() {
        let failure = TransportError(.connectionReset, operation: .close)
        for action in [ProgressAction.fail(failure), .stuck] {
            let transport = ScriptedTransport(TransportScript(finishing: [action]))
            let connection = Connection(transport)
            connection.close()
            #expect(transport.trace == [.tryFinish, .close])
        }
    }
}

/// Fails its waits with an error of the system where others say closed.
private struct OddOnClose: TransportLayer {
    let lower: ScriptedTransport

    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        do throws(TransportError) {
            return try lower.wait(for: need, until: deadline)
        } catch {
            throw TransportError(.system, operation: .wait, code: .init(domain: .posix, value: 9))
        }
    }
}
