import BSDSocketBackend
import Glibc
import Testing
import TransportCore

private let answer: [IP.SocketAddress] = [.v4(.loopback(port: 1))]

private func query(_ name: String = "name.example") throws -> ResolverQuery {
    try ResolverQuery(host: name, service: .port(1))
}

/// Look-ups that take too long, are too many, or are no longer wanted.
@Suite("Resolver deadlines")
struct ResolverDeadlineTests {
    @Test("complaint 10, 51, 106: the caller leaves at the deadline though the look-up hangs")
    func deadline() throws {
        let gate = Gate()
        defer { gate.open() }
        let resolver = SystemResolver(threads: 1) { _ in
            gate.wait()
            return .success(answer)
        }
        let time = elapsed {
            let error = failure { try resolver.resolve(query(), until: SystemDeadline.after(.milliseconds(50))) }
            #expect(error?.kind == .timedOut)
            #expect(error?.operation == .resolve)
            #expect(error?.address == "name.example")
        }
        #expect(time >= .milliseconds(50) && time < patience)
        #expect(failure { try resolver.resolve(query(), until: .passed) }?.kind == .timedOut)
    }

    @Test("complaint 10, 106: so does a suspended caller")
    func asyncDeadline() async {
        await #expect(processExitsWith: .success) { try await asyncDeadlineInItsOwnProcess() }
    }

    @Test("complaint 14, 106: a suspended caller whose task is cancelled leaves at once")
    func cancellation() async {
        await #expect(processExitsWith: .success) { try await cancellationInItsOwnProcess() }
    }

    @Test("106: never more threads than allowed, and those who wait for one may leave too")
    func boundedThreads() throws {
        let gate = Gate()
        let inside = Counter()
        let resolver = SystemResolver(threads: 2) { _ in
            inside.increment()
            gate.wait()
            return .success(answer)
        }
        let query = try ResolverQuery(host: "name.example", service: .port(1))
        let callers = (0..<10).map { _ in Worker { try resolver.resolve(query, until: SystemDeadline.after(patience)) }
        }
        try eventually("two are inside") { inside.value == 2 }
        #expect(
            failure { try resolver.resolve(query, until: SystemDeadline.after(.milliseconds(50))) }?.kind == .timedOut)
        #expect(inside.value == 2, "the one that gave up was never begun")
        gate.open()
        for caller in callers { #expect(try caller.value() == answer) }
        #expect(inside.value == 10, "and is not begun later")
    }

    @Test("106: a thread whose caller has left is of use again when the system answers")
    func recovery() throws {
        let gate = Gate()
        let resolver = SystemResolver(threads: 1) { _ in
            gate.wait()
            return .success(answer)
        }
        _ = failure { try resolver.resolve(query(), until: SystemDeadline.after(.milliseconds(10))) }
        gate.open()
        #expect(try resolver.resolve(query(), until: SystemDeadline.after(patience)) == answer)
    }

    @Test("110: a hundred look-ups at once, blocking and suspended, are each answered")
    func hundred() async throws {
        let resolver = SystemResolver()
        let query = try ResolverQuery(host: "localhost", service: .port(7), families: .v4)
        let workers = (0..<50).map { _ in Worker { try resolver.resolve(query, until: .never) } }
        try await withThrowingTaskGroup(of: [IP.SocketAddress].self) { group in
            for _ in 0..<50 { group.addTask { try await resolver.resolve(query, until: .never) } }
            for try await addresses in group { #expect(addresses == [.v4(.loopback(port: 7))]) }
        }
        for worker in workers { #expect(try worker.value() == [.v4(.loopback(port: 7))]) }
    }

    @Test("86: a deadline at the end of time does not overflow")
    func distant() async throws {
        let resolver = SystemResolver(threads: 1) { _ in .success(answer) }
        for deadline in [Deadline.never, .at(Instant(nanoseconds: .max - 1)), SystemDeadline.after(.seconds(1 << 33))] {
            let query = try ResolverQuery(host: "name.example", service: .port(1))
            let blocking = Worker { try resolver.resolve(query, until: deadline) }
            #expect(try blocking.value() == answer)
            #expect(try await resolver.resolve(query, until: deadline) == answer)
        }
    }

    @Test("D-15, one budget: connecting by name leaves at the deadline though the look-up hangs")
    func connecting() throws {
        let gate = Gate()
        defer { gate.open() }
        let backend = SocketBackend<IP>().with(
            resolver: SystemResolver(threads: 1) { _ in
                gate.wait()
                return .success(answer)
            })
        let time = elapsed {
            let error = failure { try backend.connect(host: "name.example", port: 1, timeout: .milliseconds(50)) }
            #expect(error?.kind == .timedOut)
            #expect(error?.operation == .resolve)
        }
        #expect(time >= .milliseconds(50) && time < patience)
    }

    @Test("A10: the first address of the answer is tried first")
    func order() throws {
        let first = try SocketBackend<IP>().listen(on: .v4(.loopback(port: 0)))
        let second = try SocketBackend<IP>().listen(on: .v6(.loopback(port: 0)))
        for addresses in [
            [try first.localAddress, try second.localAddress], [try second.localAddress, try first.localAddress],
        ] {
            let backend = SocketBackend<IP>().with(resolver: SystemResolver(threads: 1) { _ in .success(addresses) })
            let client = try backend.connect(host: "name.example", port: 1, timeout: patience)
            #expect(try client.remoteAddress == addresses[0])
        }
    }
}

private func asyncDeadlineInItsOwnProcess() async throws {
    let gate = Gate()
    defer { gate.open() }
    let resolver = SystemResolver(threads: 1) { _ in
        gate.wait()
        return .success(answer)
    }
    let start = SystemClock.now
    let error = await failure { try await resolver.resolve(query(), until: SystemDeadline.after(.milliseconds(50))) }
    #expect(error?.kind == .timedOut)
    #expect(error?.address == "name.example")
    let time = SystemClock.now - start
    #expect(time >= 50_000_000 && time < 10_000_000_000)
    let passed = await failure { try await resolver.resolve(query(), until: .passed) }
    #expect(passed?.kind == .timedOut)
}

private func cancellationInItsOwnProcess() async throws {
    let gate = Gate()
    defer { gate.open() }
    let entered = Flag()
    let resolver = SystemResolver(threads: 1) { _ in
        entered.set()
        gate.wait()
        return .success(answer)
    }
    let query = try ResolverQuery(host: "name.example", service: .port(1))
    let running = Task { try await resolver.resolve(query, until: .never) }
    let queued = Task { try await resolver.resolve(query, until: .never) }
    try await eventuallyAsync("the look-up has begun") { entered.isSet }
    for task in [running, queued] {
        task.cancel()
        #expect(await failure { try await task.value }?.kind == .cancelled)
    }
    let late = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await resolver.resolve(query, until: .never)
    }
    #expect(await failure { try await late.value }?.kind == .cancelled)
}

/// A gate that threads wait at until it is opened.
final class Gate: Sendable {
    private let isOpen = Locked(false)

    func open() {
        isOpen.withLock { $0 = true }
        isOpen.wakeAll()
    }

    /// Waits, at most for a while that is longer than any run of all tests: these may keep a task waiting for minutes.
    func wait() { _ = isOpen.wait(until: SystemClock.now + 1_800_000_000_000) { $0 ? true : nil } }
}

/// Asks again and again whether something holds, until it does, letting other tasks run in between.
func eventuallyAsync(_ what: String, within limit: Duration = patience, _ condition: () throws -> Bool) async throws {
    let deadline = SystemClock.now + limit.inNanoseconds
    while try !condition() {
        guard SystemClock.now < deadline else { throw Unexpected("after \(limit) it still does not hold that \(what)") }
        await Task.yield()
    }
}
