import TestSupport
import Testing
import TransportCore

@Suite("Sending")
struct SendTests {
    @Test("M22 NBK-05: a send may take less than was offered, and says how much")
    func partial() throws {
        let transport = ScriptedTransport(TransportScript(sending: [.accept(3), .accept(1)]))
        let connection = Connection(transport)
        #expect(try connection.send("abcdef".utf8) == 3)
        #expect(try connection.send("def".utf8) == 1)
        #expect(try connection.send("ef".utf8) == 2)
        #expect(transport.sentText == "abcdef")
    }

    @Test("M23: sendAll goes on until everything is taken, then flushes")
    func all() throws {
        let transport = ScriptedTransport(
            TransportScript(sending: [.accept(1), .wouldBlock(.writable), .accept(2), .accept(9)])
        )
        try Connection(transport).sendAll("abcdef")
        #expect(transport.sentText == "abcdef")
        #expect(
            transport.operations == [
                .trySend(Array("abcdef".utf8)), .trySend(Array("bcdef".utf8)), .wait(.writable, .never),
                .trySend(Array("bcdef".utf8)), .trySend(Array("def".utf8)), .tryFlush,
            ]
        )
    }

    @Test("M23: any collection of bytes can be sent, contiguous or not")
    func collections() throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        try connection.sendAll([0x61])
        try connection.sendAll([0, 0x62, 0][1...1])
        try connection.sendAll("c".utf8)
        try connection.sendAll("d")
        try connection.sendAll(CollectionOfOne(UInt8(0x65)))
        try connection.sendAll([0x67, 0x66].reversed())
        try connection.sendAll(repeatElement(0x68, count: 2))
        #expect(transport.sentText == "abcdefghh")
    }

    @Test("ZER-01 ZER-03: sending no bytes returns 0 and never reaches the transport's send")
    func zero() throws {
        let transport = ScriptedTransport(TransportScript(sending: [.clog]))
        let connection = Connection(transport)
        #expect(try connection.send([]) == 0)
        #expect(try connection.send([], timeout: .seconds(1)) == 0)
        try connection.sendAll("")
        #expect(transport.operations.allSatisfy { $0 == .tryFlush })
        transport.unclog()
        try connection.sendAll("x")
        #expect(transport.sentText == "x")
    }

    @Test("M27 NBK-05: a nonblocking send without room would block; one with little room takes that")
    func nonblocking() throws {
        let need = Need(.writable, systemCode: 11)
        let transport = ScriptedTransport(TransportScript(sending: [.accept(2), .wouldBlock(need)]))
        let connection = Connection(transport, mode: .nonblocking)
        #expect(try connection.send("abc".utf8) == 2)
        let error = caught { try connection.send("c".utf8) }
        #expect(error?.kind == .wouldBlock)
        #expect(error?.operation == .send)
        #expect(error?.errno == 11)
        #expect(error?.retrySafety == .nothingSent)
        #expect(!transport.trace.contains { $0.isWait })
    }

    @Test("M23 NBK-08: a nonblocking sendAll that cannot finish says how much went, and the rest may be other bytes")
    func nonblockingAll() throws {
        let transport = ScriptedTransport(TransportScript(sending: [.accept(2), .accept(1), .clog]))
        let connection = Connection(transport, mode: .nonblocking)
        let error = caught { try connection.sendAll("abcdef") }
        #expect(error?.kind == .wouldBlock)
        #expect(error?.bytesTransferred == 3)
        #expect(error?.retrySafety == .someSent)
        transport.unclog()
        try connection.sendAll("XYZ!")
        #expect(transport.sentText == "abcXYZ!")
    }

    @Test("DLN-07 DLN-08: a timed sendAll has its time once, and reports what the peer can read")
    func total() throws {
        let slow = (1...20).map { SendAction.at(.seconds($0), .accept(1)) }
        let transport = ScriptedTransport(TransportScript(sending: slow))
        let connection = Connection(transport, mode: try .timeout(.milliseconds(4500)))
        let error = caught { try connection.sendAll("abcdefghij") }
        #expect(error?.kind == .timedOut)
        #expect(error?.operation == .send)
        #expect(error?.bytesTransferred == 4)
        #expect(error?.retrySafety == .someSent)
        #expect(error?.aftermath == .usable)
        #expect(transport.sentText == "abcd")
        #expect(transport.clock.elapsed == .milliseconds(4500))
        try connection.sendAll("efg")
        #expect(transport.sentText == "abcdefg")
    }

    @Test("DLN-08: the timeout ends a sendAll that never has to wait")
    func busyPeer() throws {
        let little = [SendAction](repeating: .accept(1), count: 20)
        let transport = ScriptedTransport(TransportScript(sending: little, costOfAttempt: .seconds(1)))
        let error = caught { try Connection(transport).sendAll("abcdefghijklmnopqrst", timeout: .seconds(5)) }
        #expect(error?.kind == .timedOut)
        #expect((4...6).contains(error?.bytesTransferred ?? -1))
        #expect(error?.bytesTransferred == transport.sent.count || error == nil)
    }

    @Test("NBK-07: a flush that cannot be done in time is an error, after all bytes were taken")
    func flushTimeout() throws {
        let transport = ScriptedTransport(TransportScript(flushing: [.pending(until: .seconds(9))]))
        let connection = Connection(transport)
        let error = caught { try connection.sendAll("abc", timeout: .seconds(2)) }
        #expect(error?.kind == .timedOut)
        #expect(error?.operation == .flush)
        #expect(error?.bytesTransferred == 3)
        #expect(error?.retrySafety == .someSent)
        try connection.sendAll("")
        #expect(transport.clock.elapsed == .seconds(9))
        #expect(transport.sentText == "abc")
    }

    @Test("M22 EOF-05: a broken pipe leaves receiving alone and is safe to retry elsewhere")
    func brokenPipe() throws {
        let broken = TransportError(.brokenPipe, operation: .send)
        let transport = ScriptedTransport(TransportScript(receiving: [.text("why"), .end], sending: [.fail(broken)]))
        let connection = Connection(transport)
        let error = caught { try connection.sendAll("abc") }
        #expect(error?.kind == .brokenPipe)
        #expect(error?.aftermath == .receiveOnly)
        #expect(error?.retrySafety == .nothingSent)
        #expect(try connection.receive(atMost: 9) == Array("why".utf8))
        #expect(try connection.receive(atMost: 9) == nil)
        #expect(caught { try connection.send([1]) }?.kind == .brokenPipe)
        #expect(transport.sent.isEmpty)
    }

    @Test("M23: after a failure that ends the connection it cannot be known what the peer got")
    func unknown() throws {
        let reset = TransportError(.connectionReset, operation: .send)
        let transport = ScriptedTransport(TransportScript(sending: [.accept(2), .fail(reset)]))
        let error = caught { try Connection(transport).sendAll("abc") }
        #expect(error?.kind == .connectionReset)
        #expect(error?.bytesTransferred == 2)
        #expect(error?.retrySafety == .unknown)
    }

    @Test("M23: a failure found while waiting for room is a failure of the send")
    func failureInWait() throws {
        let reset = TransportError(.connectionReset, operation: .wait)
        let transport = ScriptedTransport(TransportScript(sending: [.accept(2), .clog], waitFailures: [reset]))
        let error = caught { try Connection(transport).sendAll("abc") }
        #expect(error?.kind == .connectionReset)
        #expect(error?.bytesTransferred == 2)
        #expect(error?.operation == .send)
        #expect(error?.retrySafety == .unknown)
    }
}
