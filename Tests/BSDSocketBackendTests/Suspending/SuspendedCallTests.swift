import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore

/// How suspended calls end that do not get what they wait for; each test has a process of its own.
@Suite("Suspended calls")
struct SuspendedCallTests {
    @Test("closing wakes every kind of call, with its own kind of error")
    func closed() async {
        await #expect(processExitsWith: .success) { for kind in streamKinds { try await closeWakes(kind) } }
    }

    @Test("cancelling wakes every kind of call, and the objects stay usable")
    func cancelled() async {
        await #expect(processExitsWith: .success) { for kind in streamKinds { try await cancelWakes(kind) } }
    }

    @Test("a time limit ends a call, not before its time, and nothing is lost")
    func timedOut() async {
        await #expect(processExitsWith: .success) { for kind in streamKinds { try await timeLimits(kind) } }
    }

    @Test("many limits at once: each call ends at its own")
    func manyLimits() async {
        await #expect(processExitsWith: .success) { try await manyTimeLimits() }
    }

    @Test("the peer's reset wakes a receive, and is told again and again")
    func reset() async {
        await #expect(processExitsWith: .success) { for kind in tcpKinds { try await peerReset(kind) } }
    }

    @Test("a connect that is suspended is cancelled and timed out, and leaves nothing open")
    func connecting() async {
        await #expect(processExitsWith: .success) { for kind in streamKinds { try await pendingConnect(kind) } }
    }
}

/// More bytes than there is room for between two ends with narrow buffers.
private let tooMuch = 1 << 20

private func closeWakes(_ kind: any StreamKind) async throws {
    func run(_ kind: some StreamKind) async throws {
        let pair = try kind.narrowPair()
        let listener = try kind.listener()
        let receive = try await waiting(pair.client) { _ = try await $0.receiveExactly(9) }
        let send = try await waiting(pair.client) { try await $0.sendAll(patternBytes(tooMuch)) }
        let accept = try await waiting(listener) { _ = try await $0.accept() }
        pair.client.close()
        listener.close()
        for (task, operation) in [(receive, TransportError.Operation.receive), (send, .send), (accept, .accept)] {
            let error = await failure { try await task.value }
            #expect(error?.kind == .closed)
            #expect(error?.operation == operation)
            if operation == .send {
                let sent = try #require(error?.bytesTransferred)
                #expect(try await pair.server.receiveExactly(sent) == Array(patternBytes(tooMuch)[..<sent]))
            }
        }
        let socket = try SocketBackend<IPv4>().datagramSocket(boundTo: .loopback(port: 0))
        let datagram = try await waiting(socket) { _ = try await $0.receive(atMost: 9) }
        socket.close()
        #expect(await failure { try await datagram.value }?.kind == .closed)
    }
    try await run(kind)
}

private func cancelWakes(_ kind: any StreamKind) async throws {
    func run(_ kind: some StreamKind) async throws {
        let pair = try kind.narrowPair()
        let listener = try kind.listener()
        let socket = try SocketBackend<IPv4>().datagramSocket(boundTo: .loopback(port: 0))
        let tasks = [
            try await waiting(pair.client) { _ = try await $0.receiveExactly(9) },
            try await waiting(pair.client) { try await $0.sendAll(patternBytes(tooMuch)) },
            try await waiting(pair.server) { _ = try await $0.wait(for: .writable, timeout: nil) },
            try await waiting(listener) { _ = try await $0.accept() },
            try await waiting(socket) { _ = try await $0.receive(atMost: 9) },
        ]
        var sent = 0
        for (number, task) in tasks.enumerated() where number != 2 {
            task.cancel()
            let error = await failure { try await task.value }
            #expect(error?.kind == .cancelled)
            sent += error?.bytesTransferred ?? 0
        }
        try await tasks[2].value  // the server has room: this one had nothing to wait for

        #expect(try await pair.server.receiveExactly(sent) == Array(patternBytes(tooMuch)[..<sent]))
        try await pair.client.sendAll("more")
        #expect(try await pair.server.receive(atMost: 9) == "more".bytes)
        try await pair.server.sendAll("123456789")
        #expect(try await pair.client.receiveExactly(9) == "123456789".bytes)
        let client = try await kind.backend().connect(to: listener.localAddress)
        _ = try await listener.accept()
        client.close()
        try await socket.send("to itself", to: socket.localAddress)
        #expect(try await socket.receive(atMost: 9, timeout: patience).bytes == "to itself".bytes)
    }
    try await run(kind)
}

private func timeLimits(_ kind: any StreamKind) async throws {
    func run(_ kind: some StreamKind) async throws {
        let pair = try kind.narrowPair()
        let listener = try kind.listener()
        try await pair.server.sendAll("abc")
        let limit = Duration.milliseconds(20)
        let start = pair.client.transport.now
        let receiving = await failure { try await pair.client.receiveExactly(5, timeout: limit) }
        #expect(receiving?.kind == .timedOut)
        #expect(receiving?.partialData == "abc".bytes)
        #expect(start.duration(to: pair.client.transport.now) >= limit)

        let bytes = patternBytes(tooMuch)
        let deadline = try pair.client.transport.deadline(after: limit)
        let sending = await failure { try await pair.client.sendAll(bytes, deadline: deadline) }
        #expect(sending?.kind == .timedOut)
        #expect(deadline.hasPassed(at: pair.client.transport.now))
        let sent = try #require(sending?.bytesTransferred)
        #expect(try await pair.server.receiveExactly(sent) == Array(bytes[..<sent]))
        #expect(try await !pair.server.wait(for: .readable, timeout: .zero))

        #expect(await failure { _ = try await listener.accept(timeout: limit) }?.kind == .timedOut)
        #expect(try await !listener.waitForConnection(timeout: limit))
        #expect(await failure { try await pair.client.receive(atMost: 1, timeout: .zero) }?.kind == .wouldBlock)
    }
    try await run(kind)
}

private func manyTimeLimits() async throws {
    let pairs = try (0..<40).map { _ in try UnixStreams().pair() }
    try await withThrowingTaskGroup { group in
        for (number, pair) in pairs.enumerated() {
            group.addTask {
                let limit = Duration.milliseconds(1 + number * 7 % 40)
                let start = pair.client.transport.now
                let error = await failure { try await pair.client.receive(atMost: 1, timeout: limit) }
                #expect(error?.kind == .timedOut)
                #expect(start.duration(to: pair.client.transport.now) >= limit)
            }
        }
        try await group.waitForAll()
    }
}

private func peerReset(_ kind: any StreamKind) async throws {
    func run(_ kind: some StreamKind) async throws {
        let pair = try kind.pair()
        let receive = try await waiting(pair.client) { _ = try await $0.receiveExactly(9) }
        pair.server.abort()
        #expect(await failure { try await receive.value }?.kind == .connectionReset)
        #expect(await failure { try await pair.client.receive(atMost: 1) }?.kind == .connectionReset)
        #expect(await failure { try await pair.client.sendAll("x") }?.kind == .connectionReset)
    }
    try await run(kind)
}

private func pendingConnect(_ kind: any StreamKind) async throws {
    func run(_ kind: some StreamKind) async throws {
        let (listener, queued) = try kind.fullListener()
        let backend = try kind.backend()
        let address = try listener.localAddress
        let before = try openSocketCount()
        let connect = try await waiting(backend) { _ = try await $0.connect(to: address) }
        connect.cancel()
        let cancelled = await failure { try await connect.value }
        #expect(cancelled?.kind == .cancelled)
        #expect(cancelled?.address == "\(address)")
        let late = await failure { try await backend.connect(to: address, timeout: .milliseconds(20)).close() }
        #expect(late?.kind == .timedOut)
        #expect(try openSocketCount() == before)
        // Room in the queue lets a suspended connect through.
        let next = try await waiting(backend) { try await $0.connect(to: address).close() }
        for _ in queued { _ = try await listener.accept() }
        try await next.value
    }
    try await run(kind)
}
