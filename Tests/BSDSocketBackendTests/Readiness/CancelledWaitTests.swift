import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// What a wait that was given up leaves behind: nothing.
@Suite("Cancelled waits")
struct CancelledWaitTests {
    @Test("73: closing after a cancelled wait ends the connection for the peer", arguments: [false, true])
    func closeAfterCancel(abort: Bool) async throws {
        let pair = try TCPv4().pair()
        let transport = pair.client.transport
        let wait = Task { try await transport.ready(for: .readable) }
        // Either the wait was there already, or it never will be; both must leave the socket alone.
        await Task.yield()
        wait.cancel()
        _ = await wait.result
        if abort { pair.client.abort() } else { pair.client.close() }
        let outcome = Result { try pair.server.receive(atMost: 1, timeout: patience) }
        if abort {
            #expect(throws: TransportError.self) { try outcome.get() }
            #expect(failure { try pair.server.receive(atMost: 1) }?.kind == .connectionReset)
        } else {
            #expect(try outcome.get() == nil)
        }
    }

    @Test("LIS-07: a listener that closes after a cancelled wait frees its address")
    func listenerAfterCancel() async throws {
        let backend = SocketBackend<IPv4>()
        let listener = try backend.listen(on: .loopback(port: 0))
        let address = try listener.localAddress
        let transport = listener.transport
        let wait = Task { try await transport.ready(for: .readable) }
        await Task.yield()
        wait.cancel()
        _ = await wait.result
        listener.close()
        #expect(failure { try backend.connect(to: address, timeout: patience) }?.kind == .connectionRefused)
        try backend.listen(on: address).close()
    }

    @Test("83: an abort never leaves a blocked sender behind, however much room there is at that moment")
    func abortWakesSender() throws {
        for round in 0..<10 {
            let pair = try TCPv4().pair()
            let sender = Worker { failure { try pair.client.sendAll([UInt8](repeating: 1, count: 40 << 20)) } }
            var left = 500_000 + round * 300_000
            while left > 0, let bytes = try pair.server.receive(atMost: 65536, timeout: patience) {
                left -= bytes.count
            }
            pair.client.abort()
            #expect(try sender.value()?.kind == .closed)
        }
    }

    @Test("86: a send to a full Unix datagram socket ends at its deadline")
    func fullUnixDatagrams() throws {
        let backend = SocketBackend<Unix>()
        let receiver = try backend.datagramSocket(boundTo: try Unix.SocketAddress(abstractName: "full-\(getpid())"))
        let sender = try backend.datagramSocket()
        let address = try receiver.localAddress
        let error = failure {
            for _ in 0..<100_000 {
                try sender.send([UInt8](repeating: 1, count: 1000), to: address, timeout: .milliseconds(50))
            }
        }
        #expect(error?.kind == .timedOut)
    }

    @Test("86: times that no socket can have are refused", arguments: [1e20, -1e20, -1])
    func absurdTimes(seconds: Double) throws {
        let pair = try TCPv4().pair()
        let duration = Duration.seconds(seconds)
        #expect(failure { try pair.client.setOption(.linger, to: duration) }?.kind == .invalidArgument)
        #expect(failure { try pair.client.setOption(.keepAliveIdle, to: duration) }?.kind == .invalidArgument)
    }
}
