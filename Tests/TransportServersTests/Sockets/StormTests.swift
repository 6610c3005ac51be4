import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore
import TransportServers

/// Many clients that do anything at any moment. Each test has a process of its own.
@Suite("Storms on real sockets")
struct StormTests {
    @Test("Thousands of clients that echo, leave, reset and are cancelled: nothing hung, lost, doubled or left open")
    func tasks() async {
        await #expect(processExitsWith: .success) { for seed in 1...2 { try await storm(seed: UInt64(seed)) } }
    }

    @Test("The same, with everything on one reactor")
    func reactor() async {
        await #expect(processExitsWith: .success) {
            try await SocketReactor().run { for seed in 4...5 { try await storm(seed: UInt64(seed)) } }
        }
    }

    @Test("The same, with a thread for each connection")
    func threads() async {
        await #expect(processExitsWith: .success) { try await threadStorm(seed: 7) }
    }

    @Test("A server that is stopped in the middle of a storm gives each client an answer, and ends")
    func stopped() async {
        await #expect(processExitsWith: .success) {
            for seed in 8...10 { try await storm(seed: UInt64(seed), stoppingAfter: Int(seed) * 15) }
        }
    }

    @Test("Sixteen listeners at one port share the connections out, each on one of two reactors")
    func shards() async {
        await #expect(processExitsWith: .success) { try await shardStorm() }
    }

    @Test("Datagrams: thousands in work at once, each answered once")
    func datagrams() async {
        await #expect(processExitsWith: .success) { try await datagramStorm() }
    }
}

/// What one client does.
private enum Behaviour: Int, CaseIterable {
    case echo, echo2, leave, reset, silent, cancelled, halfClosed
}

private func storm(seed: UInt64, stoppingAfter stop: Int? = nil) async throws {
    let before = try openSocketCount()
    let backend = SocketBackend<IPv4>()
    let limits = ServerLimits(connections: 150, connectionsPerPeer: 1000, idleTime: patience)
    let reports = Reports()
    let server = Server(limits: limits, report: reports.add)
    let listener = try backend.listen(on: .loopback(port: 0))
    let address = try listener.localAddress
    async let served: Void = server.serve(listener, handler: echo)
    let echoed = Locked(0), ended = Locked(0)
    try await withThrowingDiscardingTaskGroup { group in
        var generator = SeededGenerator(seed: seed)
        for number in 0..<400 {
            let behaviour = Behaviour.allCases[Int(generator.next() % UInt64(Behaviour.allCases.count))]
            let size = Int(generator.next() % 20_000) + 1
            let pauses = Int(generator.next() % 30)
            if number == stop { group.addTask { await server.stop(within: patience) } }
            group.addTask {
                defer { ended.withLock { $0 += 1 } }
                let task = Task { try await act(behaviour, size, pauses, backend, address) }
                if behaviour == .cancelled {
                    for _ in 0..<pauses { await Task.yield() }
                    task.cancel()
                }
                do {
                    if try await task.value { echoed.withLock { $0 += 1 } }
                } catch let error as TransportError {
                    let kinds: Set<TransportError.Kind> =
                        stop == nil
                        ? [.cancelled]
                        : [.cancelled, .connectionRefused, .connectionReset, .brokenPipe, .unexpectedEnd]
                    if !kinds.contains(error.kind) { throw error }
                }
            }
            if number % 40 == 0 { await Task.yield() }
        }
    }
    guard ended.withLock({ $0 }) == 400 else { exit(2) }
    let summary = await server.stop(within: patience)
    try await served
    guard summary.aborted == 0, server.activeCount == 0 else { exit(3) }
    guard echoed.withLock({ $0 }) > (stop == nil ? 150 : 5) else { exit(4) }
    guard try openSocketCount() == before else { exit(5) }
    // Resets are the clients' doing, and nothing else has failed.
    for text in reports.texts where !text.contains("reset") && !text.contains("PIPE") && !text.contains("roken") {
        report(text)
        exit(6)
    }
}

private func report(_ text: String) {
    let line = text + "\n"
    _ = line.utf8.withContiguousStorageIfAvailable { write(2, $0.baseAddress, $0.count) }
}

/// One client. True when everything that it sent came back, and nothing else.
private func act(
    _ behaviour: Behaviour, _ size: Int, _ pauses: Int, _ backend: SocketBackend<IPv4>, _ address: IPv4.SocketAddress
) async throws -> Bool {
    let connection = try await backend.connect(to: address, timeout: patience)
    defer { connection.close() }
    connection.mode = try .timeout(patience)
    let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) }
    switch behaviour {
    case .silent:
        for _ in 0..<pauses { await Task.yield() }
        return false
    case .leave, .reset:
        try await connection.sendAll(bytes)
        for _ in 0..<pauses { await Task.yield() }
        if behaviour == .reset { connection.abort() }
        return false
    case .echo, .echo2, .cancelled, .halfClosed:
        async let sent: Void = connection.sendAll(bytes)
        let back = try await connection.receiveExactly(size)
        try await sent
        guard back == bytes else { exit(7) }
        if behaviour == .halfClosed {
            try await connection.shutdownWrite()
            guard try await connection.receive(atMost: 1) == nil else { exit(8) }
        }
        return true
    }
}

private func threadStorm(seed: UInt64) async throws {
    let before = try openSocketCount()
    let backend = SocketBackend<IPv4>()
    let server = Server(limits: ServerLimits(connections: 40, idleTime: patience))
    let listener = try backend.listen(on: .loopback(port: 0))
    let address = try listener.localAddress
    let serving = BackgroundCall { try server.serve(listener, handler: echoInThread) }
    var generator = SeededGenerator(seed: seed)
    let done = Locked(0)
    await withDiscardingTaskGroup { group in
        for _ in 0..<400 {
            let behaviour = Behaviour.allCases[Int(generator.next() % UInt64(Behaviour.allCases.count))]
            let size = Int(generator.next() % 5000) + 1
            group.addTask {
                let task = Task { try await act(behaviour, size, 3, backend, address) }
                if behaviour == .cancelled { task.cancel() }
                _ = await task.result
                done.withLock { $0 += 1 }
            }
        }
    }
    guard done.withLock({ $0 }) == 400 else { exit(2) }
    let summary = await server.stop(within: patience)
    try await inThread { try serving.value() }
    guard summary.aborted == 0 else { exit(3) }
    guard server.activeCount == 0 else { exit(4) }
    guard try openSocketCount() == before else { exit(5) }
}

private func shardStorm() async throws {
    let before = try openSocketCount()
    let backend = SocketBackend<IPv4>()
    let listeners = try backend.listen(on: .loopback(port: 0), shards: 16)
    let address = try listeners[0].localAddress
    let reactors = [try SocketReactor(), try SocketReactor()]
    let sockets = try openSocketCount()
    guard sockets == before + 16 else { exit(2) }
    let server = Server()
    let seen = Locked(Set<UInt64>())
    async let served: Void = server.serve(listeners, on: reactors) { connection in
        let thread = UInt64(currentThread())
        seen.withLock { _ = $0.insert(thread) }
        try await echo(connection)
    }
    try await withThrowingDiscardingTaskGroup { group in
        for size in 1...200 { group.addTask { _ = try await act(.halfClosed, size * 50, 0, backend, address) } }
    }
    guard await server.stop(within: patience).aborted == 0 else { exit(3) }
    try await served
    guard seen.withLock({ $0.count }) == 2, try openSocketCount() == before else { exit(4) }
}

/// The number of this thread.
private func currentThread() -> UInt { UInt(pthread_self()) }

private func datagramStorm() async throws {
    let backend = SocketBackend<IPv4>()
    let socket = try backend.datagramSocket(boundTo: .loopback(port: 0))
    let address = try socket.localAddress
    let server = Server(limits: ServerLimits(datagrams: 64))
    let most = Locked((now: 0, most: 0))
    async let served: Void = server.serve(socket) { datagram in
        most.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
        await Task.yield()
        try await datagram.reply(datagram.bytes)
        most.withLock { $0.now -= 1 }
    }
    try await withThrowingDiscardingTaskGroup { group in
        for client in 0..<50 {
            group.addTask {
                let socket = try backend.datagramSocket(connectedTo: address)
                for round in 0..<60 {
                    let bytes = Array("\(client) \(round)".utf8)
                    try await socket.send(bytes)
                    guard try await socket.receive(atMost: 99, timeout: patience).bytes == bytes else { exit(2) }
                }
            }
        }
    }
    guard most.withLock({ $0.most }) <= 64 else { exit(3) }
    guard await server.stop(within: patience).aborted == 0 else { exit(4) }
    try await served
}
