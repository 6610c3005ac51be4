import TestSupport
import Testing
import TransportCore

/// Receiving in a task: the same rules as for threads.
@Suite("Receiving in tasks", .unlessHung)
struct SuspendingReceiveTests {
    @Test("what is there is received at once, and the end is nil")
    func atOnce() async throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.text("hello"), .text("you"), .end]))
        let connection = Connection(transport)
        #expect(try await connection.receive(atMost: 9) == "hello".bytes)
        var buffer = [UInt8](repeating: 0x2E, count: 6)
        #expect(try await connection.receive(into: &buffer, count: 2) == 2)
        #expect(buffer == "yo....".bytes)
        #expect(try await connection.receive(into: &buffer) == 1)
        #expect(buffer == "uo....".bytes)
        #expect(try await connection.receive(into: &buffer) == nil)
        #expect(try await connection.receive(atMost: 9) == nil)
        #expect(!transport.trace.contains { $0.isWait })
    }

    @Test("a task that waits is resumed with what comes")
    func suspended() async throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        let receive = Task { try await connection.receive(atMost: 9) }
        #expect(await transport.untilBlocked())
        transport.feed(.text("later"))
        #expect(try await receive.value == "later".bytes)
        let count = Task {
            var buffer = [UInt8](repeating: 0, count: 4)
            let count = try await connection.receive(into: &buffer)
            return (count, buffer)
        }
        #expect(await transport.untilBlocked())
        transport.feed(.text("abc"))
        #expect(try await count.value == (3, [0x61, 0x62, 0x63, 0]))
        let arrays = Task {
            var arrays: [[UInt8]] = [[0], [], [0, 0]]
            let count = try await connection.receive(scatteringInto: &arrays)
            return (count, arrays)
        }
        #expect(await transport.untilBlocked())
        transport.feed(.text("xyz"))
        #expect(try await arrays.value == (3, ["x".bytes, [], "yz".bytes]))
    }

    @Test("a span is filled after what it holds already, across suspensions")
    func span() async throws {
        let transport = ScriptedTransport(
            TransportScript(receiving: [.text("ab"), .at(.seconds(3), .text("cd")), .at(.seconds(4), .text("ef"))])
        )
        let connection = Connection(transport)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 7, alignment: 1)
        defer { memory.deallocate() }
        var span = OutputRawSpan(buffer: memory, initializedCount: 0)
        span.append(0x2D as UInt8)
        #expect(try await connection.receive(into: &span) == 2)
        try await connection.receiveExactly(into: &span)
        #expect(try await connection.receive(into: &span) == 0)
        #expect(span.finalize(for: memory) == 7)
        #expect(Array(memory) == "-abcdef".bytes)
        #expect(transport.clock.elapsed == .seconds(4))
    }

    @Test("no room: nothing is received, and nothing is tried")
    func noRoom() async throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        var empty: [UInt8] = []
        var none: [[UInt8]] = [[], []]
        #expect(try await connection.receive(into: &empty) == 0)
        #expect(try await connection.receive(atMost: 0) == [])
        #expect(try await connection.receiveExactly(0) == [])
        #expect(try await connection.receive(scatteringInto: &none) == 0)
        #expect(transport.trace.isEmpty)
    }

    @Test("bad counts are errors, as in the blocking forms")
    func badCounts() async {
        let connection = Connection(ScriptedTransport())
        var buffer: [UInt8] = [0, 0]
        #expect(await caught { try await connection.receive(atMost: -1) }?.kind == .invalidArgument)
        #expect(await caught { try await connection.receiveExactly(-1) }?.kind == .invalidArgument)
        #expect(await caught { try await connection.receive(into: &buffer, count: 3) }?.kind == .invalidArgument)
        #expect(
            await caught { try await connection.receive(atMost: 1, timeout: .seconds(-1)) }?.kind == .invalidArgument)
    }

    @Test("exactly: pieces are put together, in order")
    func exactly() async throws {
        let script = TransportScript(receiving: [
            .text("he"), .at(.seconds(1), .text("l")), .wouldBlock(.readable), .text("lo world"),
        ])
        let connection = Connection(ScriptedTransport(script))
        #expect(try await connection.receiveExactly(5) == "hello".bytes)
        var buffer = [UInt8](repeating: 0, count: 6)
        try await connection.receiveExactly(into: &buffer)
        #expect(buffer == " world".bytes)
    }

    @Test("exactly: more than one allocation's worth")
    func large() async throws {
        let block = [UInt8](repeating: 7, count: 700_000)
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.bytes(block), .bytes(block)])))
        #expect(try await connection.receiveExactly(1_400_000) == block + block)
    }

    @Test("exactly: an early end says how far it got, and keeps what came")
    func earlyEnd() async {
        let script = TransportScript(receiving: [.text("abc"), .end])
        let error = await caught { try await Connection(ScriptedTransport(script)).receiveExactly(5) }
        #expect(error?.kind == .unexpectedEnd)
        #expect(error?.bytesTransferred == 3)
        #expect(error?.partialData == "abc".bytes)
        #expect(error?.description == "receive: the stream ended too early after 3 of 5 bytes")
        let other = Connection(ScriptedTransport(script))
        var buffer = [UInt8](repeating: 0, count: 5)
        let second = await caught { try await other.receiveExactly(into: &buffer) }
        #expect(second?.bytesTransferred == 3)
        #expect(buffer == "abc\0\0".bytes)
    }

    @Test("a reset is latched, and told to both forms alike")
    func latched() async {
        let script = TransportScript(receiving: [.fail(TransportError(.connectionReset, operation: .receive)), .end])
        let connection = Connection(ScriptedTransport(script))
        #expect(await caught { try await connection.receive(atMost: 1) }?.kind == .connectionReset)
        #expect(await caught { try await connection.receive(atMost: 1) }?.kind == .connectionReset)
        #expect(caught { try connection.receive(atMost: 1) }?.kind == .connectionReset)
        #expect(await caught { try await connection.send([1]) }?.kind == .connectionReset)
    }

    @Test("blocking and suspending calls of one connection take turns")
    func mixed() async throws {
        let transport = ScriptedTransport(
            TransportScript(receiving: [.text("a"), .at(.seconds(1), .text("b")), .at(.seconds(2), .text("c"))])
        )
        let connection = Connection(transport)
        #expect(try await connection.receive(atMost: 9) == "a".bytes)
        // In a synchronous closure the blocking form is meant, also within a task.
        let blocking = { try connection.receive(atMost: 9) }
        #expect(try blocking() == "b".bytes)
        #expect(try await connection.receive(atMost: 9) == "c".bytes)
        #expect(transport.trace.filter(\.isWait) == [.wait(.readable, .never), .ready(.readable, .never)])
    }
}

extension String {
    var bytes: [UInt8] { Array(utf8) }
}
