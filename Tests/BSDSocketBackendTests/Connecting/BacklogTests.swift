import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// Connecting to a listener whose queue is full.
@Suite("Full backlogs", .ownThread)
struct BacklogTests {
    @Test("M15, C-06: a backlog of zero, less and far more listens, and a connection comes in", arguments: streamKinds)
    func strangeBacklogs(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            for backlog in [0, -1, 1, 5, Int(SOMAXCONN) + 1, .max, .min] {
                let listener = try kind.listener(ListenerOptions(backlog: backlog))
                let client = try kind.backend().connect(to: listener.localAddress)
                try listener.accept().sendAll("x")
                #expect(try client.receive(atMost: 9) == "x".bytes)
            }
        }
        try run(kind)
    }

    @Test(
        "N04, M13 of the kernel: nonblocking, TCP is under way and a Unix stream has to try again; both wait",
        arguments: streamKinds)
    func nonblocking(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let (listener, queued) = try kind.fullListener()
            let extra = try kind.backend().connect(to: listener.localAddress, mode: .nonblocking)
            for _ in 0..<3 {
                let error = failure { try extra.establish() }
                #expect(error?.kind == .wouldBlock)
                #expect(error?.errno == (kind.isTCP ? EINPROGRESS : EAGAIN))
            }
            #expect(failure { try extra.establish(timeout: .milliseconds(30)) }?.kind == .timedOut)
            let accepted = try listener.accept()
            try extra.establish(timeout: patience)
            try extra.sendAll("x")
            _ = (queued, accepted)
        }
        try run(kind)
    }

    @Test(
        "N10, F-14: a timed connect to a full queue waits its time, and is let in when there is room",
        arguments: streamKinds)
    func timed(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let (listener, queued) = try kind.fullListener()
            let address = try listener.localAddress
            let time = elapsed {
                let error = failure { try kind.backend().connect(to: address, timeout: .milliseconds(80)) }
                #expect(error?.kind == .timedOut)
            }
            #expect(time >= .milliseconds(80) && time < patience)
            let connecting = Worker { try kind.backend().connect(to: address, timeout: patience) }
            try connecting.waitUntilBlocked()
            for _ in queued { _ = try listener.accept() }
            let client = try connecting.value()
            // TCP may still have an abandoned attempt in its queue.
            var greeted = false
            while !greeted {
                try listener.accept().sendAll("x")
                greeted = try client.wait(for: .readable, timeout: .milliseconds(100))
            }
            #expect(try client.receive(atMost: 9) == "x".bytes)
        }
        try run(kind)
    }

    @Test("N10: a blocking connect to a full queue waits until there is room", arguments: streamKinds)
    func blocking(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let (listener, queued) = try kind.fullListener()
            let address = try listener.localAddress
            let connecting = Worker { try SocketBackend<_>(family(of: kind)).connect(to: address) }
            try connecting.waitUntilBlocked()
            for _ in queued { _ = try listener.accept() }
            let client = try connecting.value()
            #expect(client.mode == .blocking)
            #expect(try client.send("x".utf8) == 1)
        }
        try run(kind)
    }

    @Test("N10: a listener that closes ends the wait of those outside a full Unix queue as refused")
    func closedWhileFull() throws {
        let kind = UnixStreams()
        let (listener, queued) = try kind.fullListener()
        let address = try listener.localAddress
        let extra = try kind.backend().connect(to: address, mode: .nonblocking)
        let waiting = Worker { try extra.establish(timeout: patience) }
        try waiting.waitUntilBlocked()
        listener.close()
        let error = try waiting.failure()
        #expect(error.kind == .connectionRefused)
        #expect(error.errno == ECONNREFUSED)
        #expect(error.address == "\(address)")
        #expect(failure { try extra.establish() }?.kind == .connectionRefused, "it is latched")
        _ = queued
    }

    @Test("N10: closing a connection that waits for a full Unix queue ends the wait")
    func closingWaiter() throws {
        let kind = UnixStreams()
        let (listener, queued) = try kind.fullListener()
        let extra = try kind.backend().connect(to: listener.localAddress, mode: .nonblocking)
        let waiting = Worker { try extra.establish(timeout: patience) }
        try waiting.waitUntilBlocked()
        extra.close()
        #expect(try waiting.failure().kind == .closed)
        _ = queued
    }

    private func family<K: StreamKind>(of kind: K) -> K.Family.Type { K.Family.self }
}

extension SocketBackend {
    /// A backend with the usual defaults, of a family that is given as a value.
    fileprivate init(_ family: Family.Type) { self.init() }
}
