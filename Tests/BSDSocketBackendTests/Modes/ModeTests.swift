import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// The three modes, on sockets of the system.
@Suite("Modes of real sockets", .ownThread)
struct ModeTests {
    @Test(
        "N01, N02, M26, F-01, G-04: what is made is blocking unless the backend says otherwise", arguments: streamKinds)
    func firstMode(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let listener = try SocketBackend<IPv4>().listen(on: .loopback(port: 0))
            let client = try SocketBackend<IPv4>().connect(to: listener.localAddress)
            #expect(listener.mode == .blocking)
            #expect(client.mode == .blocking)
            #expect(try listener.accept().mode == .blocking)
            let pair = try kind.pair()
            #expect(try pair.client.mode == .timeout(patience), "the backend's default is for what it makes")
            #expect(try pair.server.mode == .timeout(patience))
        }
        try run(kind)
    }

    @Test("A16, M26, M29, F-03: the last mode that was set counts")
    func modeSequence() throws {
        let (end, _) = try SocketBackend<Unix>().connectedPair()
        #expect(end.mode.timeout == nil)
        end.mode = try .timeout(.seconds(10))
        #expect(end.mode.timeout == .seconds(10))
        end.mode = .nonblocking
        #expect(end.mode.timeout == .zero)
        end.mode = .blocking
        #expect(end.mode.timeout == nil)
        end.mode = try IOMode(timeoutInSeconds: 7.345)
        #expect(end.mode.timeout == .milliseconds(7345))
        end.mode = try .timeout(.zero)
        #expect(end.mode == .nonblocking)
    }

    @Test("M28, F-02, 86: timeouts that cannot be are refused and change nothing")
    func badTimeouts() throws {
        let (end, other) = try SocketBackend<Unix>().connectedPair()
        try other.sendAll("x")
        for seconds in [-1, -0.001, Double.nan, .infinity, 1e20] {
            #expect(failure { try IOMode(timeoutInSeconds: seconds) }?.kind == .invalidArgument)
        }
        #expect(failure { try IOMode.timeout(.seconds(-1)) }?.kind == .invalidArgument)
        #expect(failure { try end.receive(atMost: 1, timeout: .seconds(-1)) }?.kind == .invalidArgument)
        #expect(failure { try end.receive(atMost: 1, timeout: .seconds(Int64.max)) }?.kind == .invalidArgument)
        #expect(try end.receive(atMost: 9) == "x".bytes)
        #expect(end.mode == .blocking)
    }

    @Test("N03: a blocking receive waits for a late sender", arguments: streamKinds)
    func blockingReceive(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            pair.server.mode = .blocking
            let reader = Worker { try pair.server.receive(atMost: 9) }
            try reader.waitUntilBlocked()
            try pair.client.sendAll("late")
            #expect(try reader.value() == "late".bytes)
        }
        try run(kind)
    }

    @Test(
        "N04, M27, F-09: in nonblocking mode there is nothing now, which is neither a timeout nor the end",
        arguments: streamKinds)
    func nothingNow(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            pair.server.mode = .nonblocking
            let error = failure { try pair.server.receive(atMost: 9) }
            #expect(error?.kind == .wouldBlock)
            #expect(error?.errno == EAGAIN)
            #expect(error?.aftermath == .usable)
            #expect(failure { try pair.client.receive(atMost: 9, timeout: .zero) }?.kind == .wouldBlock)
            try pair.client.sendAll("now")
            try pair.server.waitForInput()
            #expect(try pair.server.receive(atMost: 9) == "now".bytes)
            pair.client.close()
            try pair.server.waitForInput()
            #expect(try pair.server.receive(atMost: 9) == nil, "complaint 47: and the end is the end")
        }
        try run(kind)
    }

    @Test("M22, G-07: a nonblocking send takes a part, and then nothing", arguments: streamKinds)
    func partialSend(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.narrowPair(65536)
            pair.client.mode = .nonblocking
            let bytes = [UInt8](repeating: 7, count: 10 << 20)
            let first = try pair.client.send(bytes)
            #expect(first > 0 && first < bytes.count)
            let rest = try pair.client.fill()
            let error = failure { try pair.client.send("x".utf8) }
            #expect(error?.kind == .wouldBlock)
            #expect(error?.errno == EAGAIN)
            pair.client.close()
            #expect(try pair.server.receiveToEnd().count == first + rest)
        }
        try run(kind)
    }

    @Test("M23: a sendAll that stops says how much was taken, and the rest can follow", arguments: streamKinds)
    func resumedSend(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            let bytes = patternBytes(10 << 20)
            let stopped = failure { try pair.client.sendAll(bytes, timeout: .zero) }
            #expect(stopped?.kind == .wouldBlock)
            let sent = try #require(stopped?.bytesTransferred)
            #expect(sent > 0 && sent < bytes.count)
            let timed = failure { try pair.client.sendAll(bytes[sent...], timeout: .milliseconds(20)) }
            #expect(timed?.kind == .timedOut)
            let total = sent + (timed?.bytesTransferred ?? 0)
            let sender = Worker {
                try pair.client.sendAll(bytes[total...])
                pair.client.close()
            }
            #expect(try pair.server.receiveToEnd() == bytes)
            try sender.value()
        }
        try run(kind)
    }

    @Test(
        "N08, G-08: somebody who makes the shared descriptor nonblocking does not disturb blocking mode",
        arguments: streamKinds)
    func sharedFlags(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            pair.server.mode = .blocking
            pair.client.mode = .blocking
            for end in [pair.client, pair.server] {
                #expect(fcntl(end.descriptor, F_SETFL, O_RDWR | O_NONBLOCK) == 0)
            }
            let reader = Worker { try pair.server.receive(atMost: 9) }
            try reader.waitUntilBlocked()
            try pair.client.sendAll("late")
            #expect(try reader.value() == "late".bytes)
            _ = try pair.client.fill()
            // More than one byte: TCP may have found some room meanwhile.
            let sender = Worker { try pair.client.sendAll(patternBytes(1 << 20)) }
            try sender.waitUntilBlocked()
            pair.client.mode = .nonblocking
            while !sender.isDone { _ = try? pair.server.receive(atMost: 65536, timeout: .milliseconds(10)) }
            try sender.value()
        }
        try run(kind)
    }

    @Test("N06, N08, G-01: the library's own modes leave the descriptor as it is", arguments: streamKinds)
    func ownFlags(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            for mode in [IOMode.nonblocking, .blocking, try .timeout(.seconds(1))] {
                pair.server.mode = mode
                _ = try? pair.server.receive(atMost: 1, timeout: .zero)
                #expect(fcntl(pair.server.descriptor, F_GETFL) & O_NONBLOCK == 0)
                #expect(fcntl(pair.client.descriptor, F_GETFL) & O_NONBLOCK == 0)
            }
        }
        try run(kind)
    }

    @Test(
        "F-10, G-02: an accepted connection does not inherit the listener's mode or its O_NONBLOCK",
        arguments: streamKinds)
    func acceptedMode(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let listener = try kind.listener()
            listener.mode = .nonblocking
            #expect(failure { try listener.accept() }?.kind == .wouldBlock)
            let client = try kind.backend().connect(to: listener.localAddress)
            #expect(try listener.waitForConnection(timeout: patience))
            let accepted = try listener.accept()
            #expect(try accepted.mode == .timeout(patience))
            #expect(fcntl(accepted.descriptor, F_GETFL) & O_NONBLOCK == 0)
            try client.sendAll("x")
            #expect(try accepted.receive(atMost: 9) == "x".bytes)
        }
        try run(kind)
    }
}
