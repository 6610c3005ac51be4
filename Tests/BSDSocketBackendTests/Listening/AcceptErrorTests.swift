import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// What accepting makes of the system's errors.
@Suite("Accept errors", .ownThread)
struct AcceptErrorTests {
    @Test(
        "36 of the anchors, 77: an error of the connection is passed over, and the next one is taken",
        arguments: [
            ECONNABORTED, EPROTO, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH, ENONET, ENOPROTOOPT, EINTR,
            EOPNOTSUPP,
        ])
    func transient(_ code: Int32) throws {
        for mode in [IOMode.blocking, .nonblocking, try .timeout(patience)] {
            let script = SyscallScript()
            let kind = TCPv4()
            let listener = try kind.listener(syscalls: Syscalls(script: script))
            let client = try kind.backend().connect(to: listener.localAddress)
            #expect(try listener.waitForConnection(timeout: patience))
            for _ in 0..<5 { script.on(.accept, .fail(code)) }
            listener.mode = mode
            try listener.accept().sendAll("x")
            #expect(try client.receive(atMost: 9) == "x".bytes)
        }
    }

    @Test(
        "36 of the anchors, 76: a shortage is told at once, and the connection waits",
        arguments: [
            (EMFILE, TransportError.Kind.tooManyOpenFiles), (ENFILE, .tooManyOpenFiles), (ENOBUFS, .outOfResources),
            (ENOMEM, .outOfResources),
        ])
    func shortage(_ code: Int32, _ kind: TransportError.Kind) throws {
        for mode in [IOMode.blocking, .nonblocking, try .timeout(patience)] {
            let script = SyscallScript()
            let listener = try TCPv4().listener(syscalls: Syscalls(script: script))
            listener.mode = mode
            let client = try TCPv4().backend().connect(to: listener.localAddress)
            #expect(try listener.waitForConnection(timeout: patience))
            script.on(.accept, .fail(code))
            let error = failure { try listener.accept() }
            #expect(error?.kind == kind)
            #expect(error?.errno == code)
            #expect(error?.operation == .accept)
            #expect(error?.aftermath == .usable)
            try listener.accept().sendAll("x")
            #expect(try client.receive(atMost: 9) == "x".bytes)
        }
    }

    @Test(
        "36 of the anchors: an error of the listener itself is told each time",
        arguments: [
            (EINVAL, TransportError.Kind.invalidArgument), (EBADF, .invalidState), (ENOTSOCK, .invalidState),
        ])
    func fatal(_ code: Int32, _ kind: TransportError.Kind) throws {
        let script = SyscallScript()
        let listener = try TCPv4().listener(syscalls: Syscalls(script: script))
        script.always(.accept, .fail(code))
        for _ in 0..<2 {
            let error = failure { try listener.accept() }
            #expect(error?.kind == kind)
            #expect(error?.errno == code)
        }
    }

    @Test("complaint 17: a readiness that turns out to be none is waited out, not told", arguments: streamKinds)
    func spurious(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let script = SyscallScript()
            let listener = try kind.listener(syscalls: Syscalls(script: script))
            listener.mode = .blocking
            let client = try kind.backend().connect(to: listener.localAddress)
            for _ in 0..<5 { script.on(.accept, .fail(EAGAIN)) }
            let server = try listener.accept()
            for _ in 0..<5 { script.on(.receive, .fail(EAGAIN)) }
            for _ in 0..<5 { script.on(.send, .fail(EAGAIN)) }
            try client.sendAll("x")
            #expect(try server.receive(atMost: 9, timeout: patience) == "x".bytes)
            try server.sendAll("y", timeout: patience)
            #expect(try client.receive(atMost: 9) == "y".bytes)
        }
        try run(kind)
    }

    @Test("ENOBUFS while sending is told, and does not end the connection", arguments: streamKinds)
    func sendShortage(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let script = SyscallScript()
            let pair = try kind.pair(clientCalls: Syscalls(script: script))
            for code in [ENOBUFS, ENOMEM] {
                script.on(.send, .limit(1), .fail(code))
                let error = failure { try pair.client.sendAll("abc") }
                #expect(error?.kind == .outOfResources)
                #expect(error?.errno == code)
                #expect(error?.bytesTransferred == 1)
                try pair.client.sendAll("bc")
                #expect(try pair.server.receiveExactly(3) == "abc".bytes)
            }
        }
        try run(kind)
    }
}
