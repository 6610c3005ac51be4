import BSDSocketBackend
import LoopbackMockBackend
import OpenSSLTransport
import TestSupport
import Testing
import TransportCore

/// Two directions of one connection in the handshake at once: one of them waits for the peer, the other one for that one.
@Suite("Waiting behind somebody else's handshake")
struct FollowingTests {
    private typealias CountedTLS<Lower: Transport> = TLSTransport<WaitCounting<Lower>>

    private let network = LoopbackNetwork()
    private let pki: TestPKI

    init() throws { pki = try .usual() }

    /// A client whose waits are counted, and what it speaks to.
    private func client<Lower: Transport>(
        over lower: (Lower, Lower)
    ) throws -> (Connection<CountedTLS<Lower>>, waits: WaitCounting<Lower>, peer: Lower) {
        let counting = WaitCounting(lower: lower.0)
        let tls = try TLSTransport(client: counting, configuration: pki.client(), serverName: "localhost")
        return (Connection(tls), counting, lower.1)
    }

    @Test("threads behind a peer that says nothing wait a few times, and until their deadlines")
    func threads() throws {
        let (client, waits, peer) = try client(over: network.streams())
        let reader = try network.spawn { caught { try client.receive(atMost: 1, timeout: .seconds(60)) }?.kind }
        let writer = try network.spawn {
            let kind = caught { try client.sendAll("x", timeout: .seconds(30)) }?.kind
            return (kind, network.milliseconds)
        }
        #expect(try writer.join() == (.timedOut, 30_000))
        #expect(try reader.join() == .timedOut)
        #expect(network.milliseconds == 60_000)
        #expect(waits.waits <= 8)
        client.close()
        peer.close()
    }

    @Test("tasks behind a peer that says nothing wait a few times, and until their deadlines")
    func tasks() async throws {
        let (client, waits, peer) = try client(over: network.streams())
        await network.run {
            async let reader = caught { try await client.receive(atMost: 1, timeout: .seconds(30)) }?.kind
            async let writer = caught { try await client.sendAll("x", timeout: .seconds(60)) }?.kind
            #expect(await reader == .timedOut)
            #expect(network.milliseconds == 30_000)
            #expect(await writer == .timedOut)
            #expect(network.milliseconds == 60_000)
        }
        #expect(waits.waits <= 8)
        client.close()
        peer.close()
    }

    @Test("who waits behind a handshake goes on at the moment at which it ends")
    func handover() throws {
        let (client, waits, peer) = try client(over: network.streams())
        let configuration = try pki.serverConfiguration()
        let clock = network.backend(for: IPv4.self)
        let reader = try network.spawn { try client.receive(atMost: 9) }
        let writer = try network.spawn {
            try clock.sleep(for: .microseconds(300))
            try client.sendAll("question")
        }
        try clock.sleep(for: .seconds(10))
        let server = Connection(try TLSTransport(server: peer, configuration: configuration))
        #expect(try server.receive(atMost: 9) == Array("question".utf8))
        #expect(network.milliseconds == 10_000)
        try server.sendAll("answer")
        #expect(try reader.join() == Array("answer".utf8))
        try writer.join()
        #expect(waits.waits <= 8)
        client.close()
        server.close()
    }

    @Test("when the one in front is cancelled, the next one takes its place")
    func cancelledLeader() async throws {
        let (client, waits, peer) = try client(over: network.streams())
        let configuration = try pki.serverConfiguration()
        try await network.run {
            let reader = Task(executorPreference: network.executor) {
                await caught { try await client.receive(atMost: 1) }?.kind
            }
            let server = try TLSTransport(server: peer, configuration: configuration)
            try await network.sleep(for: .seconds(1))
            async let writer: Void = client.sendAll("x", timeout: .seconds(60))
            try await network.sleep(for: .seconds(1))
            reader.cancel()
            #expect(await reader.value == .cancelled)
            let other = Connection(server)
            #expect(try await other.receive(atMost: 1, timeout: .seconds(1)) == [120])
            try await writer
            other.close()
        }
        #expect(waits.waits <= 12)
        client.close()
    }

    @Test("closing, and cancelling, end the wait of the one behind at once")
    func ends() async throws {
        let (first, _, peer) = try client(over: network.streams())
        let (second, _, other) = try client(over: network.streams())
        try await network.run {
            async let reader = caught { try await first.receive(atMost: 1) }?.kind
            async let waiting = caught { try await second.receive(atMost: 1) }?.kind
            try await network.sleep(for: .seconds(1))
            async let writer = caught { try await first.sendAll("x") }?.kind
            let cancelled = Task(executorPreference: network.executor) {
                await caught { try await second.sendAll("x") }?.kind
            }
            try await network.sleep(for: .seconds(1))
            cancelled.cancel()
            #expect(await cancelled.value == .cancelled)
            first.close()
            #expect(await reader == .closed)
            #expect(await writer == .closed)
            second.abort()
            #expect(await waiting == .closed)
            #expect(network.milliseconds == 2000)
        }
        peer.close()
        other.close()
    }

    @Test("over sockets, threads and tasks are woken, too")
    func sockets() async throws {
        for usesTask in [false, true] {
            let (client, waits, peer) = try client(over: socketStreams())
            let server = Connection(try TLSTransport(server: peer, configuration: pki.serverConfiguration()))
            let reader = BackgroundCall { try client.receive(atMost: 9) }
            // Nothing is answered for so long; then whoever is behind must go on.
            let early: Duration = .milliseconds(100)
            if usesTask {
                #expect(await caught { try await client.sendAll("x", timeout: early) }?.kind == .timedOut)
            } else {
                #expect(caught { try blockingly(client, early) }?.kind == .timedOut)
            }
            #expect(waits.waits <= 8)
            // Without timeouts: tests that block threads may keep the task from beginning for longer than anybody waits.
            let writer = Task { try await client.sendAll("question") }
            let answering = BackgroundCall {
                let question = try server.receive(atMost: 9)
                try server.sendAll("answer")
                return question
            }
            try await writer.value
            #expect(try answering.value() == Array("question".utf8))
            #expect(try reader.value() == Array("answer".utf8))
            #expect(waits.waits <= 20)
            client.close()
            server.close()
        }
    }

    /// The form that blocks, which nobody calls in a task otherwise.
    private func blockingly<T: Transport>(_ client: Connection<T>, _ timeout: Duration) throws -> Bool {
        try client.sendAll("x", timeout: timeout)
        return true
    }

    /// A client of datagrams whose waits are counted, and a server that echoes.
    private func datagramClient() throws -> (
        DatagramSocket<DTLSTransport<WaitCountingDatagrams<LoopbackDatagrams<IP>>>>,
        waits: WaitCountingDatagrams<LoopbackDatagrams<IP>>, MockDTLSPair
    ) {
        let pair = try MockDTLSPair(network)
        pair.client.close()
        let lower = try network.backend(on: "client").openDatagrams(
            boundTo: nil, connectedTo: pair.address, options: [])
        let counting = WaitCountingDatagrams(lower: lower)
        let client = try DTLSTransport(
            over: counting, client: pki.datagramClient(), serverName: "localhost", randomNumber: { 4 })
        return (DatagramSocket(client), counting, pair)
    }

    @Test("over datagrams, lost messages are sent again while one call waits behind another one")
    func datagrams() throws {
        let (socket, waits, pair) = try datagramClient()
        let silence = network.fault(.loss, on: .datagrams.from("server"))
        let echo = try pair.echo()
        let reader = try network.spawn { try socket.receive(atMost: 9).bytes }
        let writer = try network.spawn { [network] in
            try network.sleep(for: .milliseconds(1))
            try socket.send("ping")
        }
        // Begun at 1 ms, and sent again at 1001 ms.
        try network.sleep(for: .milliseconds(2900))
        #expect(waits.waits <= 8)
        silence.remove()
        #expect(try reader.join() == Array("ping".utf8))
        #expect(network.milliseconds == 3001)
        try writer.join()
        socket.close()
        pair.close()
        _ = try echo.join()
    }

    @Test("tasks behind a peer over datagrams that says nothing wait for the repetitions alone")
    func datagramTasks() async throws {
        let (socket, waits, pair) = try datagramClient()
        await network.run {
            async let reader = caught { try await socket.receive(atMost: 1, timeout: .seconds(40)) }?.kind
            async let writer = caught { try await socket.send("x", timeout: .seconds(50)) }?.kind
            #expect(await reader == .timedOut)
            #expect(await writer == .timedOut)
            #expect(network.milliseconds == 50_000)
        }
        #expect(waits.waits <= 24)
        socket.close()
        pair.close()
    }

    @Test("who waits for a handshake over datagrams that another call ends goes on at once")
    func endedAssociation() throws {
        let (socket, _, pair) = try datagramClient()
        let echo = try pair.echo()
        let silence = network.fault(.loss, on: .datagrams.from("server"))
        let reader = try network.spawn { caught { try socket.receive(atMost: 9) }?.kind }
        let writer = try network.spawn { [network] in
            try network.sleep(for: .microseconds(300))
            try socket.establish(timeout: .seconds(100))
            return network.milliseconds
        }
        try network.sleep(for: .milliseconds(500))
        silence.remove()
        try socket.transport.endAssociation(with: pair.address)
        #expect(try writer.join() == 500)
        socket.close()
        pair.close()
        #expect(try reader.join() == .closed)
        _ = try echo.join()
    }
}
