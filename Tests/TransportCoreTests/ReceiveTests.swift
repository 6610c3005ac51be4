import TestSupport
import Testing
import TransportCore

@Suite("Receiving")
struct ReceiveTests {
    @Test("A13 BAS-06: a receive gives exactly what came, never padded")
    func exactly() throws {
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.text("abc")])))
        #expect(try connection.receive(atMost: 1024) == Array("abc".utf8))
    }

    @Test("BAS-06: a receive gives no more than was asked for, and the rest next time")
    func capacity() throws {
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.text("abcde")])))
        #expect(try connection.receive(atMost: 2) == Array("ab".utf8))
        #expect(try connection.receive(atMost: 2) == Array("cd".utf8))
        #expect(try connection.receive(atMost: 2) == Array("e".utf8))
    }

    @Test("BAS-05: received bytes land only in the range that was offered")
    func range() throws {
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.text("abcde"), .text("z")])))
        var array: [UInt8] = [1, 2, 3, 4, 5, 6]
        #expect(try connection.receive(into: &array, count: 3) == 3)
        #expect(array == [0x61, 0x62, 0x63, 4, 5, 6])
        #expect(try connection.receive(into: &array) == 2)
        #expect(array == [0x64, 0x65, 0x63, 4, 5, 6])
    }

    @Test("BAS-05: a span is filled after what it holds already")
    func span() throws {
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.text("abc")])))
        var memory = [UInt8](repeating: 9, count: 6)
        let counts = try memory.withUnsafeMutableBytes { buffer in
            var span = OutputRawSpan(buffer: buffer, initializedCount: 0)
            span.append(1)
            let received = try connection.receive(into: &span)
            return (received, span.byteCount)
        }
        #expect(counts == (3, 4))
        #expect(memory == [1, 0x61, 0x62, 0x63, 9, 9])
    }

    @Test("BAS-07: a message arrives whole through receives of one byte")
    func oneByOne() throws {
        let message = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.bytes(message), .end])))
        var received: [UInt8] = []
        while let bytes = try connection.receive(atMost: 1) { received += bytes }
        #expect(received == message)
    }

    @Test("N03: a blocking receive waits for a late sender, as long as it takes")
    func blocking() throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.at(.seconds(86_400), .text("late"))]))
        #expect(try Connection(transport).receive(atMost: 9) == Array("late".utf8))
        #expect(transport.clock.elapsed == .seconds(86_400))
        #expect(transport.operations == [.tryReceive(9), .wait(.readable, .never), .tryReceive(9)])
    }

    @Test("M27 N04: a nonblocking receive of nothing would block at once, with the system's number")
    func nonblocking() throws {
        let need = Need(.readable, systemCode: 11)
        let transport = ScriptedTransport(TransportScript(receiving: [.wouldBlock(need), .text("x")]))
        let connection = Connection(transport, mode: .nonblocking)
        let error = caught { try connection.receive(atMost: 4) }
        #expect(error?.kind == .wouldBlock)
        #expect(error?.operation == .receive)
        #expect(error?.errno == 11)
        #expect(error?.aftermath == .usable)
        #expect(transport.operations == [.tryReceive(4)])
        #expect(try connection.receive(atMost: 4) == [0x78])
    }

    @Test("N05 DLN-05: a timed receive fails exactly when the time is up")
    func timed() throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport, mode: try .timeout(.seconds(30)))
        #expect(caught { try connection.receive(atMost: 4) }?.kind == .timedOut)
        #expect(transport.clock.elapsed == .seconds(30))
    }

    @Test("N05: what arrives in the last nanosecond is received")
    func justInTime() throws {
        let script = TransportScript(receiving: [.at(.seconds(3), .text("x"))])
        #expect(try Connection(ScriptedTransport(script)).receive(atMost: 1, timeout: .seconds(3)) == [0x78])
        let late = Connection(ScriptedTransport(script))
        let short = Duration.seconds(3) - .nanoseconds(1)
        #expect(caught { try late.receive(atMost: 1, timeout: short) }?.kind == .timedOut)
    }

    @Test("NBK-03 NBK-10: a wake without data is not the end of the wait")
    func spurious() throws {
        let nothing = [ReceiveAction](repeating: .wouldBlock(.readable), count: 20)
        let transport = ScriptedTransport(TransportScript(receiving: nothing + [.text("x")]))
        #expect(try Connection(transport).receive(atMost: 1, timeout: .seconds(1)) == [0x78])
        #expect(transport.count(of: .tryReceive(1)) == 21)
    }

    @Test("NBK-09: a receive that needs to write waits for that, and for nothing else")
    func needsWrite() throws {
        let script = TransportScript(
            receiving: [.wouldBlock(.writable), .text("x")],
            sending: [.at(.seconds(2), .accept(1))]
        )
        let transport = ScriptedTransport(script)
        #expect(try Connection(transport).receive(atMost: 1) == [0x78])
        #expect(transport.operations == [.tryReceive(1), .wait(.writable, .never), .tryReceive(1)])
        #expect(transport.clock.elapsed == .seconds(2))
    }

    @Test("NBK-03: a need that says not before is not tried before")
    func notBefore() throws {
        let clock = VirtualClock()
        let need = Need(.readable, notBefore: clock.instant(after: .seconds(7)))
        let script = TransportScript(receiving: [.wouldBlock(need), .text("x")])
        let connection = Connection(ScriptedTransport(script, clock: clock))
        #expect(try connection.receive(atMost: 1, timeout: .seconds(8)) == [0x78])
        #expect(clock.elapsed == .seconds(7))
    }

    @Test("EOF-01 EOF-02 EOF-12: the end comes after all data, once per receive, for ever, and is nil")
    func end() throws {
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.text("ab"), .end])))
        #expect(try connection.receive(atMost: 9) == Array("ab".utf8))
        var array: [UInt8] = [7]
        for _ in 0..<3 {
            #expect(try connection.receive(atMost: 9) == nil)
            #expect(try connection.receive(into: &array) == nil)
        }
        #expect(array == [7])
    }

    @Test("EOF-01 M27 N05: end, nothing now and time up are told apart")
    func kindsOfNothing() throws {
        let ended = Connection(ScriptedTransport(TransportScript(receiving: [.end])), mode: .nonblocking)
        #expect(try ended.receive(atMost: 1) == nil)
        #expect(try ended.receive(atMost: 1, timeout: .seconds(1)) == nil)
        let silent = Connection(ScriptedTransport(), mode: .nonblocking)
        #expect(caught { try silent.receive(atMost: 1) }?.kind == .wouldBlock)
        #expect(caught { try silent.receive(atMost: 1, timeout: .seconds(1)) }?.kind == .timedOut)
        #expect(try silent.receive(atMost: 0) == [])
    }

    @Test("ZER-02: a receive of no bytes is done at once, with data, without, and after the end")
    func zero() throws {
        var nothing: [UInt8] = []
        for script in [[], [.text("x")], [ReceiveAction.end]] {
            let transport = ScriptedTransport(TransportScript(receiving: script))
            let connection = Connection(transport)
            #expect(try connection.receive(atMost: 0) == [])
            #expect(try connection.receive(into: &nothing) == 0)
            #expect(try connection.receiveExactly(0) == [])
            try connection.receiveExactly(into: &nothing)
            #expect(transport.operations.isEmpty)
        }
    }

    @Test("A15: a huge count costs no memory ahead of what comes")
    func hugeCount() throws {
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.text("abc"), .text("d"), .end])))
        #expect(try connection.receive(atMost: .max) == Array("abc".utf8))
        let error = caught { try connection.receiveExactly(.max) }
        #expect(error?.kind == .unexpectedEnd)
        #expect(error?.partialData == [0x64])
    }
}
