import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore

/// What others do to the descriptors of a process: each of these tests has a process of its own.
@Suite("Descriptors and others")
struct ForeignHandsTests {
    @Test("G-06, K-03: that a descriptor was closed by its number is told by whoever sets it, and by closing")
    func closedByNumber() async {
        await #expect(processExitsWith: .success) {
            let (low, _) = try SocketDescriptor.pair()
            // A number that nobody else is given meanwhile: what is opened gets the lowest.
            let one = try SocketDescriptor(adopting: fcntl(low.number, F_DUPFD_CLOEXEC, 900))
            guard close(one.number) == 0 else { exit(2) }
            for call: () throws -> Void in [
                { try one.setNonblocking(true) }, { try one.setNonblocking(false) }, { _ = try one.isNonblocking },
                { try one.closeReportingErrors() },
            ] {
                guard let error = caught(call) else { exit(3) }
                guard error.code?.value == EBADF, error.kind == .invalidState else { exit(4) }
            }
            guard one.isClosed, one.number == -1 else { exit(5) }
            guard caught({ try one.closeReportingErrors() })?.kind == .closed else { exit(6) }
        }
    }

    @Test("K-03: closing says that all was well, and refuses while a call waits")
    func closingWithErrors() throws {
        let (one, other) = try SocketDescriptor.pair()
        let receiver = BackgroundCall { try one.receive(atMost: 1) }
        while one.handle.userCount == 0 {}
        #expect(failure { try one.closeReportingErrors() }?.kind == .busy)
        try other.send([1])
        #expect(try receiver.value() == [1])
        try one.closeReportingErrors()
        #expect(try other.receive(atMost: 1).isEmpty)
    }

    @Test(
        "J-07, complaint 31: a child inherits nothing that is made here: sockets, pipes, queues, copies, what was passed"
    )
    func inheritance() async {
        await #expect(processExitsWith: .success) {
            let before = try descriptorsOfAChild()
            let own = try openDescriptors()
            let made = try await everyKindOfDescriptor()
            let new = try openDescriptors().filter { own[$0.key] != $0.value }.values
            for kind in ["socket:", "pipe:", "anon_inode:[eventpoll]", "anon_inode:[eventfd]"] {
                guard new.contains(where: { $0.hasPrefix(kind) }) else {
                    print("nothing has made a \(kind): \(new)")
                    exit(2)
                }
            }
            let after = try descriptorsOfAChild()
            guard after == before else {
                print("a child has \(after), and before it had \(before)")
                exit(3)
            }
            withExtendedLifetime(made) {}
        }
    }
}

/// What a child of this process finds open besides its own standard input and output, and files about processes.
private func descriptorsOfAChild() throws -> [String] {
    let program = try ChildProcess.python(
        """
        import os
        for number in sorted(map(int, os.listdir('/proc/self/fd'))):
            try: print(number, os.readlink(f'/proc/self/fd/{number}') if number > 1 else 'standard')
            except OSError: pass
        """)
    // The pool of threads opens such files now and then, and has children inherit them.
    return try program.readToEnd().split(separator: "\n").map(String.init).filter { !$0.contains(" /proc/") }
}

/// One of every kind of descriptor that this library makes.
private func everyKindOfDescriptor() async throws -> [any Sendable] {
    var made: [any Sendable] = []
    let backend = SocketBackend<IP>()
    let listener = try backend.listen(on: .v4(.loopback(port: 0)))
    let client = try await backend.connect(to: try listener.localAddress)
    let server = try await listener.accept(timeout: patience)
    made += [listener, client, server] as [any Sendable]
    made.append(try backend.datagramSocket(boundTo: .v4(.loopback(port: 0))))
    made.append(try backend.datagramSocket())
    let unix = try SocketBackend<Unix>().connectedPair()
    made += [unix.0, unix.1] as [any Sendable]
    // A task that waits has an event queue and what wakes it. On a busy machine a timeout may pass before it waits.
    var timeout = Duration.milliseconds(1)
    while !server.transport.isKnownUnready(for: .readable) {
        _ = await caught { try await server.receive(atMost: 1, timeout: timeout) }
        timeout *= 2
    }
    // The low level: sockets of every kind, a listener, accepted, pairs, copies, adopted, passed, files.
    let (one, other) = try SocketDescriptor.pair()
    let listening = try SocketDescriptor(.ipv4, .stream)
    try listening.bind(to: RawSocketAddress(IPv4.SocketAddress.loopback(port: 0)))
    try listening.listen()
    let connecting = try SocketDescriptor(.ipv4, .stream)
    try connecting.connect(to: try listening.localAddress)
    made += [one, other, listening, connecting, try listening.accept().socket] as [any Sendable]
    made += [try one.duplicate(), try SocketDescriptor(duplicating: one.number)] as [any Sendable]
    made.append(try SocketDescriptor(adopting: socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0), isShared: true))
    try one.send([1], passing: [connecting.number, listening.number])
    made.append(try other.receive(atMost: 1, descriptorsAtMost: 2).descriptors)
    made.append(try OwnedDescriptor(openingFile: "/dev/null"))
    // Names, whose resolver has threads, and interfaces.
    made.append(try await backend.resolver.resolve(ResolverQuery(host: "localhost", service: .port(1)), until: .never))
    made.append(try NetworkInterface.all())
    return made
}
