import TestSupport
import Testing
import TransportCore

@Suite("Layers")
struct LayerTests {
    /// What the scenario comes to, in the caller's eyes.
    private func scenario<T: Transport>(_ connection: Connection<T>) throws -> [String] {
        var log: [String] = []
        func note(_ call: () throws -> Any?) {
            do { log.append("\(try call() ?? "nil")") } catch { log.append("\(error)") }
        }
        var arrays: [[UInt8]] = [[0], [0, 0]]
        note { try connection.establish(timeout: .seconds(9)) }
        note { try connection.receive(atMost: 4) }
        note { try connection.receive(scatteringInto: &arrays) }
        note { try connection.receive(atMost: 4, timeout: .seconds(1)) }
        note { try connection.send("hello".utf8) }
        note { try connection.sendAll("hello") }
        note { try connection.sendAll(gathering: [[1, 2], [3]]) }
        note { try connection.wait(for: .writable) }
        note { try connection.setOption(.noDelay, to: true) }
        note { try connection.option(.noDelay) }
        note { try connection.option(.keepAlive) }
        note { try connection.shutdownWrite() }
        note { connection.query(ScriptName.self) }
        note { connection.query(DescriptorNumber.self) }
        note { connection.facts.rawValue }
        note { try connection.localAddress }
        note { try connection.remoteAddress }
        note { connection.transport.hasBufferedInput }
        note { connection.transport.now.nanoseconds }
        note { try connection.close(timeout: .seconds(9)) }
        return log
    }

    private func transport() -> ScriptedTransport {
        ScriptedTransport(
            TransportScript(
                receiving: [.text("ab"), .bytes([7, 8, 9])],
                sending: [.accept(2), .accept(1), .wouldBlock(.writable), .accept(9), .accept(1)],
                establishing: [.pending(until: .seconds(1))],
                flushing: [.wouldBlock(.writable)],
                shuttingDown: [.wouldBlock(.writable)],
                finishing: [.pending(until: .seconds(5))],
                facts: [.halfClose, .vectored, .exposesDescriptor]
            )
        )
    }

    @Test("WRP-01 WRP-02 ADR-03 ADR-04: a layer without a policy is invisible, also three deep and erased")
    func invisible() throws {
        let bare = transport()
        let expected = try scenario(Connection(bare))
        #expect(expected.contains("scripted"))
        let one = transport()
        #expect(try scenario(Connection(Forwarding(lower: one))) == expected)
        #expect(one.trace == bare.trace)
        let three = transport()
        let nested = Forwarding(lower: Forwarding(lower: Forwarding(lower: three)))
        #expect(try scenario(Connection(nested)) == expected)
        #expect(three.trace == bare.trace)
        let erased = transport()
        let mixed = Forwarding(lower: AnyTransport(Forwarding(lower: erased)))
        #expect(try scenario(Connection(mixed)) == expected)
        #expect(erased.trace == bare.trace)
    }

    @Test("WRP-04: abort goes through as abort")
    func abort() {
        let transport = ScriptedTransport()
        Connection(Forwarding(lower: AnyTransport(Forwarding(lower: transport)))).abort()
        #expect(transport.trace == [.abort])
    }

    @Test("WRP-04: the asynchronous wait goes through")
    func ready() async throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.at(.seconds(1), .end)]))
        try await Forwarding(lower: AnyTransport(Forwarding(lower: transport))).ready(for: .readable)
        #expect(transport.trace == [.ready(.readable, .never)])
        #expect(transport.clock.elapsed == .seconds(1))
        transport.close()
        await #expect(throws: TransportError.self) { try await transport.ready(for: .readable) }
    }

    @Test("WRP-04 VEC-05: a counting layer sees every byte, whichever way it goes, and changes nothing")
    func counting() throws {
        let bare = transport()
        let expected = try scenario(Connection(bare))
        let counted = transport()
        let counting = Counting(lower: counted)
        #expect(try scenario(Connection(counting)) == expected)
        #expect(counted.trace == bare.trace)
        #expect(counting.sent.withLock { $0 } == counted.sent.count)
        #expect(counting.received.withLock { $0 } == 5)
    }

    @Test("WRP-04: the combined forms go by a layer's own steps, so that nothing passes by the layer")
    func combinedForms() throws {
        let lower = Combining(lower: ScriptedTransport(TransportScript(receiving: [.text("abc")])), uses: Locked(0))
        let counting = Counting(lower: lower)
        let connection = Connection(counting)
        #expect(try connection.receive(atMost: 9, timeout: .seconds(1)) == Array("abc".utf8))
        try connection.sendAll("xy", timeout: .seconds(1))
        #expect(counting.received.withLock { $0 } == 3)
        #expect(counting.sent.withLock { $0 } == 2)
        #expect(lower.uses.withLock { $0 } == 0)
    }

    @Test("N06: a transport's own combined form is used, also when erased, and not in nonblocking mode")
    func ownCombinedForms() throws {
        let transport = Combining(lower: ScriptedTransport(TransportScript(receiving: [.text("ab")])), uses: Locked(0))
        let connection = Connection(transport)
        #expect(try connection.receive(atMost: 1) == [0x61])
        try connection.sendAll("x")
        #expect(transport.uses.withLock { $0 } == 2)
        let erased = connection.erased()
        #expect(try erased.receive(atMost: 1, timeout: .seconds(1)) == [0x62])
        #expect(transport.uses.withLock { $0 } == 3)
        erased.mode = .nonblocking
        try erased.sendAll("x")
        #expect(transport.uses.withLock { $0 } == 3)
    }
}

private struct Forwarding<Lower: Transport>: TransportLayer {
    let lower: Lower
}

/// Counts bytes, as the documentation of layers shows it.
private struct Counting<Lower: Transport>: TransportLayer {
    let lower: Lower
    let sent = Locked(0)
    let received = Locked(0)

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        count(try lower.tryReceive(into: &buffer))
    }

    func tryReceive(scatteringInto segments: Span<MutableByteSegment>) throws(TransportError) -> ReceiveStep {
        count(try lower.tryReceive(scatteringInto: segments))
    }

    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep { count(try lower.trySend(bytes)) }

    func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        count(try lower.trySend(gathering: segments))
    }

    private func count(_ step: ReceiveStep) -> ReceiveStep {
        if case .received(let count) = step { received.withLock { $0 += count } }
        return step
    }

    private func count(_ step: SendStep) -> SendStep {
        if case .sent(let count) = step { sent.withLock { $0 += count } }
        return step
    }
}

/// Has combined forms of its own and counts their uses.
private struct Combining: TransportLayer {
    let lower: ScriptedTransport
    let uses: Locked<Int>

    func receive(into buffer: inout OutputRawSpan, until deadline: Deadline) throws(TransportError) -> ReceiveStep {
        uses.withLock { $0 += 1 }
        return try lower.receive(into: &buffer, until: deadline)
    }

    func send(_ bytes: RawSpan, until deadline: Deadline) throws(TransportError) -> SendStep {
        uses.withLock { $0 += 1 }
        return try lower.send(bytes, until: deadline)
    }
}
