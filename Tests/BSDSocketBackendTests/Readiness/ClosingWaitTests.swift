@testable import BSDSocketBackend
import TestSupport
import Testing
import TransportCore

/// Sockets that are closed just when a task begins to wait.
@Suite("Waits that begin while the socket is closed")
struct ClosingWaitTests {
    @Test(
        "Closing ends a wait for time that has begun and is not known yet", .unlessHung,
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

    @Test("Closing ends the first wait for a socket, whenever it begins", .unlessHung, arguments: 0..<8)
    func first(seed: Int) async throws {
        let backend = SocketBackend<IPv4>()
        let original = try backend.listen(on: .loopback(port: 0))
        for round in 0..<50 {
            // Of a socket that somebody else has, which closing must not shut down.
            let copy = try SocketDescriptor(duplicating: original.descriptor)
            let shared = try SocketDescriptor(adopting: copy.detach(), isShared: true)
            let listener = try backend.listener(adopting: shared)
            async let accepted = caught { try await listener.accept() }
            spin(seed * 50 + round)
            listener.close()
            #expect(await accepted?.kind == .closed)
        }
        original.close()
    }

    @Test("Closing ends the first wait for an event, whenever it begins", .unlessHung, arguments: 0..<4)
    func event(seed: Int) async throws {
        for round in 0..<100 {
            let socket = try SocketBackend<IPv4>().datagramSocket(boundTo: .loopback(port: 0))
            let event = WakeEvent()
            async let waited = caught { try await socket.transport.ready(for: event, until: .never) }
            spin(seed * 100 + round)
            socket.close()
            #expect(await waited?.kind == .closed)
        }
    }

    @Test(
        "Stopping to accept ends a wait that begins just then, also of a listener that others have",
        .unlessHung,
        arguments: 0..<8
    )
    func stopping(seed: Int) async throws {
        let backend = SocketBackend<IPv4>()
        let original = try backend.listen(on: .loopback(port: 0))
        for round in 0..<50 {
            let copy = try SocketDescriptor(duplicating: original.descriptor)
            let listener = try backend.listener(adopting: try SocketDescriptor(adopting: copy.detach(), isShared: true))
            if round.isMultiple(of: 2) {
                // It has its place in the reactor by then.
                #expect(await caught { try await listener.accept(timeout: .milliseconds(1)) }?.kind == .timedOut)
            }
            async let accepted = caught { try await listener.accept() }
            spin(seed * 50 + round)
            try listener.stopAccepting()
            #expect(await accepted?.kind == .closed)
            listener.close()
        }
        original.close()
    }

    /// Lets a little time pass, another one each time.
    private func spin(_ number: Int) {
        var left = number * 7 % 2000
        while left > 0 { left -= 1 }
    }

    @Test(
        "A task that goes on elsewhere ends its wait there, and not where it is woken, where closing could block others"
    )
    func elsewhere() async throws {
        let pair = try SocketBackend<Unix>().connectedPair()
        let handle = pair.0.transport.handle
        handle.trustPresentTask()
        for _ in 0..<2 {  // the first wait is begun in another way than those that follow
            guard case .elsewhere(let waiter) = try handle.beginWaiting(for: .readable, until: .never) else {
                Issue.record("the shared reactor only wakes")
                return
            }
            try await pair.1.sendAll("x")
            #expect(try handle.endWaiting(in: waiter, await handle.waitElsewhere(in: waiter)))
            #expect(try await pair.0.receiveExactly(1) == [UInt8(ascii: "x")])
        }
        for connection in [pair.0, pair.1] { connection.close() }
    }
}
