import TestSupport
import Testing
import TransportCore

@Suite("Listeners")
struct ListenerTests {
    @Test("N05 DLN-13: accepting obeys modes, timeouts and deadlines")
    func modes() throws {
        let peer = ScriptedTransport()
        let scripted = ScriptedListener([.at(.seconds(5), peer)])
        let listener = Listener(scripted, mode: .nonblocking)
        #expect(caught { try listener.accept() }?.kind == .wouldBlock)
        let error = caught { try listener.accept(timeout: .seconds(2)) }
        #expect(error?.kind == .timedOut)
        #expect(error?.operation == .accept)
        #expect(scripted.clock.elapsed == .seconds(2))
        #expect(try !listener.waitForConnection(timeout: .seconds(1)))
        #expect(scripted.clock.elapsed == .seconds(3))
        listener.mode = .blocking
        #expect(try listener.waitForConnection())
        let connection = try listener.accept()
        #expect(connection.transport === peer)
        #expect(scripted.clock.elapsed == .seconds(5))
        #expect(caught { try listener.accept(deadline: .passed) }?.kind == .timedOut)
    }

    @Test("A14: a failure to accept leaves the listener usable")
    func failure() throws {
        let full = TransportError(.tooManyOpenFiles, operation: .accept)
        let listener = Listener(ScriptedListener([.fail(full), .accept(ScriptedTransport())]))
        #expect(caught { try listener.accept() }?.kind == .tooManyOpenFiles)
        #expect(throws: Never.self) { try listener.accept() }
    }

    @Test("CLO-05: closing wakes every thread that accepts")
    func wakes() throws {
        let scripted = ScriptedListener()
        let listener = Listener(scripted)
        let accepts = (0..<3).map { _ in BackgroundCall { caught { try listener.accept() } } }
        #expect(scripted.untilBlocked())
        listener.close()
        for accept in accepts { #expect(try accept.value()?.kind == .closed) }
    }

    @Test("CLO-01 CLO-02: closing may be repeated, and everything after it is refused as closed")
    func closed() throws {
        let scripted = ScriptedListener([.accept(ScriptedTransport())])
        let listener = Listener(scripted)
        listener.close()
        listener.close()
        #expect(listener.isClosed)
        #expect(scripted.trace == [.close])
        #expect(caught { try listener.accept() }?.kind == .closed)
        #expect(caught { try listener.accept(timeout: .seconds(-1)) }?.kind == .closed)
        #expect(caught { try listener.waitForConnection() }?.kind == .closed)
        #expect(caught { try listener.stopAccepting() }?.kind == .closed)
        #expect(caught { try listener.setOption(.reuseAddress, to: true) }?.kind == .closed)
        #expect(caught { try listener.option(.reuseAddress) }?.kind == .closed)
        #expect(try listener.localAddress == .v4(.loopback(port: 80)))
    }

    @Test("CLO-19: a listener that is dropped is closed")
    func dropped() {
        let scripted = ScriptedListener()
        do { _ = Listener(scripted) }
        #expect(scripted.trace == [.close])
    }

    @Test("CLO-16: after it stopped accepting, what is queued is given, then it is closed")
    func stopAccepting() throws {
        let listener = Listener(ScriptedListener([.accept(ScriptedTransport())]))
        try listener.stopAccepting()
        #expect(throws: Never.self) { try listener.accept() }
        #expect(caught { try listener.accept() }?.kind == .closed)
    }
}
