import TestSupport
import Testing
import TransportCore

@Suite("Erased connections")
struct ErasureTests {
    @Test("WRP-01 WRP-04: an erased connection works as the first, with its mode and observer")
    func works() throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.text("ab"), .end]))
        let observer = RecordingObserver()
        let timeout = try IOMode.timeout(.seconds(3))
        let erased: Connection<AnyTransport<IP>> = Connection(transport, mode: timeout, observer: observer).erased()
        #expect(erased.mode == timeout)
        #expect(try erased.receive(atMost: 9) == Array("ab".utf8))
        #expect(try erased.receive(atMost: 9) == nil)
        try erased.sendAll("hello")
        try erased.shutdownWrite()
        #expect(transport.sentText == "hello")
        #expect(erased.facts == transport.facts)
        #expect(erased.query(ScriptName.self) == "scripted")
        #expect(try erased.remoteAddress == transport.remoteAddress)
        #expect(observer.log.contains("end send done 5"))
        erased.close()
        #expect(transport.isClosed)
    }

    @Test("WRP-03: the first connection may go away; closing the erased one closes the transport once")
    func lifetime() throws {
        let transport = ScriptedTransport()
        let erased = Connection(transport).erased()
        try erased.sendAll("still open")
        #expect(!transport.isClosed)
        erased.close()
        erased.close()
        #expect(transport.count(of: .close) == 1)
    }

    @Test("WRP-03: closing the erased connection finishes once")
    func finishesOnce() {
        let transport = ScriptedTransport()
        Connection(transport).erased().close()
        #expect(transport.trace == [.tryFinish, .close])
    }

    @Test("WRP-03 CLO-19: dropping the erased connection closes the transport and is told once")
    func dropped() {
        let transport = ScriptedTransport()
        let observer = RecordingObserver()
        do {
            let erased = Connection(transport, observer: observer).erased()
            #expect(!erased.isClosed)
        }
        #expect(transport.count(of: .close) == 1)
        #expect(observer.log.count { $0 == "dropped" } == 1)
    }

    @Test("CLO-10 WRP-04: aborting the erased connection aborts the transport, once")
    func abort() {
        let transport = ScriptedTransport()
        let erased = Connection(transport).erased()
        erased.abort()
        erased.close()
        #expect(transport.trace == [.abort])
    }

    @Test("CLO-12: a reset is remembered across erasing")
    func latch() {
        let reset = TransportError(.connectionReset, operation: .receive)
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.fail(reset), .end])))
        #expect(caught { try connection.receive(atMost: 1) }?.kind == .connectionReset)
        let erased = connection.erased()
        #expect(caught { try erased.receive(atMost: 1) }?.kind == .connectionReset)
        #expect(caught { try erased.send([1]) }?.kind == .connectionReset)
    }

    @Test("EOF-05: an ended sending direction is remembered across erasing")
    func shutdown() throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        try connection.shutdownWrite()
        let erased = connection.erased()
        #expect(caught { try erased.sendAll("leak") }?.kind == .brokenPipe)
        try erased.shutdownWrite()
        #expect(transport.operations == [.tryShutdownWrite])
    }

    @Test("CLO-02: a closed connection stays closed when it is erased")
    func closed() {
        let connection = Connection(ScriptedTransport())
        connection.close()
        let erased = connection.erased()
        #expect(erased.isClosed)
        #expect(caught { try erased.send([]) }?.kind == .closed)
    }

    @Test("CLO-03: closing the erased connection wakes its reader")
    func wakes() throws {
        let transport = ScriptedTransport()
        let erased = Connection(transport).erased()
        let receive = BackgroundCall { caught { try erased.receive(atMost: 1) } }
        #expect(transport.untilBlocked())
        erased.close()
        #expect(try receive.value()?.kind == .closed)
    }

    @Test("WRP-02: erasing an erased connection changes nothing")
    func twice() throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.text("x")]))
        let erased = Connection(transport).erased().erased()
        #expect(try erased.receive(atMost: 1) == [0x78])
        erased.abort()
        #expect(transport.operations == [.tryReceive(1)])
        #expect(transport.trace.last == .abort)
    }

    @Test("A14: different transports have one type when they are erased")
    func mixed() throws {
        let plain = ScriptedTransport()
        let connections = [Connection(plain).erased(), Connection(AnyTransport(ScriptedTransport())).erased()]
        for connection in connections { try connection.sendAll("x") }
        #expect(plain.sentText == "x")
        for connection in connections { connection.close() }
    }
}
