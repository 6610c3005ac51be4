import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// Connections that are cut, and what each end is told.
@Suite("Resets", .ownThread)
struct ResetTests {
    @Test(
        "83, K-05, M5 of the kernel: aborting is a reset for the peer over TCP, and an end over a Unix stream",
        arguments: streamKinds)
    func abort(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            pair.client.abort()
            #expect(pair.client.isClosed)
            #expect(failure { try pair.client.send("x".utf8) }?.kind == .closed)
            #expect(pair.client.facts.contains(.abortIsVisible) == kind.isTCP)
            guard kind.isTCP else {
                #expect(try pair.server.receive(atMost: 9) == nil)
                return
            }
            let error = failure { try pair.server.receive(atMost: 9) }
            #expect(error?.kind == .connectionReset)
            #expect(error?.errno == ECONNRESET)
            #expect(error?.aftermath == .dead)
        }
        try run(kind)
    }

    @Test(
        "M1 of the kernel, complaint 46: a reset is told each time, never once and then as the end", arguments: tcpKinds
    )
    func latched(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            pair.client.abort()
            try pair.server.waitForInput()
            for _ in 0..<3 {
                #expect(failure { try pair.server.receive(atMost: 9) }?.kind == .connectionReset)
                #expect(failure { try pair.server.receiveExactly(9) }?.kind == .connectionReset)
            }
            let sending = failure { try pair.server.send("x".utf8) }
            #expect(sending?.kind == .connectionReset, "the sender is told the same")
        }
        try run(kind)
    }

    @Test(
        "M1 of the kernel: when the sender was told of the reset, the receiver is told too, after the data",
        arguments: tcpKinds)
    func senderFirst(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            pair.client.abort()
            try pair.server.waitForInput()
            let sending = failure { try pair.server.send("x".utf8) }
            #expect(sending?.kind == .connectionReset)
            for _ in 0..<3 {
                #expect(failure { try pair.server.receive(atMost: 9) }?.kind == .connectionReset)
            }
        }
        try run(kind)
    }

    @Test(
        "M05, M2 of the kernel, K-05: closing with unread bytes gives the peer what it has, then a reset",
        arguments: streamKinds)
    func unreadData(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            try pair.client.sendAll("never read")
            try pair.server.waitForInput()
            try pair.server.sendAll("there")
            try pair.client.waitForInput()
            pair.server.close()
            #expect(try pair.client.receive(atMost: 9) == "there".bytes)
            let first = failure { try pair.client.receive(atMost: 9) }
            #expect(first?.kind == .connectionReset)
            for _ in 0..<2 { #expect(failure { try pair.client.receive(atMost: 9) }?.kind == .connectionReset) }
        }
        try run(kind)
    }

    @Test("M2 of the kernel: bytes that came before a Unix peer closed with unread data are not lost")
    func unreadDataAfterReply() throws {
        let pair = try UnixStreams().pair()
        try pair.client.sendAll("never read")
        try pair.server.sendAll("reply")
        pair.server.close()
        #expect(try pair.client.receiveExactly(5) == "reply".bytes)
        #expect(failure { try pair.client.receive(atMost: 9) }?.kind == .connectionReset)
        #expect(failure { try pair.client.receive(atMost: 9) }?.kind == .connectionReset)
    }

    @Test("a reset in the middle of receiveExactly keeps what had come", arguments: tcpKinds)
    func partial(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            let reader = Worker { try pair.server.receiveExactly(100) }
            try pair.client.sendAll("abc")
            try reader.waitUntilBlocked()
            // The three bytes must be out of the kernel before the reset discards what is there.
            try eventually("the reader has the bytes") { try !pair.server.wait(for: .readable, timeout: .zero) }
            pair.client.abort()
            let error = try reader.failure()
            #expect(error.kind == .connectionReset)
            #expect(error.bytesTransferred == 3)
            #expect(error.partialData == "abc".bytes)
        }
        try run(kind)
    }

    @Test("83: a linger time of zero makes closing cut the connection", arguments: tcpKinds)
    func lingerZero(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            try pair.client.setOption(.linger, to: .zero)
            pair.client.close()
            #expect(failure { try pair.server.receive(atMost: 9) }?.kind == .connectionReset)
        }
        try run(kind)
    }

    @Test(
        "83: aborting while this end's receive is blocked is a reset for the peer too, not an end", arguments: tcpKinds)
    func abortWithReader(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            pair.client.mode = .blocking
            pair.server.mode = .blocking
            let reader = Worker { try pair.client.receive(atMost: 9) }
            let peer = Worker { try pair.server.receive(atMost: 9) }
            try reader.waitUntilBlocked()
            try peer.waitUntilBlocked()
            pair.client.abort()
            #expect(try reader.failure().kind == .closed)
            #expect(try peer.failure().kind == .connectionReset)
        }
        try run(kind)
    }

    @Test("aborting drops what the peer has not got yet", arguments: tcpKinds)
    func dropsQueue(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.narrowPair()
            _ = try pair.client.fill()
            pair.client.abort()
            let error = failure { try pair.server.receiveToEnd() }
            #expect(error?.kind == .connectionReset)
        }
        try run(kind)
    }

    @Test(
        "M12 of the kernel: a client that has cut the connection before it was accepted is accepted, with its address",
        arguments: tcpKinds)
    func resetInQueue(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let listener = try kind.listener()
            let client = try kind.backend().connect(to: listener.localAddress)
            let address = try client.localAddress
            client.abort()
            let accepted = try listener.accept()
            #expect(try accepted.remoteAddress == address)
            #expect(failure { try accepted.receive(atMost: 9) }?.kind == .connectionReset)
        }
        try run(kind)
    }

    @Test(
        "99: a connection that the system gives up is told by its own kind, and stays so",
        arguments: [
            (ETIMEDOUT, TransportError.Kind.peerUnresponsive), (EHOSTUNREACH, .hostUnreachable),
            (ENETUNREACH, .networkUnreachable), (ECONNABORTED, .connectionAborted), (ECONNRESET, .connectionReset),
        ])
    func lost(_ code: Int32, _ kind: TransportError.Kind) throws {
        let script = SyscallScript()
        let pair = try TCPv4().pair(clientCalls: Syscalls(script: script))
        // Something is there, so that the call is made.
        try pair.server.sendAll("x")
        try pair.client.waitForInput()
        script.on(.receive, .fail(code))
        for _ in 0..<2 {
            let error = failure { try pair.client.receive(atMost: 9) }
            #expect(error?.kind == kind)
            #expect(error?.errno == code)
        }
        #expect(failure { try pair.client.send("x".utf8) }?.kind == kind)
    }
}
