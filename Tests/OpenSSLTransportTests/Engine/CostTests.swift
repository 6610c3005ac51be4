import LoopbackMockBackend
import OpenSSLTransport
import TestSupport
import Testing
import TransportCore

/// How often the transport below is called: over sockets, each is a system call.
@Suite("What TLS asks of the transport below")
struct CostTests {
    @Test("a handshake takes two sends and two receives that find something; a record one of each; 64 KiB one send")
    func calls() throws {
        let pki = try TestPKI.usual()
        var profile = NetworkProfile.tcp
        profile.capacity = 1 << 20
        let lower = try LoopbackNetwork(profile: profile).streams()
        let counted = (Counting(lower: lower.0), Counting(lower: lower.1))
        let (a, b) = try tlsPair(counted, client: pki.client(), server: pki.serverConfiguration())
        try shakeHands(a, b)
        let (client, server) = (Connection(a, mode: .nonblocking), Connection(b, mode: .nonblocking))
        #expect(counted.0.counts.sends == 2)
        #expect(counted.0.counts.receives <= 2)
        #expect(counted.1.counts.sends == 1)
        counted.0.reset()
        counted.1.reset()
        try client.sendAll("x")
        #expect(try server.receive(atMost: 100) == [120])
        #expect(counted.0.counts.sends == 1)
        #expect(counted.1.counts.receives == 1)
        counted.0.reset()
        try client.sendAll([UInt8](repeating: 1, count: 64 << 10))
        #expect(counted.0.counts.sends == 1)
    }
}

/// A layer that counts the calls that moved something.
struct Counting<Lower: Transport>: TransportLayer {
    typealias Family = Lower.Family
    let lower: Lower
    private let state = Locked((sends: 0, receives: 0))

    init(lower: Lower) { self.lower = lower }

    var counts: (sends: Int, receives: Int) { state.withLock { $0 } }
    func reset() { state.withLock { $0 = (0, 0) } }

    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        let step = try lower.trySend(bytes)
        if case .sent = step { state.withLock { $0.sends += 1 } }
        return step
    }

    func tryReceive(into buffer: inout OutputRawSpan) throws(TransportError) -> ReceiveStep {
        let step = try lower.tryReceive(into: &buffer)
        if case .received = step { state.withLock { $0.receives += 1 } }
        return step
    }
}
