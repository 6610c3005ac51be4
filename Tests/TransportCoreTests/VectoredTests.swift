import TestSupport
import Testing
import TransportCore

@Suite("Vectored operations")
struct VectoredTests {
    private let message = ["", "he", "", "llo", " ", "", "world", ""].map { Array($0.utf8) }

    @Test("VEC-01: several runs go out as one call, in order, without the empty ones")
    func gathering() throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        #expect(try connection.send(gathering: message) == 11)
        #expect(transport.sentText == "hello world")
        #expect(transport.operations == [.trySendGathering(["he", "llo", " ", "world"].map { Array($0.utf8) })])
    }

    @Test("VEC-03: after a partial send at any offset the rest is resumed exactly", arguments: 1...11)
    func everySplit(offset: Int) throws {
        let transport = ScriptedTransport(TransportScript(sending: [.accept(offset), .wouldBlock(.writable)]))
        try Connection(transport).sendAll(gathering: message)
        #expect(transport.sentText == "hello world")
    }

    @Test("VEC-03: two partial sends at any two offsets are resumed exactly")
    func everyTwoSplits() throws {
        for first in 1...10 {
            for second in 1...(11 - first) {
                let transport = ScriptedTransport(TransportScript(sending: [.accept(first), .accept(second)]))
                try Connection(transport).sendAll(gathering: message)
                #expect(transport.sentText == "hello world", "\(first), \(second)")
            }
        }
    }

    @Test("VEC-03: byte by byte everything arrives, and the count in an error is that of all runs together")
    func byteByByte() throws {
        let ones = [SendAction](repeating: .accept(1), count: 7)
        let transport = ScriptedTransport(TransportScript(sending: ones + [.clog]))
        let connection = Connection(transport)
        let error = caught { try connection.sendAll(gathering: message, timeout: .seconds(1)) }
        #expect(error?.kind == .timedOut)
        #expect(error?.bytesTransferred == 7)
        #expect(error?.retrySafety == .someSent)
        #expect(transport.sentText == "hello w")
        #expect(transport.clock.elapsed == .seconds(1))
    }

    @Test(
        "VEC-02: more than 64 runs are sent by several calls, whole and in order",
        arguments: [63, 64, 65, 128, 1000]
    )
    func many(count: Int) throws {
        let runs = (0..<count).map { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
        let transport = ScriptedTransport()
        try Connection(transport).sendAll(gathering: runs)
        #expect(transport.sent == runs.flatMap { $0 })
        #expect(transport.operations.count - 1 == (count + 63) / 64)
        let other = ScriptedTransport()
        #expect(try Connection(other).send(gathering: runs) == min(count, 64) * 2)
    }

    @Test("VEC-02: empty runs take no place among the 64")
    func manyEmpty() throws {
        let runs = [[UInt8]](repeating: [], count: 500) + [[1]] + [[UInt8]](repeating: [], count: 500) + [[2]]
        let transport = ScriptedTransport()
        #expect(try Connection(transport).send(gathering: runs) == 2)
        #expect(transport.operations == [.trySendGathering([[1], [2]])])
    }

    @Test("ZER-05: only empty runs, or none, send nothing and do not reach the transport's send")
    func onlyEmpty() throws {
        let transport = ScriptedTransport(TransportScript(sending: [.clog]))
        let connection = Connection(transport)
        #expect(try connection.send(gathering: []) == 0)
        #expect(try connection.send(gathering: [[], []]) == 0)
        try connection.sendAll(gathering: [])
        try connection.sendAll(gathering: [[], [], []])
        #expect(transport.operations.allSatisfy { $0 == .tryFlush })
    }

    @Test("VEC-01: two spans go out as one call")
    func twoSpans() throws {
        let transport = ScriptedTransport(TransportScript(sending: [.accept(3)]))
        let connection = Connection(transport)
        let header = Array("he".utf8)
        let body = Array("llo".utf8)
        let count = try header.withUnsafeBytes { header in
            try body.withUnsafeBytes { body in
                try connection.send(RawSpan(_unsafeBytes: header), RawSpan(_unsafeBytes: body))
            }
        }
        #expect(count == 3)
        #expect(transport.sentText == "hel")
        let none = try header.withUnsafeBytes { header in
            let empty = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: header[0..<0]))
            return try connection.send(empty, empty)
        }
        #expect(none == 0)
        #expect(transport.operations == [.trySendGathering([header, body])])
    }

    @Test("VEC-04: a scattering receive fills in order and leaves the rest alone", arguments: 1...6)
    func scattering(count: Int) throws {
        let bytes = Array((1...6).prefix(count).map { UInt8($0) })
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.bytes(bytes)])))
        var arrays: [[UInt8]] = [[], [0, 0], [], [0, 0, 0], [0], []]
        #expect(try connection.receive(scatteringInto: &arrays) == count)
        #expect(arrays.map(\.count) == [0, 2, 0, 3, 1, 0])
        #expect(arrays.flatMap { $0 } == bytes + [UInt8](repeating: 0, count: 6 - count))
    }

    @Test("VEC-04: the caller's other copies of the arrays do not change")
    func copies() throws {
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.bytes([1, 2])])))
        var arrays: [[UInt8]] = [[0], [0]]
        let copy = arrays
        #expect(try connection.receive(scatteringInto: &arrays) == 2)
        #expect(arrays == [[1], [2]])
        #expect(copy == [[0], [0]])
    }

    @Test("VEC-02 VEC-04: more than 64 arrays take what fits the first 64")
    func scatteringMany() throws {
        let bytes = (0..<100).map { UInt8($0) }
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.bytes(bytes)])))
        var arrays = [[UInt8]](repeating: [0], count: 100)
        #expect(try connection.receive(scatteringInto: &arrays) == 64)
        #expect(arrays.flatMap { $0 }.prefix(64) == bytes.prefix(64))
        #expect(arrays[64...].allSatisfy { $0 == [0] })
        #expect(try connection.receive(atMost: 99) == Array(bytes[64...]))
    }

    @Test("ZER-02: scattering into nothing is done at once, and the end is nil")
    func scatteringNothing() throws {
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.end])))
        var none: [[UInt8]] = []
        var empty: [[UInt8]] = [[], []]
        var some: [[UInt8]] = [[0]]
        #expect(try connection.receive(scatteringInto: &none) == 0)
        #expect(try connection.receive(scatteringInto: &empty) == 0)
        #expect(try connection.receive(scatteringInto: &some) == nil)
    }

    @Test("M27 N05 F-11: vectored operations obey the modes")
    func modes() throws {
        let transport = ScriptedTransport(TransportScript(sending: [.clog]))
        let connection = Connection(transport, mode: .nonblocking)
        var arrays: [[UInt8]] = [[0]]
        #expect(caught { try connection.receive(scatteringInto: &arrays) }?.kind == .wouldBlock)
        #expect(caught { try connection.send(gathering: [[1]]) }?.kind == .wouldBlock)
        connection.mode = try .timeout(.seconds(2))
        #expect(caught { try connection.receive(scatteringInto: &arrays) }?.kind == .timedOut)
        #expect(caught { try connection.send(gathering: [[1]]) }?.kind == .timedOut)
        #expect(transport.clock.elapsed == .seconds(4))
    }

    @Test("VEC-05: a transport without vectored calls of its own still sends everything in order")
    func defaults() throws {
        let transport = Plain(
            base: ScriptedTransport(TransportScript(receiving: [.text("abc")], sending: [.accept(1)]))
        )
        let connection = Connection(transport)
        try connection.sendAll(gathering: message)
        #expect(transport.base.sentText == "hello world")
        var arrays: [[UInt8]] = [[], [0, 0], [0, 0]]
        #expect(try connection.receive(scatteringInto: &arrays) == 2)
        #expect(try connection.receive(scatteringInto: &arrays) == 1)
        #expect(arrays == [[], [0x63, 0x62], [0, 0]])
    }
}

/// The least that a transport has to implement.
private struct Plain: Transport {
    typealias Family = IP
    let base: ScriptedTransport
    var now: Instant { base.now }
    var facts: TransportFacts { [] }
    var localAddress: IP.SocketAddress { base.localAddress }
    var remoteAddress: IP.SocketAddress { base.remoteAddress }
    func close() { base.close() }
    func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        try await base.ready(for: need, until: deadline)
    }
    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep { try base.trySend(bytes) }

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        try base.tryReceive(into: &buffer)
    }

    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        try base.wait(for: need, until: deadline)
    }
}
