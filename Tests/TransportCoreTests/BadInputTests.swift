import TestSupport
import Testing
import TransportCore

@Suite("Bad input is an error, never a trap")
struct BadInputTests {
    @Test("A15: a negative count is refused before anything is done", arguments: [-1, -1000, Int.min])
    func negative(count: Int) throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.text("x")]))
        let connection = Connection(transport)
        var array: [UInt8] = [0]
        for error in [
            caught { try connection.receive(atMost: count) }, caught { try connection.receiveExactly(count) },
            caught { try connection.receive(into: &array, count: count) },
        ] {
            #expect(error?.kind == .invalidArgument)
            #expect(error?.operation == .receive)
            #expect(error?.errno == nil)
            #expect(error?.message.contains("\(count)") == true)
        }
        let socket = DatagramSocket(ScriptedDatagrams())
        #expect(caught { try socket.receive(atMost: count) }?.kind == .invalidArgument)
        #expect(transport.trace.isEmpty)
        #expect(try connection.receive(atMost: 1) == [0x78])
    }

    @Test("A15: a count beyond the array is refused", arguments: [3, 4, Int.max])
    func beyond(count: Int) throws {
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.text("abc")])))
        var array: [UInt8] = [0, 0]
        #expect(caught { try connection.receive(into: &array, count: count) }?.kind == .invalidArgument)
        var empty: [UInt8] = []
        #expect(caught { try connection.receive(into: &empty, count: 1) }?.kind == .invalidArgument)
        #expect(try connection.receive(into: &empty, count: 0) == 0)
        #expect(try connection.receive(into: &array, count: 2) == 2)
    }

    @Test("A15: a huge count is no huge allocation", arguments: [1 << 40, Int.max])
    func huge(count: Int) throws {
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.text("ab"), .text("c"), .end])))
        #expect(try connection.receive(atMost: count) == Array("ab".utf8))
        #expect(caught { try connection.receiveExactly(count) }?.kind == .unexpectedEnd)
        let datagrams = ScriptedDatagrams([.datagram([1], from: .v4(.loopback(port: 1)))])
        #expect(try DatagramSocket(datagrams).receive(atMost: count).bytes == [1])
    }

    @Test(
        "DLN-12: extreme timeouts are refused by every call",
        arguments: [Duration.seconds(Int64.max), .seconds(Int64.min), .nanoseconds(-1), .milliseconds(Int64.min)]
    )
    func timeouts(timeout: Duration) {
        let listener = Listener(ScriptedListener())
        let socket = DatagramSocket(ScriptedDatagrams())
        let connection = Connection(ScriptedTransport())
        let backend = ScriptedBackend()
        var array: [UInt8] = [0]
        var arrays = [array]
        let calls: [() throws -> Void] = [
            { _ = try connection.receive(into: &array, timeout: timeout) },
            { _ = try connection.receive(atMost: 1, timeout: timeout) },
            { _ = try connection.receive(atMost: 0, timeout: timeout) },
            { _ = try connection.receiveExactly(1, timeout: timeout) },
            { try connection.receiveExactly(into: &array, timeout: timeout) },
            { _ = try connection.receive(scatteringInto: &arrays, timeout: timeout) },
            { _ = try connection.send([1], timeout: timeout) },
            { try connection.sendAll("x", timeout: timeout) },
            { _ = try connection.send(gathering: [[1]], timeout: timeout) },
            { try connection.sendAll(gathering: [[1]], timeout: timeout) },
            { try connection.close(timeout: timeout) }, { _ = try listener.accept(timeout: timeout) },
            { _ = try listener.waitForConnection(timeout: timeout) },
            { _ = try socket.receive(atMost: 1, timeout: timeout) }, { try socket.send([1], timeout: timeout) },
            { _ = try socket.wait(for: .readable, timeout: timeout) },
            { _ = try backend.connect(to: .v4(.loopback(port: 1)), timeout: timeout) },
            { _ = try backend.connect(host: "a", port: 1, timeout: timeout) },
            { _ = try backend.deadline(after: timeout) }, { _ = try IOMode.timeout(timeout) },
        ]
        for (number, call) in calls.enumerated() {
            #expect(caught(call)?.kind == .invalidArgument, "call \(number)")
        }
        #expect(!connection.isClosed)
    }

    @Test("DLN-12: the longest timeout that can be waits without overflow, from any instant")
    func longest() throws {
        for start in [Int64.max - 1, 0, .min] {
            let clock = VirtualClock(startingAt: Instant(nanoseconds: start))
            let connection = Connection(ScriptedTransport(TransportScript(receiving: [.text("x")]), clock: clock))
            #expect(try connection.receive(atMost: 1, timeout: .nanoseconds(Int64.max)) == [0x78])
        }
    }

    @Test("A15: an option with a value of another type is unsupported, and unknown ones too")
    func options() throws {
        let connection = Connection(ScriptedTransport())
        try connection.setOption(.receiveBufferSize, to: .min)
        #expect(try connection.option(.receiveBufferSize) == .min)
        let wrong = TransportOption<Bool>(name: "receiveBufferSize")
        #expect(caught { try connection.option(wrong) }?.kind == .unsupported)
        #expect(caught { try connection.option(.keepAlive) }?.kind == .unsupported)
        let datagrams = DatagramSocket(ScriptedDatagrams())
        #expect(caught { try datagrams.setOption(.broadcast, to: true) }?.operation == .setOption)
        #expect(caught { try datagrams.option(.broadcast) }?.operation == .getOption)
        #expect(caught { try datagrams.option(.broadcast) }?.kind == .unsupported)
    }
}
