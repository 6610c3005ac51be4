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
}
