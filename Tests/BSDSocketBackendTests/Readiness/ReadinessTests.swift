import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// Suspending a task until a socket is ready.
///
/// Each test has a process of its own: those of other suites block the few threads on which tasks run.
@Suite("Readiness")
struct ReadinessTests {
    @Test("97: what is ready already resumes at once")
    func already() async {
        await #expect(processExitsWith: .success) { for kind in streamKinds { try await alreadyInItsOwnProcess(kind) } }
    }

    @Test("woken by bytes, by room, by the peer's end and by its reset")
    func woken() async {
        await #expect(processExitsWith: .success) { for kind in streamKinds { try await wokenInItsOwnProcess(kind) } }
    }

    @Test("complaint 13, 15, 87: woken by closing, with its own kind")
    func closed() async {
        await #expect(processExitsWith: .success) { for kind in streamKinds { try await closedInItsOwnProcess(kind) } }
    }

    @Test("complaint 13, 15: closing wakes those who wait for listeners and datagram sockets")
    func otherObjects() async {
        await #expect(processExitsWith: .success) {
            for waking in Waking.allCases { try await otherObjectsInItsOwnProcess(waking) }
        }
    }

    @Test("woken by a connection and by a datagram")
    func arrivals() async {
        await #expect(processExitsWith: .success) {
            for waking in Waking.allCases { try await arrivalsInItsOwnProcess(waking) }
        }
    }

    @Test("complaint 13, 14, 16, 87: cancelling ends the wait at once with its own kind, and disturbs nothing")
    func cancelled() async {
        await #expect(processExitsWith: .success) {
            for kind in streamKinds { try await cancelledInItsOwnProcess(kind) }
        }
    }

    @Test("bytes and the end behind them, of which one event tells, are both received")
    func endBehindBytes() async {
        await #expect(processExitsWith: .success) {
            // On the reactor's own thread nothing is told between the sending and the end.
            try await SocketReactor().run { for kind in streamKinds { try await endBehindBytesInItsOwnProcess(kind) } }
        }
    }

    @Test("87: a wait for nothing but time ends when it has come, and when it is cancelled")
    func timeOnly() async {
        await #expect(processExitsWith: .success) { try await timeOnlyInItsOwnProcess() }
    }

    @Test("87: closing wakes whoever waits for nothing but time")
    func closedTimeOnly() async {
        await #expect(processExitsWith: .success) { try await closedTimeOnlyInItsOwnProcess() }
    }
}

private func endBehindBytesInItsOwnProcess(_ kind: any StreamKind) async throws {
    func run(_ kind: some StreamKind) async throws {
        let pair = try kind.pair()
        // From here on the reactor knows the socket.
        #expect(
            await failure { _ = try await pair.server.receive(atMost: 9, timeout: .milliseconds(1)) }?.kind == .timedOut
        )
        try await pair.client.sendAll("ab")
        try await pair.client.shutdownWrite()
        #expect(try await pair.server.receive(atMost: 9, timeout: patience) == "ab".bytes)
        #expect(try await pair.server.receive(atMost: 9, timeout: patience) == nil)
    }
    try await run(kind)
}

private func alreadyInItsOwnProcess(_ kind: any StreamKind) async throws {
    func run(_ kind: some StreamKind) async throws {
        let pair = try kind.pair()
        try await pair.client.transport.ready(for: .writable)
        try await pair.client.transport.ready(for: Need([.readable, .writable]))
        try await pair.client.sendAll("x")
        try await pair.server.transport.ready(for: .readable)
        #expect(try await pair.server.receive(atMost: 9, timeout: .zero) == "x".bytes)
    }
    try await run(kind)
}

private func wokenInItsOwnProcess(_ kind: any StreamKind) async throws {
    func run(_ kind: some StreamKind) async throws {
        let pair = try kind.narrowPair()
        let reading = try await waiting(pair.server.transport) { try await $0.ready(for: .readable) }
        try await pair.client.sendAll("x")
        try await reading.value
        #expect(try await pair.server.receive(atMost: 9) == "x".bytes)

        let filled = try pair.client.fill()
        let writing = try await waiting(pair.client.transport) { try await $0.ready(for: .writable) }
        _ = try await pair.server.receiveExactly(filled)
        try await writing.value

        let ending = try await waiting(pair.server.transport) { try await $0.ready(for: .readable) }
        try await pair.client.shutdownWrite()
        try await ending.value
        #expect(try await pair.server.receive(atMost: 9) == nil)

        let cut = try await waiting(pair.client.transport) { try await $0.ready(for: .readable) }
        pair.server.abort()
        try await cut.value
    }
    try await run(kind)
}

private func closedInItsOwnProcess(_ kind: any StreamKind) async throws {
    func run(_ kind: some StreamKind) async throws {
        let pair = try kind.pair()
        _ = try pair.client.fill()
        let reading = try await waiting(pair.client.transport) { try await $0.ready(for: .readable) }
        let writing = try await waiting(pair.client.transport) { try await $0.ready(for: .writable) }
        pair.client.close()
        #expect(await failure { try await reading.value }?.kind == .closed)
        #expect(await failure { try await writing.value }?.kind == .closed)
        #expect(await failure { try await pair.client.transport.ready(for: .readable) }?.kind == .closed)
    }
    try await run(kind)
}

private func otherObjectsInItsOwnProcess(_ waking: Waking) async throws {
    let listener = try SocketBackend<IPv4>(syscalls: waking.syscalls).listen(on: .loopback(port: 0))
    let accepting = try await waiting(listener.transport) { try await $0.ready(for: .readable) }
    let socket = try SocketBackend<IP>(syscalls: waking.syscalls).datagramSocket()
    let receiving = try await waiting(socket.transport) { try await $0.ready(for: .readable) }
    listener.close()
    socket.close()
    #expect(await failure { try await accepting.value }?.kind == .closed)
    #expect(await failure { try await receiving.value }?.kind == .closed)
}

private func arrivalsInItsOwnProcess(_ waking: Waking) async throws {
    let listener = try SocketBackend<IPv4>(syscalls: waking.syscalls).listen(on: .loopback(port: 0))
    let accepting = try await waiting(listener.transport) { try await $0.ready(for: .readable) }
    let client = try await SocketBackend<IPv4>().connect(to: listener.localAddress)
    try await accepting.value
    _ = try await listener.accept(timeout: .zero)
    let socket = try SocketBackend<IPv4>(syscalls: waking.syscalls).datagramSocket(boundTo: .loopback(port: 0))
    let receiving = try await waiting(socket.transport) { try await $0.ready(for: .readable) }
    try await SocketBackend<IPv4>().datagramSocket().send("x".utf8, to: socket.localAddress)
    try await receiving.value
    _ = client
}

private func cancelledInItsOwnProcess(_ kind: any StreamKind) async throws {
    func run(_ kind: some StreamKind) async throws {
        let pair = try kind.pair()
        let reading = try await waiting(pair.server.transport) { try await $0.ready(for: .readable) }
        reading.cancel()
        let error = await failure { try await reading.value }
        #expect(error?.kind == .cancelled)
        #expect(error?.aftermath == .usable)
        let early = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await pair.server.transport.ready(for: .readable)
        }
        #expect(await failure { try await early.value }?.kind == .cancelled)
        try await pair.client.sendAll("x")
        try await pair.server.transport.ready(for: .readable)
        #expect(try await pair.server.receive(atMost: 9) == "x".bytes)
    }
    try await run(kind)
}

private func timeOnlyInItsOwnProcess() async throws {
    let pair = try UnixStreams().pair()
    let transport = pair.client.transport
    let soon = transport.now.advanced(by: .milliseconds(20))
    try await transport.ready(for: Need([], notBefore: soon))
    #expect(transport.now >= soon)
    let later = Need([], notBefore: transport.now.advanced(by: .seconds(30)))
    let start = SystemClock.now
    let cancelled = try await waiting(transport) { try await $0.ready(for: later) }
    cancelled.cancel()
    #expect(await failure { try await cancelled.value }?.kind == .cancelled)
    #expect(SystemClock.now - start < 15_000_000_000)
}

private func closedTimeOnlyInItsOwnProcess() async throws {
    let pair = try UnixStreams().pair()
    let transport = pair.client.transport
    let later = Need([], notBefore: transport.now.advanced(by: .seconds(30)))
    let start = SystemClock.now
    let closed = try await waiting(transport) { try await $0.ready(for: later) }
    pair.client.close()
    #expect(await failure { try await closed.value }?.kind == .closed)
    #expect(SystemClock.now - start < 15_000_000_000)
}
