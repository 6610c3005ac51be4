import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore

/// Too many descriptors, high ones and children; each of these tests has a process of its own.
@Suite("Descriptors and their limits")
struct DescriptorLimitTests {
    @Test(
        "K-08, complaint 22, 23, 76: without descriptors everything fails at once, burns nothing and recovers"
    )
    func exhausted() async {
        await #expect(processExitsWith: .success) { try exhaustedInItsOwnProcess() }
    }

    @Test("complaint 26, 78: descriptors above 1024 work like any other, in every mode and suspended")
    func highNumbers() async {
        await #expect(processExitsWith: .success) { try await highNumbersInItsOwnProcess() }
    }

    @Test("complaint 31, 70, J-07: no descriptor of ours is inherited by a child, whatever it is for")
    func closeOnExec() async {
        await #expect(processExitsWith: .success) { try await closeOnExecInItsOwnProcess() }
    }
}

private func exhaustedInItsOwnProcess() throws {
    let listener = try SocketBackend<IPv4>().listen(on: .loopback(port: 0))
    let address = try listener.localAddress
    let client = try SocketBackend<IPv4>().connect(to: address)
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    let wanted = rlimit(rlim_cur: 64, rlim_max: limit.rlim_max)
    var lowered = wanted
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &lowered)
    var hoard: [Int32] = []
    // The test runner may give one back at any time.
    func takeAll() { while case let file = open("/dev/null", O_RDONLY), file >= 0 { hoard.append(file) } }
    takeAll()
    #expect(errno == EMFILE)

    let start = SystemClock.processorTime
    for mode in [IOMode.blocking, .nonblocking, try .timeout(.seconds(5))] {
        listener.mode = mode
        let attempts: [() throws -> Void] = [
            { _ = try listener.accept() },
            { _ = try SocketBackend<IPv4>().connect(to: address, mode: mode) },
            { _ = try SocketBackend<IPv4>().listen(on: .loopback(port: 0)) },
            { _ = try SocketBackend<IPv4>().datagramSocket() },
            { _ = try SocketBackend<Unix>().connectedPair() },
        ]
        for attempt in attempts {
            takeAll()
            let error = failure(of: attempt)
            #expect(error?.kind == .tooManyOpenFiles)
            #expect(error?.errno == EMFILE)
        }
    }
    #expect(SystemClock.processorTime - start < .seconds(2))

    for file in hoard { close(file) }
    listener.mode = try .timeout(patience)
    let server = try listener.accept()
    try client.sendAll("still there")
    #expect(try server.receive(atMost: 99) == "still there".bytes)
}

private func highNumbersInItsOwnProcess() async throws {
    var hoard: [Int32] = []
    for _ in 0..<1500 { hoard.append(open("/dev/null", O_RDONLY)) }
    for kind in streamKinds {
        func run(_ kind: some StreamKind) async throws {
            let pair = try kind.pair()
            #expect(pair.client.descriptor > 1024 && pair.server.descriptor > 1024)
            #expect(failure { try pair.server.receive(atMost: 9, timeout: .milliseconds(5)) }?.kind == .timedOut)
            let suspended = Task { try await pair.server.transport.ready(for: .readable) }
            try await pair.client.sendAll("x", timeout: patience)
            try await suspended.value
            #expect(try await pair.server.receive(atMost: 9, timeout: patience) == "x".bytes)
            pair.client.close()
            #expect(try await pair.server.receive(atMost: 9) == nil)
        }
        try await run(kind)
    }
}

private func closeOnExecInItsOwnProcess() async throws {
    var owners: [AnyObject] = []
    var descriptors: [Int32] = []
    for kind in streamKinds {
        func run(_ kind: some StreamKind) throws {
            let listener = try kind.listener()
            let pair = try kind.pair()
            let connecting = try kind.backend().connect(to: listener.localAddress, mode: .nonblocking)
            descriptors += [
                try #require(listener.query(DescriptorNumber.self)),
                try #require(pair.client.query(DescriptorNumber.self)),
                try #require(pair.server.query(DescriptorNumber.self)),
                try #require(connecting.query(DescriptorNumber.self)),
            ]
            owners += [listener, pair.client, pair.server, connecting]
        }
        try run(kind)
    }
    let (first, second) = try SocketBackend<Unix>().connectedPair()
    let socket = try SocketBackend<IP>(syscalls: Waking.byPipe.syscalls).datagramSocket()
    descriptors += [first.descriptor, second.descriptor, socket.descriptor]
    for descriptor in descriptors { #expect(fcntl(descriptor, F_GETFD) == FD_CLOEXEC) }

    // The reactor's own are there from the first time that a task waits. By their numbers alone they are not known: those
    // of files and timers that the language's pool of threads opens and closes meanwhile are used again.
    let waiting = Task { try await first.transport.ready(for: .readable) }
    defer { waiting.cancel() }
    var queue: [Int32] = []
    try eventually("the event queue is there, and what wakes it") {
        queue = try eventQueue(watching: first.descriptor)
        return queue.count >= 3
    }
    for descriptor in queue { #expect(fcntl(descriptor, F_GETFD) == FD_CLOEXEC) }

    // One that is inherited on purpose proves that the child would see the others.
    var open: [Int32] = [-1, -1]
    try #require(pipe(&open) == 0)
    defer { for end in open { close(end) } }
    let inheritedOnPurpose = try #require(try openDescriptors()[open[0]])
    let child = try ChildProcess.python(
        """
        import os
        for number in os.listdir('/proc/self/fd'):
            try: print(os.readlink('/proc/self/fd/' + number))
            except FileNotFoundError: pass  # the listing's own
        """)
    let inherited = Set(try child.readToEnd().split(separator: "\n").map(String.init))
    #expect(inherited.contains(inheritedOnPurpose))
    for descriptor in descriptors {
        let target = try #require(try openDescriptors()[descriptor])
        #expect(target.hasPrefix("socket:") && !inherited.contains(target), "\(inherited)")
    }
    #expect(try child.waitForExit() == 0)
    withExtendedLifetime((owners, second, socket)) {}
}

/// The event queue that watches a socket, with everything that it watches; empty when there is none.
private func eventQueue(watching descriptor: Int32) throws -> [Int32] {
    for (queue, what) in try openDescriptors() where what == "anon_inode:[eventpoll]" {
        let lines = (readSystemFile("/proc/self/fdinfo/\(queue)") ?? "").split(separator: "\n")
        let watched = lines.compactMap { line in
            line.hasPrefix("tfd:") ? line.split(separator: " ").dropFirst().first.flatMap { Int32($0) } : nil
        }
        if watched.contains(descriptor) { return [queue] + watched }
    }
    return []
}
