import TestSupport
import Testing
import TransportCore

@Suite("Terminal errors are remembered")
struct LatchingTests {
    private let reset = TransportError(
        .connectionReset,
        operation: .receive,
        code: .init(domain: .posix, value: 104, name: "ECONNRESET")
    )
    private let resetOfSend = TransportError(.connectionReset, operation: .send)

    @Test("CLO-12: a reset seen by the receiver is what every later receive and send gets, never an end")
    func receiver() throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.fail(reset), .text("ghost"), .end]))
        let connection = Connection(transport)
        #expect(caught { try connection.receive(atMost: 9) }?.kind == .connectionReset)
        let before = transport.trace.count
        var arrays: [[UInt8]] = [[0]]
        for _ in 0..<3 {
            let error = caught { try connection.receive(atMost: 9) }
            #expect(error?.kind == .connectionReset)
            #expect(error?.errno == 104)
            #expect(caught { try connection.receiveExactly(1) }?.kind == .connectionReset)
            #expect(caught { try connection.receive(atMost: 0) }?.kind == .connectionReset)
            #expect(caught { try connection.receive(scatteringInto: &arrays) }?.kind == .connectionReset)
            #expect(caught { try connection.send([1]) }?.kind == .connectionReset)
            #expect(caught { try connection.sendAll([1]) }?.kind == .connectionReset)
            #expect(caught { try connection.send(gathering: [[1]]) }?.kind == .connectionReset)
        }
        #expect(transport.trace.count == before)
        #expect(transport.sent.isEmpty)
    }

    @Test("CLO-11 CLO-12: when the sender sees the reset first, the receiver gets what was there, then the reset")
    func senderFirst() throws {
        let script = TransportScript(receiving: [.text("last words"), .end], sending: [.fail(resetOfSend)])
        let connection = Connection(ScriptedTransport(script))
        #expect(caught { try connection.sendAll("x") }?.kind == .connectionReset)
        #expect(try connection.receive(atMost: 99) == Array("last words".utf8))
        for _ in 0..<3 {
            #expect(caught { try connection.receive(atMost: 99) }?.kind == .connectionReset)
            #expect(caught { try connection.send([1]) }?.kind == .connectionReset)
        }
    }

    @Test("CLO-12: the reset in place of an end holds for every form of receiving")
    func senderFirstForms() throws {
        let script = TransportScript(receiving: [.text("ab"), .end], sending: [.fail(resetOfSend)])
        let exactly = Connection(ScriptedTransport(script))
        #expect(caught { try exactly.send([1]) }?.kind == .connectionReset)
        let error = caught { try exactly.receiveExactly(3) }
        #expect(error?.kind == .connectionReset)
        #expect(error?.partialData == Array("ab".utf8))
        let scattering = Connection(ScriptedTransport(script))
        #expect(caught { try scattering.send([1]) }?.kind == .connectionReset)
        var arrays: [[UInt8]] = [[0], [0]]
        #expect(try scattering.receive(scatteringInto: &arrays) == 2)
        #expect(caught { try scattering.receive(scatteringInto: &arrays) }?.kind == .connectionReset)
    }

    @Test("CLO-12: the reset in place of an end is an error of receiving")
    func operationOfReplacedEnd() throws {
        let script = TransportScript(receiving: [.end], sending: [.fail(resetOfSend)])
        let connection = Connection(ScriptedTransport(script))
        #expect(caught { try connection.sendAll("x") }?.operation == .send)
        let error = caught { try connection.receive(atMost: 1) }
        #expect(error?.operation == .receive)
        #expect(error?.retrySafety == .nothingSent)
    }

    @Test("CLO-12: a send that is refused because of an earlier failure has sent nothing")
    func refusedSend() throws {
        let connection = Connection(ScriptedTransport(TransportScript(sending: [.accept(1), .fail(resetOfSend)])))
        #expect(caught { try connection.sendAll("abc") }?.retrySafety == .unknown)
        let error = caught { try connection.sendAll("abc") }
        #expect(error?.kind == .connectionReset)
        #expect(error?.bytesTransferred == 0)
        #expect(error?.retrySafety == .nothingSent)
    }

    @Test("CLO-07: a broken pipe ends sending for good and leaves receiving with its proper end")
    func brokenPipe() throws {
        let broken = TransportError(.brokenPipe, operation: .send)
        let connection = Connection(
            ScriptedTransport(TransportScript(receiving: [.text("x"), .end], sending: [.fail(broken)]))
        )
        for _ in 0..<3 { #expect(caught { try connection.send([1]) }?.kind == .brokenPipe) }
        #expect(try connection.receive(atMost: 1) == [0x78])
        #expect(try connection.receive(atMost: 1) == nil)
    }

    @Test("EOF-14: a truncated stream ends receiving for good, sending goes on")
    func truncated() throws {
        let cut = TransportError(.truncated, operation: .receive)
        let transport = ScriptedTransport(TransportScript(receiving: [.text("x"), .fail(cut), .end]))
        let connection = Connection(transport)
        #expect(try connection.receive(atMost: 9) == [0x78])
        for _ in 0..<3 { #expect(caught { try connection.receive(atMost: 9) }?.kind == .truncated) }
        try connection.sendAll("alert")
        #expect(transport.sentText == "alert")
    }

    @Test("CLO-12: what a backend says about the aftermath counts, whatever the kind")
    func aftermath() throws {
        let harmless = TransportError(.connectionReset, operation: .receive).with(aftermath: .usable)
        let fatal = TransportError(.init(rawValue: "acme.quota"), operation: .receive).with(aftermath: .dead)
        let connection = Connection(
            ScriptedTransport(TransportScript(receiving: [.fail(harmless), .text("x"), .fail(fatal), .text("y")]))
        )
        #expect(caught { try connection.receive(atMost: 1) }?.kind == .connectionReset)
        #expect(try connection.receive(atMost: 1) == [0x78])
        #expect(caught { try connection.receive(atMost: 1) }?.kind.rawValue == "acme.quota")
        #expect(caught { try connection.receive(atMost: 1) }?.kind.rawValue == "acme.quota")
        #expect(caught { try connection.send([1]) }?.kind.rawValue == "acme.quota")
    }

    @Test("A14: an error of one call alone is not remembered")
    func passing() throws {
        let passing = TransportError(.outOfResources, operation: .send)
        let transport = ScriptedTransport(
            TransportScript(receiving: [.fail(passing), .text("x")], sending: [.fail(passing)])
        )
        let connection = Connection(transport)
        #expect(caught { try connection.receive(atMost: 1) }?.kind == .outOfResources)
        #expect(try connection.receive(atMost: 1) == [0x78])
        #expect(caught { try connection.send([1]) }?.kind == .outOfResources)
        #expect(try connection.send([1]) == 1)
    }

    @Test("CLO-12: the progress of the failed call is not that of the later ones")
    func progress() throws {
        let connection = Connection(
            ScriptedTransport(TransportScript(sending: [.accept(2), .fail(resetOfSend)]))
        )
        #expect(caught { try connection.sendAll("abc") }?.bytesTransferred == 2)
        #expect(caught { try connection.sendAll("abc") }?.bytesTransferred == 0)
        #expect(caught { try connection.receive(atMost: 1, timeout: .zero) }?.kind == .wouldBlock)
    }
}
