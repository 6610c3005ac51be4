import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore

/// How long a reactor is there, of which a test has a process of its own.
@Suite("Lifetime of a reactor")
struct ReactorLifetimeTests {
    @Test(
        "A task that goes on at the thread of a reactor that is gone by then waits for other sockets",
        .unlessHung
    )
    func outlived() async {
        await #expect(processExitsWith: .success) {
            let place = Locked<Stream?>(nil)
            let peer = try await connectOnAReactor(place)
            let waiting = Task.detached {
                guard try await receiveOnce(place) == [97] else { exit(2) }
                // Nobody has the stream any more, and so nobody its reactor.
                let other = try SocketBackend<Unix>().connectedPair()
                let error = await caught { try await other.0.receive(atMost: 1, timeout: .milliseconds(10)) }
                guard error?.kind == .timedOut else { exit(3) }
            }
            while place.withLock({ $0.map { $0.transport.handle.userCount } }) == 0 { await Task.yield() }
            try await peer.sendAll("a")
            try await waiting.value
        }
    }
}

private typealias Stream = Connection<SocketTransport<Unix>>

/// Makes a stream whose place is in a reactor of which nobody else knows, and returns its peer.
private func connectOnAReactor(_ place: Locked<Stream?>) async throws -> Stream {
    let pair = try SocketBackend<Unix>().connectedPair()
    try await SocketReactor().run {
        var timeout = Duration.milliseconds(1)
        while !pair.0.transport.isKnownUnready(for: .readable) {
            _ = await caught { try await pair.0.receive(atMost: 1, timeout: timeout) }
            timeout *= 2
        }
    }
    place.withLock { $0 = pair.0 }
    return pair.1
}

/// Receives, closes the stream and forgets it.
private func receiveOnce(_ place: Locked<Stream?>) async throws -> [UInt8]? {
    let stream = place.withLock { $0 }
    defer {
        stream?.close()
        place.withLock { $0 = nil }
    }
    return try await stream?.receive(atMost: 1, timeout: patience)
}
