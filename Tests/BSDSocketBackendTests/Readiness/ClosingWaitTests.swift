@testable import BSDSocketBackend
import TestSupport
import Testing
import TransportCore

/// Sockets that are closed just when a task begins to wait.
@Suite("Waits that begin while the socket is closed")
struct ClosingWaitTests {
    @Test(
        "Closing ends a wait for time that has begun and is not known yet", .timeLimit(.minutes(1)),
        arguments: [Need([]), Need(.readable), Need(.writable)]
    )
    func between(need: Need) async throws {
        let pair = try SocketBackend<Unix>().connectedPair()
        let handle = pair.0.transport.handle
        _ = await caught { try await pair.0.receive(atMost: 1, timeout: .milliseconds(10)) }
        guard case .watched(let waiter) = try handle.beginWaiting(for: need, until: .never) else {
            return #expect(need.interest == .writable, "only that is there at once")
        }
        pair.0.close()
        let outcome = await waiter.takeUnretainedValue().wait()
        #expect(caught { try handle.endWaiting(in: waiter, outcome) }?.kind == .closed)
        pair.1.close()
    }

    @Test("Closing ends the first wait for a socket, whenever it begins", .timeLimit(.minutes(1)), arguments: 0..<8)
    func first(seed: Int) async throws {
        let backend = SocketBackend<IPv4>()
        let original = try backend.listen(on: .loopback(port: 0))
        for round in 0..<50 {
            // Of a socket that somebody else has, which closing must not shut down.
            let copy = try SocketDescriptor(duplicating: original.descriptor)
            let shared = try SocketDescriptor(adopting: copy.detach(), isShared: true)
            let listener = try backend.listener(adopting: shared)
            async let accepted = caught { try await listener.accept() }
            var spin = (seed * 50 + round) * 7 % 2000
            while spin > 0 { spin -= 1 }
            listener.close()
            #expect(await accepted?.kind == .closed)
        }
        original.close()
    }
}
