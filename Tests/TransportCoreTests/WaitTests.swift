import TestSupport
import Testing
import TransportCore

@Suite("Waiting for readiness")
struct WaitTests {
    @Test("NBK-03: a wait ends when something is there, and takes nothing of it")
    func readable() throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.at(.seconds(3), .text("x"))]))
        let connection = Connection(transport, mode: .nonblocking)
        #expect(try connection.wait(for: .readable, timeout: .seconds(9)))
        #expect(transport.clock.elapsed == .seconds(3))
        #expect(try connection.receive(atMost: 1) == [0x78])
    }

    @Test("NBK-03: any one of the directions is enough")
    func either() throws {
        let script = TransportScript(
            receiving: [.at(.seconds(5), .text("x"))],
            sending: [.at(.seconds(2), .accept(1))]
        )
        let transport = ScriptedTransport(script)
        #expect(try Connection(transport).wait(for: [.readable, .writable]))
        #expect(transport.clock.elapsed == .seconds(2))
    }

    @Test("N05: a wait in vain is false when the time is up, exactly then")
    func timeout() throws {
        let transport = ScriptedTransport(TransportScript(sending: [.clog]))
        let connection = Connection(transport, mode: try .timeout(.seconds(3)))
        #expect(try !connection.wait(for: .writable))
        #expect(transport.clock.elapsed == .seconds(3))
        #expect(try !connection.wait(for: .readable, deadline: transport.clock.deadline(.seconds(5))))
        #expect(transport.clock.elapsed == .seconds(5))
    }

    @Test("M27: in nonblocking mode, or with a timeout of zero, a wait asks for the present state")
    func present() throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport, mode: .nonblocking)
        #expect(try !connection.wait(for: .readable))
        #expect(try connection.wait(for: .writable))
        connection.mode = .blocking
        #expect(try !connection.wait(for: .readable, timeout: .zero))
        transport.feed(.text("x"))
        #expect(try connection.wait(for: .readable, timeout: .zero))
        #expect(transport.clock.elapsed == .zero)
    }

    @Test("NBK-04: a wait with a deadline that has passed is false and has no effect")
    func passed() throws {
        let connection = Connection(ScriptedTransport())
        #expect(throws: Never.self) { try connection.wait(for: .readable, deadline: .passed) }
        #expect(throws: Never.self) { try Listener(ScriptedListener()).waitForConnection(deadline: .passed) }
        #expect(throws: Never.self) {
            try DatagramSocket(ScriptedDatagrams()).wait(for: .readable, deadline: .passed)
        }
    }

    @Test("NBK-04: a deadline that passes while a wait begins is no error")
    func passing() throws {
        let transport = HurriedTransport(lower: ScriptedTransport())
        let deadline = transport.lower.clock.deadline(.nanoseconds(1))
        #expect(throws: Never.self) { try Connection(transport).wait(for: .readable, deadline: deadline) }
    }

    @Test("A15 NBK-01: a wait for nothing is refused")
    func nothing() throws {
        let connection = Connection(ScriptedTransport(), mode: .nonblocking)
        #expect(caught { try connection.wait(for: []) }?.kind == .invalidArgument)
    }

    @Test("NBK-06: what the transport holds already makes it readable, whatever the layer below says")
    func buffered() throws {
        let transport = ScriptedTransport(TransportScript(hasBufferedInput: true))
        let connection = Connection(transport)
        #expect(try connection.wait(for: .readable))
        #expect(transport.operations.isEmpty)
        #expect(try connection.wait(for: .writable))
        #expect(transport.operations == [.wait(.writable, .never)])
    }

    @Test("NBK-03: a wait for room ends when there is room")
    func room() throws {
        let transport = ScriptedTransport(TransportScript(sending: [.clog]))
        let connection = Connection(transport)
        let wait = BackgroundCall { try connection.wait(for: .writable) }
        #expect(transport.untilBlocked())
        #expect(!wait.hasEnded)
        transport.unclog()
        #expect(try wait.value())
    }

    @Test("CON-01: a wait is no operation of a direction: it keeps nobody out")
    func notBusy() throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        let wait = BackgroundCall { try connection.wait(for: .readable) }
        #expect(transport.untilBlocked())
        #expect(caught { try connection.receive(atMost: 1, timeout: .zero) }?.kind == .wouldBlock)
        transport.feed(.text("x"))
        #expect(try wait.value())
    }

    @Test("CLO-12: a failure of the transport found by a wait is thrown")
    func failure() {
        let reset = TransportError(.connectionReset, operation: .wait)
        let connection = Connection(ScriptedTransport(TransportScript(waitFailures: [reset])))
        #expect(caught { try connection.wait(for: .readable) }?.kind == .connectionReset)
    }
}

/// A transport whose time goes on with each look at it.
private struct HurriedTransport: TransportLayer {
    let lower: ScriptedTransport
    var now: Instant {
        defer { lower.clock.advance(by: .nanoseconds(1)) }
        return lower.now
    }
}
