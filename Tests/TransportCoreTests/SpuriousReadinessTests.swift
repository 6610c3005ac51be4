import TestSupport
import Testing
import TransportCore

/// A transport that is always said to be ready, never is, and lets a second pass with each wait.
private struct NeverReady: TransportLayer {
    let lower: ScriptedTransport
    let time = Locked(Int64(0))

    var now: Instant { Instant(nanoseconds: time.withLock { $0 }) }
    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep { .wouldBlock(.readable) }
    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep { .wouldBlock(.writable) }
    func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep { .wouldBlock(.writable) }
    func tryReceive(scatteringInto segments: Span<MutableByteSegment>) throws(TransportError) -> ReceiveStep {
        .wouldBlock(.readable)
    }
    func tryEstablish() throws(TransportError) -> ProgressStep { .wouldBlock(.writable) }
    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        time.withLock { $0 += 1_000_000_000 }
        return true
    }
}

/// The same for datagrams.
private struct NeverReadyDatagrams: DatagramLayer {
    let lower: ScriptedDatagrams
    let time = Locked(Int64(0))

    var now: Instant { Instant(nanoseconds: time.withLock { $0 }) }
    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> DatagramStep<IP.SocketAddress> {
        .wouldBlock(.readable)
    }
    func trySend(_ bytes: RawSpan, to address: IP.SocketAddress?) throws(TransportError) -> SendStep {
        .wouldBlock(.writable)
    }
    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        // A wait that goes on and on is given up, so that the test ends.
        try time.withLock { (time) throws(TransportError) in
            guard time < 60_000_000_000 else { throw TransportError(.invalidState, operation: .wait) }
            time += 1_000_000_000
            return true
        }
    }
    func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        try wait(for: need, until: deadline)
    }
}

@Suite("Spurious readiness")
struct SpuriousReadinessTests {
    @Test("NBK-10 DLN-05: readiness that is never true does not outlast the deadline", arguments: 0..<5)
    func ends(form: Int) {
        let transport = NeverReady(lower: ScriptedTransport())
        let connection = Connection(transport)
        let error = caught {
            switch form {
            case 0: _ = try connection.receive(atMost: 1, timeout: .seconds(5))
            case 1: try connection.sendAll([1], timeout: .seconds(5))
            case 2: try connection.sendAll(gathering: [[1], [2]], timeout: .seconds(5))
            case 3:
                var arrays: [[UInt8]] = [[0], [0]]
                _ = try connection.receive(scatteringInto: &arrays, timeout: .seconds(5))
            default: try connection.establish(timeout: .seconds(5))
            }
        }
        #expect(error?.kind == .timedOut)
        #expect((5...6).contains(transport.now.nanoseconds / 1_000_000_000))
    }

    @Test("DGR-09 DLN-05: nor does it for batches of datagrams, in threads and in tasks", arguments: 0..<4)
    func endsForDatagrams(form: Int) async throws {
        let transport = NeverReadyDatagrams(lower: ScriptedDatagrams())
        let socket = DatagramSocket(transport)
        var batch = try DatagramBatch<IP.SocketAddress>(capacity: 2, maximumSize: 4)
        if form % 2 == 1 { try batch.append([1]) }
        let limit = Duration.seconds(5)
        let error: TransportError?
        switch form {
        case 0: error = caught { try socket.receive(into: &batch, timeout: limit) }
        case 1: error = caught { try socket.send(&batch, timeout: limit) }
        case 2: error = await caught { try await socket.receive(into: &batch, timeout: limit) }
        default: error = await caught { try await socket.send(&batch, timeout: limit) }
        }
        #expect(error?.kind == .timedOut)
        #expect((5...6).contains(transport.now.nanoseconds / 1_000_000_000))
    }

    @Test("VEC-01 DLN-10: when the last byte is sent, the time no longer matters")
    func sentInTime() throws {
        for gathering in [true, false] {
            let connection = Connection(LateSender(lower: ScriptedTransport()))
            if gathering {
                try connection.sendAll(gathering: [[1, 2], [3]], timeout: .seconds(1))
            } else {
                try connection.sendAll([1, 2, 3], timeout: .seconds(1))
            }
        }
    }
}

/// A transport whose every send takes two seconds, and everything.
private struct LateSender: TransportLayer {
    let lower: ScriptedTransport
    let time = Locked(Int64(0))

    var now: Instant { Instant(nanoseconds: time.withLock { $0 }) }
    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        time.withLock { $0 += 2_000_000_000 }
        return .sent(bytes.byteCount)
    }
    func trySend(gathering segments: Span<ByteSegment>) throws(TransportError) -> SendStep {
        time.withLock { $0 += 2_000_000_000 }
        return .sent(segments.indices.reduce(0) { $0 + segments[$1].count })
    }
}
