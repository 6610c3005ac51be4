import LoopbackMockBackend
@testable import OpenSSLTransport
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

    @Test("while the peer does not read, what is kept for it stays within bounds, and nothing of it is lost")
    func unreadPeer() throws {
        var profile = NetworkProfile.tcp
        profile.capacity = 16 << 10
        let (a, b) = try mockPair(profile: profile)
        try shakeHands(a, b)
        let (client, server) = (Connection(a, mode: .nonblocking), Connection(b, mode: .nonblocking))
        let bytes = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var sent: [UInt8] = []
        for _ in 0..<1000 {
            let count = try client.sendIfPossible(bytes)
            sent += bytes[..<count]
        }
        // What the network takes, and one step's records more.
        #expect(sent.count <= 16 << 10 + 64 << 10)
        #expect(a.state.withLock { $0.engine.output.count } <= 66 << 10)
        var received: [UInt8] = []
        while received.count < sent.count {
            received += try server.receiveIfThere(100_000) ?? []
            _ = try client.transport.tryFlush()
        }
        #expect(received == sent)
        #expect(a.state.withLock { $0.engine.output.bytes.baseAddress } == nil)
    }

    @Test("an idle connection holds no memory for ciphertext", arguments: [false, true])
    func idle(releasesBuffers: Bool) throws {
        let pki = try TestPKI.usual()
        let (a, b) = try mockPair(
            client: pki.client { $0.releasesBuffers = releasesBuffers },
            server: pki.serverConfiguration { $0.releasesBuffers = releasesBuffers })
        try shakeHands(a, b)
        let (client, server) = (Connection(a, mode: .nonblocking), Connection(b, mode: .nonblocking))
        for _ in 0..<3 {
            try client.sendAll([UInt8](repeating: 1, count: 40_000))
            var rest = 40_000
            while rest > 0 {
                rest -= try server.receiveIfThere(100_000)?.count ?? 0
                _ = try client.transport.tryFlush()
            }
            try server.sendAll("thanks")
            #expect(try client.receive(atMost: 10)?.count == 6)
            #expect(try client.receiveIfThere(10) == nil)
            #expect(try server.receiveIfThere(10) == nil)
            for end in [a, b] {
                let held = end.state.withLock {
                    [$0.engine.input.bytes.baseAddress, $0.engine.output.bytes.baseAddress]
                }
                #expect(held == [nil, nil])
            }
        }
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
