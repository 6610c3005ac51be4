import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// The two ways in which closing wakes whoever waits: by shutting the socket down, and by a pipe of its own, which is
/// what systems need where shutting down wakes only connected streams.
enum Waking: CaseIterable, CustomTestStringConvertible {
    case byShutdown, byPipe

    /// The calls of a backend that wakes in this way alone.
    var syscalls: Syscalls {
        switch self {
        case .byShutdown: return Syscalls(shutdownWakesAll: true)
        case .byPipe:
            // As on Darwin: shutting a socket without a connection down fails and wakes nobody.
            let script = SyscallScript()
            script.always(.shutdown, .fail(ENOTCONN))
            return Syscalls(script: script, shutdownWakesAll: false)
        }
    }

    var testDescription: String { self == .byShutdown ? "by shutdown" : "by pipe" }
}

/// Closing, with and without somebody inside.
@Suite("Closing", .ownThread)
struct ClosingTests {
    /// Closes while a worker is blocked, and checks that it is woken.
    private func expectWoken<Value: Sendable>(
        by close: () -> Void, sourceLocation: SourceLocation = #_sourceLocation,
        _ body: @escaping @Sendable () throws -> Value
    ) throws {
        let worker = Worker(body)
        try worker.waitUntilBlocked()
        close()
        let error = try worker.failure(sourceLocation: sourceLocation)
        #expect(error.kind == .closed, sourceLocation: sourceLocation)
    }

    @Test(
        "complaint 15, M33, K-06, 73: close wakes a blocked receive, whether or not it has a timeout",
        arguments: streamKinds)
    func receive(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            for mode in [IOMode.blocking, try .timeout(.seconds(600))] {
                let pair = try kind.pair()
                pair.client.mode = mode
                try expectWoken(by: pair.client.close) { try pair.client.receive(atMost: 9) }
                let exact = try kind.pair()
                exact.client.mode = mode
                try expectWoken(by: exact.client.abort) { try exact.client.receiveExactly(9) }
            }
        }
        try run(kind)
    }

    @Test("complaint 15, 73: close wakes a blocked send, whether or not it has a timeout", arguments: streamKinds)
    func send(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            for mode in [IOMode.blocking, try .timeout(.seconds(600))] {
                let pair = try kind.pair()
                _ = try pair.client.fill()
                pair.client.mode = mode
                try expectWoken(by: pair.client.close) { try pair.client.sendAll(patternBytes(1 << 20)) }
                let gathering = try kind.pair()
                _ = try gathering.client.fill()
                gathering.client.mode = mode
                try expectWoken(by: gathering.client.close) {
                    try gathering.client.sendAll(gathering: [[1], patternBytes(1 << 20)])
                }
            }
        }
        try run(kind)
    }

    @Test("complaint 15, 73: close wakes a blocked wait", arguments: streamKinds)
    func wait(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            pair.client.mode = .blocking
            try expectWoken(by: pair.client.close) { try pair.client.wait(for: .readable) }
            let timed = try kind.pair()
            try expectWoken(by: timed.client.close) { try timed.client.wait(for: .readable, timeout: .seconds(600)) }
        }
        try run(kind)
    }

    @Test("close wakes both directions at once, and everybody who waits for readiness", arguments: streamKinds)
    func everybody(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            _ = try pair.client.fill()
            pair.client.mode = .blocking
            let workers = [
                Worker<Void> { _ = try pair.client.receive(atMost: 9) },
                Worker<Void> { try pair.client.sendAll(patternBytes(1 << 20)) },
                Worker<Void> { _ = try pair.client.wait(for: .readable) },
                Worker<Void> { _ = try pair.client.wait(for: .readable) },
            ]
            for worker in workers { try worker.waitUntilBlocked() }
            pair.client.close()
            for worker in workers { #expect(try worker.failure().kind == .closed) }
        }
        try run(kind)
    }

    @Test("complaint 15: close wakes a blocked accept and a blocked wait of a listener", arguments: Waking.allCases)
    func accept(_ waking: Waking) throws {
        for kind in streamKinds {
            func run(_ kind: some StreamKind) throws {
                for mode in [IOMode.blocking, try .timeout(.seconds(600))] {
                    let listener = try kind.listener(syscalls: waking.syscalls)
                    listener.mode = mode
                    try expectWoken(by: listener.close) { try listener.accept() }
                    let other = try kind.listener(syscalls: waking.syscalls)
                    other.mode = mode
                    try expectWoken(by: other.close) { try other.waitForConnection() }
                }
            }
            try run(kind)
        }
    }

    @Test("complaint 15: close wakes a blocked datagram receive and a blocked wait", arguments: Waking.allCases)
    func datagrams(_ waking: Waking) throws {
        let backend = SocketBackend<IPv4>(syscalls: waking.syscalls)
        for mode in [IOMode.blocking, try .timeout(.seconds(600))] {
            for remote in [nil, IPv4.SocketAddress.loopback(port: 9)] {
                let socket = try backend.datagramSocket(boundTo: .loopback(port: 0), connectedTo: remote, mode: mode)
                try expectWoken(by: socket.close) { try socket.receive(atMost: 9) }
                let other = try backend.datagramSocket(boundTo: .loopback(port: 0), connectedTo: remote, mode: mode)
                try expectWoken(by: other.close) { try other.wait(for: .readable) }
            }
        }
        let unbound = try SocketBackend<IP>(syscalls: waking.syscalls).datagramSocket()
        try expectWoken(by: unbound.close) { try unbound.receive(atMost: 9) }
        let unix = try SocketBackend<Unix>(syscalls: waking.syscalls).datagramSocket()
        try expectWoken(by: unix.close) { try unix.receive(atMost: 9) }
    }

    @Test("73: close wakes whoever waits for nothing but time", arguments: streamKinds)
    func waitForTime(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            let transport = pair.client.transport
            let need = Need([], notBefore: transport.now.advanced(by: .seconds(60)))
            try expectWoken(by: pair.client.close) { try transport.wait(for: need, until: .never) }
        }
        try run(kind)
    }

    @Test("a wait for time ends when the time has come, or at the deadline before it", arguments: streamKinds)
    func timeOnly(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            let transport = pair.client.transport
            let soon = transport.now.advanced(by: .milliseconds(20))
            #expect(try transport.wait(for: Need([], notBefore: soon), until: .never))
            #expect(transport.now >= soon)
            let later = Need([], notBefore: transport.now.advanced(by: .seconds(60)))
            #expect(try !transport.wait(for: later, until: transport.deadline(after: .milliseconds(10))))
        }
        try run(kind)
    }
}
