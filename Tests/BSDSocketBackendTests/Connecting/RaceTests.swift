import BSDSocketBackend
import Glibc
import TestSupport
import Testing
import TransportCore

/// Attempts that race, over the system's sockets.
@Suite("Races of real attempts", .unlessHung)
struct RaceTests {
    /// A listener whose queue is full, so that whoever connects hangs, and what keeps it full.
    private func silentListener() throws -> (Listener<SocketListener<IP>>, [Connection<SocketTransport<IP>>]) {
        let listener = try SocketBackend<IP>().listen(on: .v4(.loopback(port: 0)), options: ListenerOptions(backlog: 0))
        var held: [Connection<SocketTransport<IP>>] = []
        let address = try listener.localAddress
        while held.count < 8 {
            let connection = try SocketBackend<IP>().connect(to: address, mode: .nonblocking)
            held.append(connection)
            // The first that the system leaves hanging shows that the queue is full.
            if caught({ try connection.establish(timeout: .milliseconds(100)) })?.kind == .timedOut { break }
        }
        return (listener, held)
    }

    @Test("CNT-06 CNT-07: a silent address is overtaken, in a thread and in a task")
    func overtaken() async throws {
        let (silent, held) = try silentListener()
        let working = try SocketBackend<IP>().listen(on: .v4(.loopback(port: 0)))
        let addresses = [try silent.localAddress, try working.localAddress]
        let backend = SocketBackend<IP>().with(resolver: SystemResolver(threads: 1) { _ in .success(addresses) })
        let strategy = ConnectStrategy.happyEyeballs(attemptDelay: .milliseconds(10))
        let suspending = try await backend.connect(host: "two.example", port: 1, strategy: strategy, timeout: patience)
        #expect(try suspending.remoteAddress == addresses[1])
        let blocking = try blockingConnect(backend, strategy)
        #expect(try blocking.remoteAddress == addresses[1])
        withExtendedLifetime(held) {}
    }

    private func blockingConnect<B: ResolvingBackend>(
        _ backend: B, _ strategy: ConnectStrategy
    ) throws -> Connection<B.Stream> {
        try backend.connect(host: "two.example", port: 1, strategy: strategy, timeout: patience)
    }

    @Test("several sockets are waited for with one poll, until one of them is ready or the time is up")
    func waiting() throws {
        let script = SyscallScript()
        let local = SocketBackend<Unix>(syscalls: Syscalls(script: script))
        let (first, firstPeer) = try local.connectedPair()
        let (second, secondPeer) = try local.connectedPair()
        let waits = [(source: first.transport, need: Need.readable), (source: second.transport, need: Need.readable)]
        let soon = try local.deadline(after: .milliseconds(20))
        #expect(try SocketTransport<Unix>.wait(forAny: waits, until: soon) == false)
        #expect(local.now >= (try #require(soon.instant)))
        let before = script.count(of: .poll)
        try secondPeer.sendAll("x")
        #expect(try SocketTransport<Unix>.wait(forAny: waits, until: .never))
        #expect(script.count(of: .poll) == before + 1)
        #expect(try SocketTransport<Unix>.wait(forAny: waits, until: .passed))
        firstPeer.close()
        first.close()
        #expect(failure { try SocketTransport<Unix>.wait(forAny: waits, until: .never) }?.kind == .closed)
        #expect(failure { try SocketTransport<Unix>.wait(forAny: [], until: .never) }?.kind == .invalidArgument)
    }

    @Test("a host with one address costs no call more than its address")
    func cost() throws {
        let listener = try SocketBackend<IP>().listen(on: .v4(.loopback(port: 0)))
        let address = try listener.localAddress
        let script = SyscallScript()
        let backend = SocketBackend<IP>(syscalls: Syscalls(script: script))
        try backend.connect(to: address).close()
        let direct = SyscallScript.Call.allCases.map { script.count(of: $0) }
        try backend.connect(host: "127.0.0.1", port: address.port).close()
        #expect(SyscallScript.Call.allCases.map { script.count(of: $0) } == direct.map { $0 * 2 })
    }
}
