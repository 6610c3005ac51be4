import TestSupport
import Testing
import TransportCore

@Suite("Receiving exactly")
struct ReceiveExactlyTests {
    @Test("M23 A13 D-21: the parts are put together, and nothing more is taken")
    func parts() throws {
        let script = TransportScript(receiving: [.text("ab"), .at(.seconds(1), .text("c")), .text("defg")])
        let connection = Connection(ScriptedTransport(script))
        #expect(try connection.receiveExactly(5) == Array("abcde".utf8))
        #expect(try connection.receive(atMost: 9) == Array("fg".utf8))
    }

    @Test("M23: the form for arrays fills all of it")
    func array() throws {
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.text("ab"), .text("cd")])))
        var array = [UInt8](repeating: 0, count: 3)
        try connection.receiveExactly(into: &array)
        #expect(array == Array("abc".utf8))
    }

    @Test("BAS-04: more than a mebibyte arrives whole", arguments: [1 << 20, (1 << 20) + 1, 3 << 20])
    func large(count: Int) throws {
        let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let script = TransportScript(receiving: [.bytes(Array(message[..<70_000])), .bytes(Array(message[70_000...]))])
        let received = try Connection(ScriptedTransport(script)).receiveExactly(count)
        #expect(received == message)
    }

    @Test("EOF-11: an early end says how much came, and keeps it")
    func earlyEnd() throws {
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.text("ab"), .text("c"), .end])))
        let error = caught { try connection.receiveExactly(5) }
        #expect(error?.kind == .unexpectedEnd)
        #expect(error?.operation == .receive)
        #expect(error?.bytesTransferred == 3)
        #expect(error?.partialData == Array("abc".utf8))
        #expect(error?.description == "receive: the stream ended too early after 3 of 5 bytes")
        #expect(error?.aftermath == .sendOnly)
        #expect(error?.retrySafety == .nothingSent)
    }

    @Test("EOF-11: an early end is no failure of the connection: the next receive sees the end, sending goes on")
    func afterEarlyEnd() throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.text("a"), .end]))
        let connection = Connection(transport)
        #expect(caught { try connection.receiveExactly(2) }?.kind == .unexpectedEnd)
        #expect(try connection.receive(atMost: 1) == nil)
        try connection.sendAll("bye")
        #expect(transport.sentText == "bye")
    }

    @Test("EOF-11: the form for arrays leaves the bytes in the array")
    func earlyEndArray() throws {
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.text("ab"), .end])))
        var array = [UInt8](repeating: 9, count: 4)
        let error = caught { try connection.receiveExactly(into: &array) }
        #expect(error?.kind == .unexpectedEnd)
        #expect(error?.bytesTransferred == 2)
        #expect(error?.partialData == [])
        #expect(array == [0x61, 0x62, 9, 9])
    }

    @Test("DLN-08: the timeout is for the whole, not renewed by progress")
    func total() throws {
        let drip = (1...20).map { ReceiveAction.at(.seconds($0), .text("x")) }
        let transport = ScriptedTransport(TransportScript(receiving: drip))
        let connection = Connection(transport, mode: try .timeout(.milliseconds(3500)))
        let error = caught { try connection.receiveExactly(20) }
        #expect(error?.kind == .timedOut)
        #expect(error?.bytesTransferred == 3)
        #expect(error?.partialData == Array("xxx".utf8))
        #expect(transport.clock.elapsed == .milliseconds(3500))
        #expect(try connection.receiveExactly(3) == Array("xxx".utf8))
        #expect(transport.clock.elapsed == .seconds(6))
    }

    @Test("DLN-08 DLN-10: the timeout ends a call that never has to wait")
    func busyPeer() throws {
        let drip = [ReceiveAction](repeating: .text("x"), count: 20)
        let transport = ScriptedTransport(TransportScript(receiving: drip, costOfAttempt: .seconds(1)))
        let error = caught { try Connection(transport).receiveExactly(20, timeout: .seconds(5)) }
        #expect(error?.kind == .timedOut)
        #expect((4...6).contains(error?.bytesTransferred ?? -1))
    }

    @Test("M27 NBK-05: in nonblocking mode what came is in the error")
    func nonblocking() throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.text("ab"), .text("c")]))
        let connection = Connection(transport, mode: .nonblocking)
        let error = caught { try connection.receiveExactly(4) }
        #expect(error?.kind == .wouldBlock)
        #expect(error?.bytesTransferred == 3)
        #expect(error?.partialData == Array("abc".utf8))
        transport.feed(.text("d"))
        #expect(try connection.receiveExactly(1) == [0x64])
    }

    @Test("CLO-11: a reset in the middle keeps what came before it")
    func reset() throws {
        let reset = TransportError(.connectionReset, operation: .receive)
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.text("ab"), .fail(reset)])))
        let error = caught { try connection.receiveExactly(4) }
        #expect(error?.kind == .connectionReset)
        #expect(error?.partialData == Array("ab".utf8))
        #expect(error?.bytesTransferred == 2)
        let again = caught { try connection.receiveExactly(4) }
        #expect(again?.kind == .connectionReset)
        #expect(again?.partialData == [])
        #expect(again?.bytesTransferred == 0)
    }
}
