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

    #if os(Linux)
    @Test("A reactor for which there is no thread is an error of resources, and leaves nothing open")
    func noThread() async {
        await #expect(processExitsWith: .success) {
            let before = try openDescriptors()
            guard refuseThreads() else { exit(2) }
            let error = caught { try SocketReactor() }
            guard error?.kind == .outOfResources else { exit(3) }
            guard try openDescriptors() == before else { exit(4) }
        }
    }
    #endif
}

#if os(Linux)
/// Has the system start no thread any more: no machine has room for stacks of so many bytes.
private func refuseThreads() -> Bool {
    guard let function = dlsym(nil, "pthread_setattr_default_np") else { return false }
    typealias SetDefault = @convention(c) (UnsafePointer<pthread_attr_t>) -> Int32
    let setDefault = unsafeBitCast(function, to: SetDefault.self)
    return withUnsafeTemporaryAllocation(of: pthread_attr_t.self, capacity: 1) { attributes in
        guard let attributes = attributes.baseAddress else { return false }
        pthread_attr_init(attributes)
        defer { pthread_attr_destroy(attributes) }
        return pthread_attr_setstacksize(attributes, 1 << 46) == 0 && setDefault(attributes) == 0
    }
}
#endif

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
