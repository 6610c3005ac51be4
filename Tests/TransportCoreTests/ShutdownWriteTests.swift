import TestSupport
import Testing
import TransportCore

@Suite("Ending the sending direction")
struct ShutdownWriteTests {
    @Test("EOF-04: receiving goes on after the sending direction was ended")
    func halfClose() throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.text("answer"), .end]))
        let connection = Connection(transport)
        try connection.sendAll("question")
        try connection.shutdownWrite()
        #expect(try connection.receive(atMost: 99) == Array("answer".utf8))
        #expect(try connection.receive(atMost: 99) == nil)
        #expect(!connection.isClosed)
    }

    @Test("EOF-05 M22 ZER-04: sending afterwards is a broken pipe, and no byte leaks, also of an empty send")
    func sendAfter() throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        try connection.shutdownWrite()
        for error in [
            caught { try connection.send([1]) }, caught { try connection.sendAll([1]) },
            caught { try connection.send([]) }, caught { try connection.sendAll("") },
            caught { try connection.send(gathering: [[1], [2]]) }, caught { try connection.sendAll(gathering: []) },
        ] {
            #expect(error?.kind == .brokenPipe)
            #expect(error?.operation == .send)
            #expect(error?.aftermath == .receiveOnly)
            #expect(error?.retrySafety == .nothingSent)
            #expect(error?.message == "this end has shut its sending direction down")
        }
        #expect(transport.operations == [.tryShutdownWrite])
    }

    @Test("EOF-06: ending it again is no error and reaches the transport once")
    func twice() throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        for _ in 0..<3 { try connection.shutdownWrite() }
        #expect(transport.operations == [.tryShutdownWrite])
    }

    @Test("EOF-07: it is no error when the peer has gone already", arguments: [true, false])
    func peerGone(seenByReceiver: Bool) throws {
        let reset = TransportError(.connectionReset, operation: seenByReceiver ? .receive : .send)
        let script =
            seenByReceiver
            ? TransportScript(receiving: [.fail(reset)]) : TransportScript(sending: [.fail(reset)])
        let connection = Connection(ScriptedTransport(script))
        if seenByReceiver {
            #expect(caught { try connection.receive(atMost: 1) }?.kind == .connectionReset)
        } else {
            #expect(caught { try connection.send([1]) }?.kind == .connectionReset)
        }
        try connection.shutdownWrite()
        #expect(caught { try connection.send([1]) }?.kind == .connectionReset)
    }

    @Test("EOF-08: what a layer still holds is handed over first, within the timeout, and can be gone on with")
    func pendingOutput() throws {
        let transport = ScriptedTransport(TransportScript(shuttingDown: [.pending(until: .seconds(4)), .done]))
        let connection = Connection(transport)
        let error = caught { try connection.shutdownWrite(timeout: .seconds(3)) }
        #expect(error?.kind == .timedOut)
        #expect(error?.operation == .shutdownWrite)
        #expect(transport.clock.elapsed == .seconds(3))
        try connection.shutdownWrite(timeout: .seconds(3))
        #expect(transport.clock.elapsed == .seconds(4))
        #expect(caught { try connection.send([1]) }?.kind == .brokenPipe)
    }

    @Test("EOF-08 M27: in nonblocking mode it would block until it is done")
    func nonblocking() throws {
        let need = Need(.writable, systemCode: 11)
        let transport = ScriptedTransport(TransportScript(shuttingDown: [.wouldBlock(need), .done]))
        let connection = Connection(transport, mode: .nonblocking)
        let error = caught { try connection.shutdownWrite() }
        #expect(error?.kind == .wouldBlock)
        #expect(error?.errno == 11)
        try connection.shutdownWrite()
        #expect(!transport.trace.contains { $0.isWait })
    }

    @Test("EOF-13: without half-close it is unsupported and changes nothing")
    func unsupported() throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.text("x")], facts: []))
        let connection = Connection(transport)
        for _ in 0..<2 {
            let error = caught { try connection.shutdownWrite() }
            #expect(error?.kind == .unsupported)
            #expect(error?.operation == .shutdownWrite)
        }
        try connection.sendAll("abc")
        #expect(transport.sentText == "abc")
        #expect(try connection.receive(atMost: 1) == [0x78])
    }

    @Test("EOF-10: after both directions have ended, closing is clean")
    func both() throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.end]))
        let connection = Connection(transport)
        try connection.shutdownWrite()
        #expect(try connection.receive(atMost: 1) == nil)
        connection.close()
        #expect(transport.trace == [.tryShutdownWrite, .tryReceive(1), .tryFinish, .close])
    }

    @Test("EOF-04: a receive that waits is no obstacle to ending the sending direction")
    func duringReceive() throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        let receive = BackgroundCall { try connection.receive(atMost: 9) }
        #expect(transport.untilBlocked())
        try connection.shutdownWrite()
        transport.feed(.end)
        #expect(try receive.value() == nil)
    }
}
