import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// Waiting costs nothing.
@Suite("Idle")
struct IdleTests {
    @Test("complaint 20, 21: whoever waits, blocked or suspended, uses no processor time")
    func waiting() async {
        await #expect(processExitsWith: .success) { try await waitsIdlyInItsOwnProcess() }
    }

    @Test("a task that waits for bytes in a new array holds no memory for them")
    func memory() async {
        await #expect(processExitsWith: .success) { try await waitsWithoutMemoryInItsOwnProcess() }
    }

    @Test("complaint 20: connecting to a full Unix queue is tried again with pauses, not all the time")
    func retrying() throws {
        let (listener, queued) = try UnixStreams().fullListener()
        let script = SyscallScript()
        let backend = try UnixStreams().backend(Syscalls(script: script))
        _ = failure { try backend.connect(to: listener.localAddress, timeout: .milliseconds(500)) }
        #expect(script.count(of: .connect) <= 30)
        _ = queued
    }
}

private func waitsWithoutMemoryInItsOwnProcess() async throws {
    func waiting(_ count: Int) async throws -> [(StreamPair<Unix>, Task<[UInt8]?, any Error>)] {
        let pairs = try (0..<count).map { _ in try UnixStreams().pair() }
        let all = pairs.map { pair in (pair, Task { try await pair.client.receive(atMost: 1 << 20) }) }
        try await eventuallyAsync("all wait") { pairs.allSatisfy { $0.client.transport.handle.userCount > 0 } }
        return all
    }
    let few = try await waiting(4)  // the threads that there are have stacks, too
    let before = writableMebibytes
    let many = try await waiting(128)
    #expect(writableMebibytes - before < 64, "128 would be one for each")
    for (pair, task) in few + many {
        pair.client.close()
        #expect(await failure { try await task.value }?.kind == .closed)
    }
}

/// How much memory this process may write to, present or not.
private var writableMebibytes: Int {
    let file = open("/proc/self/statm", O_RDONLY)
    defer { close(file) }
    var text = [UInt8](repeating: 0, count: 200)
    let count = read(file, &text, text.count)
    let fields = String(decoding: text.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
    return fields.count > 5 ? (Int(fields[5]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) >> 20 : 0
}

private func waitsIdlyInItsOwnProcess() async throws {
    let listener = try TCPv4().listener()
    listener.mode = .blocking
    let pair = try TCPv4().pair()
    pair.client.mode = .blocking
    let unix = try UnixStreams().pair()
    // A peer that has gone shows as a hang-up, which is readable for ever.
    let gone = try UnixStreams().pair()
    gone.client.close()
    _ = try await gone.server.receive(atMost: 1)
    _ = try unix.client.fill()
    let workers = [
        Worker<Void> { _ = try listener.accept() }, Worker<Void> { _ = try pair.client.receive(atMost: 1) },
        Worker<Void> { _ = try unix.client.send([1], timeout: .seconds(60)) },
        Worker<Void> { _ = try unix.server.wait(for: .writable, timeout: .zero) },
    ]
    for worker in workers.prefix(3) { try worker.waitUntilBlocked() }
    let suspended = Task { try await pair.server.transport.ready(for: .readable) }
    let other = Task { try await listener.transport.ready(for: .readable) }
    for _ in 0..<100 { await Task.yield() }

    // The processor time that passes in a second of waiting, in a process that does nothing else.
    let start = SystemClock.processorTime
    #expect(failure { try pair.server.receive(atMost: 1, timeout: .seconds(1)) }?.kind == .timedOut)
    #expect(SystemClock.processorTime - start < .milliseconds(100))

    suspended.cancel()
    other.cancel()
    _ = await (suspended.result, other.result)
    pair.client.close()
    listener.close()
    unix.client.close()
    for worker in workers.prefix(3) { #expect(try worker.failure().kind == .closed) }
}
