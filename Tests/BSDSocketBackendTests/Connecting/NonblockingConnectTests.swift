import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// Connecting that does not wait, and its result.
@Suite("Nonblocking connects", .ownThread)
struct NonblockingConnectTests {
    @Test(
        "M09, G-05, complaint 49: a connect is begun, and goes on to its success, which stays", arguments: streamKinds)
    func success(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let listener = try kind.listener()
            let client = try kind.backend().connect(to: listener.localAddress, mode: .nonblocking)
            try client.establish(timeout: patience)
            for _ in 0..<3 { try client.establish() }
            #expect(client.mode == .nonblocking)
            #expect(try client.remoteAddress == listener.localAddress)
            #expect(fcntl(client.descriptor, F_GETFL) & O_NONBLOCK == 0)
            let server = try listener.accept()
            try client.sendAll("x")
            #expect(try server.receive(atMost: 9) == "x".bytes)
        }
        try run(kind)
    }

    @Test(
        "complaint 49: asking again and again while it is under way is harmless, and writability ends it",
        arguments: tcpKinds)
    func repeated(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let listener = try kind.listener()
            let script = SyscallScript()
            let client = try kind.backend(Syscalls(script: script))
                .connect(to: listener.localAddress, mode: .nonblocking)
            try eventually("the connect ends") {
                do throws(TransportError) {
                    try client.establish()
                    return true
                } catch {
                    guard error.kind == .wouldBlock else { throw error }
                    return false
                }
            }
            #expect(script.count(of: .connect) == 1, "the system is asked to connect once")
            try client.sendAll("x")
        }
        try run(kind)
    }

    @Test("M09, M10 of the kernel: a refusal is told each time, though the system tells it once", arguments: tcpKinds)
    func refusal(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let address = try kind.deadAddress()
            let client = try kind.backend().connect(to: address, mode: .nonblocking)
            let first = failure { try client.establish(timeout: patience) }
            #expect(first?.kind == .connectionRefused)
            #expect(first?.errno == ECONNREFUSED)
            #expect(first?.operation == .connect)
            #expect(first?.address == "\(address)")
            for _ in 0..<3 {
                let again = failure { try client.establish() }
                #expect(again?.kind == .connectionRefused)
                #expect(again?.errno == ECONNREFUSED)
            }
            #expect(failure { try client.send("x".utf8) }?.kind == .connectionRefused, "and by sending")
        }
        try run(kind)
    }

    @Test(
        "complaint 46: receiving on a connection that was refused says so, and never looks like the end",
        arguments: tcpKinds)
    func receiveAfterRefusal(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let client = try kind.backend().connect(to: kind.deadAddress(), mode: .nonblocking)
            _ = failure { try client.establish(timeout: patience) }
            for _ in 0..<3 {
                let error = failure { try client.receive(atMost: 9) }
                #expect(error?.kind == .connectionRefused)
            }
        }
        try run(kind)
    }

    @Test(
        "complaint 49: a refusal that receiving has found first is not forgotten by establishing", arguments: tcpKinds)
    func receiveBeforeEstablish(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let client = try kind.backend().connect(to: kind.deadAddress(), mode: .nonblocking)
            #expect(try client.wait(for: [.readable, .writable], timeout: patience))
            #expect(failure { try client.receive(atMost: 9) }?.kind == .connectionRefused)
            #expect(failure { try client.receive(atMost: 9) }?.kind == .connectionRefused)
            #expect(failure { try client.establish() }?.kind == .connectionRefused)
        }
        try run(kind)
    }

    @Test("N11: what is not connected yet gives and takes nothing, and is not ended by asking", arguments: tcpKinds)
    func early(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let (listener, queued) = try kind.fullListener()
            let client = try kind.backend().connect(to: listener.localAddress, mode: .nonblocking)
            #expect(failure { try client.send("x".utf8) }?.kind == .wouldBlock)
            #expect(failure { try client.receive(atMost: 9) }?.kind == .wouldBlock)
            #expect(failure { try client.remoteAddress }?.kind == .notConnected)
            for _ in queued { _ = try listener.accept() }
            try client.establish(timeout: patience)
            try client.sendAll("x", timeout: patience)
        }
        try run(kind)
    }

    @Test("N11: a Unix stream that is not connected yet gives and takes nothing")
    func earlyUnix() throws {
        let kind = UnixStreams()
        let (listener, queued) = try kind.fullListener()
        let client = try kind.backend().connect(to: listener.localAddress, mode: .nonblocking)
        let expected: [TransportError.Kind] = [.wouldBlock, .notConnected]
        #expect(expected.contains(try #require(failure { try client.send("x".utf8) }).kind))
        #expect(expected.contains(try #require(failure { try client.receive(atMost: 9) }).kind))
        for _ in queued { _ = try listener.accept() }
        try client.establish(timeout: patience)
        try client.sendAll("x", timeout: patience)
    }

    @Test(
        "ending the sending direction before the connection stands does not make it look established",
        arguments: tcpKinds)
    func earlyShutdown(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let (listener, queued) = try kind.fullListener()
            let client = try kind.backend().connect(to: listener.localAddress, mode: .nonblocking)
            do {
                try client.shutdownWrite()
            } catch {
                // Refusing it is right; then the attempt goes on.
                for _ in queued { _ = try listener.accept() }
                try client.establish(timeout: patience)
                return
            }
            #expect(failure { try client.establish(timeout: .milliseconds(200)) } != nil)
        }
        try run(kind)
    }

    @Test("M03: closing a connect that is under way ends whoever waits for it", arguments: tcpKinds)
    func closing(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let (listener, queued) = try kind.fullListener()
            let client = try kind.backend().connect(to: listener.localAddress, mode: .nonblocking)
            let waiting = Worker { try client.establish(timeout: patience) }
            try waiting.waitUntilBlocked()
            client.close()
            #expect(try waiting.failure().kind == .closed)
            #expect(failure { try client.establish() }?.kind == .closed)
            _ = queued
        }
        try run(kind)
    }
}
