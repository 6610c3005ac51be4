import LoopbackMockBackend
import OpenSSLTransport
import Synchronization
import TestSupport
import Testing
import TransportCore

@Suite("A record that takes longer than the caller")
struct LateRecordTests {
    @Test("a deadline that passes in the midst of a record loses nothing, and the next call goes on")
    func deadlines() throws {
        let pki = try TestPKI.usual()
        // Some bytes come each time, never a whole record.
        let lower = try LoopbackNetwork(profile: .tcp.with(receives: .fixed(7))).streams()
        let (a, b) = try tlsPair(
            (SlowStream(lower.0), SlowStream(lower.1)), client: pki.client(), server: pki.serverConfiguration()
        )
        try shakeHands(a, b)
        let (client, server) = (Connection(a), Connection(b, mode: .nonblocking))
        try server.sendAll("late")
        var received: [UInt8] = []
        var timeouts = 0
        while received.count < 4, timeouts < 1000 {
            do throws(TransportError) {
                received += try client.receive(atMost: 4, timeout: .milliseconds(500)) ?? []
            } catch {
                #expect(error.kind == .timedOut)
                timeouts += 1
            }
        }
        #expect(String(decoding: received, as: UTF8.self) == "late")
        #expect(timeouts > 2)
    }
}

/// A stream on which a receive that may wait takes a second for the first bytes, and on which time never stands still.
private final class SlowStream: TransportLayer {
    typealias Family = IPv4

    let lower: LoopbackStream<IPv4>
    private let late = Atomic<Int64>(0)

    init(_ lower: LoopbackStream<IPv4>) { self.lower = lower }

    var now: Instant {
        lower.now.advanced(by: .milliseconds(late.add(1, ordering: .relaxed).newValue))
    }

    func receive(into buffer: inout OutputRawSpan, until deadline: Deadline) throws(TransportError) -> ReceiveStep {
        late.add(1000, ordering: .relaxed)
        return try lower.tryReceive(into: &buffer)
    }
}
