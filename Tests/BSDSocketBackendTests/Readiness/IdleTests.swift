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
