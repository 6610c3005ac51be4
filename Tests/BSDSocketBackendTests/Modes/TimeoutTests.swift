import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// Timeouts and deadlines, on sockets of the system. Lower bounds are exact, upper ones generous.
@Suite("Timeouts of real sockets", .ownThread)
struct TimeoutTests {
    /// Checks that something times out, not before its time and not for ever.
    private func expectTimeout(
        _ operation: TransportError.Operation, after timeout: Duration = .milliseconds(50),
        sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
    ) {
        var error: TransportError?
        let time = elapsed { error = failure(sourceLocation: sourceLocation, of: body) }
        #expect(error?.kind == .timedOut, sourceLocation: sourceLocation)
        #expect(error?.operation == operation, sourceLocation: sourceLocation)
        #expect(error?.errno == nil, "the kernel had no part in it", sourceLocation: sourceLocation)
        #expect(time >= timeout, sourceLocation: sourceLocation)
        #expect(time < timeout + .seconds(5), sourceLocation: sourceLocation)
    }

    @Test("E04, N05, F-05: accepting times out, and the listener goes on", arguments: streamKinds)
    func accept(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let listener = try kind.listener()
            expectTimeout(.accept) { _ = try listener.accept(timeout: .milliseconds(50)) }
            listener.mode = try .timeout(.milliseconds(50))
            expectTimeout(.accept) { _ = try listener.accept() }
            #expect(try !listener.waitForConnection(timeout: .milliseconds(5)))
            let client = try kind.backend().connect(to: listener.localAddress)
            try listener.accept(timeout: patience).sendAll("x")
            #expect(try client.receive(atMost: 9) == "x".bytes)
        }
        try run(kind)
    }

    @Test("E04, N05, F-06, F-12: receiving times out, and what comes later is intact", arguments: streamKinds)
    func receive(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            expectTimeout(.receive) { _ = try pair.server.receive(atMost: 9, timeout: .milliseconds(50)) }
            pair.server.mode = try .timeout(.milliseconds(50))
            expectTimeout(.receive) { _ = try pair.server.receive(atMost: 9) }
            expectTimeout(.receive) {
                _ = try pair.server.receive(
                    atMost: 9, deadline: pair.server.transport.deadline(after: .milliseconds(50)))
            }
            try pair.client.sendAll("later")
            #expect(try pair.server.receive(atMost: 9, timeout: patience) == "later".bytes)
        }
        try run(kind)
    }

    @Test(
        "N05, F-07, 98: sending to a peer that does not read times out and takes no more memory", arguments: streamKinds
    )
    func send(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.narrowPair(65536)
            let bytes = [UInt8](repeating: 7, count: 16 << 20)
            expectTimeout(.send) { try pair.client.sendAll(bytes, timeout: .milliseconds(50)) }
            expectTimeout(.send) { try pair.client.sendAll(gathering: [[1], bytes], timeout: .milliseconds(50)) }
            // TCP may find room for a little more now and then; the last try finds none.
            for part in [[7], bytes] {
                var time = Duration.zero
                let error = try #require(
                    (0..<1000).lazy.compactMap { _ -> TransportError? in
                        var error: TransportError?
                        time = elapsed {
                            do throws(TransportError) {
                                _ = try pair.client.send(part, timeout: .milliseconds(50))
                            } catch let failure {
                                error = failure
                            }
                        }
                        return error
                    }.first)
                #expect(error.kind == .timedOut && error.bytesTransferred == 0)
                #expect(time >= .milliseconds(50) && time < patience)
            }
        }
        try run(kind)
    }

    @Test("F-13: progress does not renew the deadline of a sendAll", arguments: streamKinds)
    func progressWhileSending(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.narrowPair()
            let reader = Worker {
                var total = 0
                while let bytes = try pair.server.receive(atMost: 512) {
                    total += bytes.count
                    _ = try? pair.server.send([1], timeout: .milliseconds(2))  // slows the reader down
                }
                return total
            }
            let bytes = [UInt8](repeating: 7, count: 256 << 20)
            var sent = 0
            let time = elapsed {
                let error = failure { try pair.client.sendAll(bytes, timeout: .milliseconds(300)) }
                #expect(error?.kind == .timedOut)
                sent = error?.bytesTransferred ?? 0
            }
            #expect(time >= .milliseconds(300) && time < patience)
            #expect(sent > 4096, "there was progress")
            try pair.client.shutdownWrite()
            #expect(try reader.value(within: .seconds(60)) == sent, "the count in the error is exact")
        }
        try run(kind)
    }

    @Test("F-13: progress does not renew the deadline of a receiveExactly", arguments: streamKinds)
    func progressWhileReceiving(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            let isOver = Flag()
            let dripping = Worker {
                // One byte each time the peer would have been waiting for 5 ms, until it has given up.
                while !isOver.isSet {
                    try pair.client.sendAll([7])
                    _ = try pair.client.wait(for: .readable, timeout: .milliseconds(5))
                }
            }
            // The time begins when there is progress, whenever the thread begins.
            try pair.server.waitForInput()
            let time = elapsed {
                let error = failure { try pair.server.receiveExactly(1 << 20, timeout: .milliseconds(200)) }
                #expect(error?.kind == .timedOut)
                #expect(error?.partialData.isEmpty == false)
                #expect(error?.partialData.count == error?.bytesTransferred)
            }
            #expect(time >= .milliseconds(200) && time < patience)
            isOver.set()
            try dripping.value()
        }
        try run(kind)
    }

    @Test("F-08, N09, 85: connecting to a full TCP queue times out and leaves nothing open", arguments: tcpKinds)
    func connect(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let (listener, queued) = try kind.fullListener()
            let address = try listener.localAddress
            var error: TransportError?
            let time = elapsed {
                error = failure { try kind.backend().connect(to: address, timeout: .milliseconds(100)) }
            }
            #expect(error?.kind == .timedOut)
            #expect(error?.operation == .connect)
            #expect(error?.address == "\(address)")
            #expect(time >= .milliseconds(100) && time < patience)
            #expect(!queued.isEmpty)
        }
        try run(kind)
    }

    @Test("86: the longest timeouts do not overflow, and data still comes at once", arguments: streamKinds)
    func longestTimeouts(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let listener = try kind.listener()
            let longest = Duration.nanoseconds(Int64.max)
            for timeout in [longest, .seconds(Int64(Int32.max)), .milliseconds(Int64(Int32.max) + 1)] {
                let accepting = Worker { try listener.accept(timeout: timeout) }
                try accepting.waitUntilBlocked()
                let client = try kind.backend().connect(to: listener.localAddress, timeout: timeout)
                let server = try accepting.value()
                let reader = Worker { try server.receive(atMost: 9, timeout: timeout) }
                try reader.waitUntilBlocked()
                try client.sendAll("x", timeout: timeout)
                #expect(try reader.value() == "x".bytes)
                #expect(try client.wait(for: .writable, timeout: timeout))
            }
        }
        try run(kind)
    }

    @Test("a deadline that has passed comes before everything, and nothing is taken", arguments: streamKinds)
    func passedDeadline(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            try pair.client.sendAll("x")
            try pair.server.waitForInput()
            #expect(failure { try pair.server.receive(atMost: 9, deadline: .passed) }?.kind == .timedOut)
            #expect(failure { try pair.client.sendAll("y", deadline: .passed) }?.kind == .timedOut)
            #expect(try pair.server.receive(atMost: 9) == "x".bytes)
            pair.client.close()
            #expect(try pair.server.receive(atMost: 9) == nil)
        }
        try run(kind)
    }

    @Test("complaint 3: where timeout and deadline are both given, the earlier one counts", arguments: streamKinds)
    func earlier(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            expectTimeout(.receive) {
                _ = try pair.server.receive(
                    atMost: 9, timeout: .seconds(60),
                    deadline: pair.server.transport.deadline(after: .milliseconds(50)))
            }
            expectTimeout(.receive) {
                _ = try pair.server.receive(
                    atMost: 9, timeout: .milliseconds(50),
                    deadline: pair.server.transport.deadline(after: .seconds(60)))
            }
        }
        try run(kind)
    }

    @Test("G-03: waiting for readiness tells true from false and consumes nothing", arguments: streamKinds)
    func readiness(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let pair = try kind.pair()
            #expect(try !pair.server.wait(for: .readable, timeout: .zero))
            #expect(try !pair.server.wait(for: .readable, timeout: .milliseconds(20)))
            #expect(try pair.server.wait(for: .writable, timeout: .zero))
            #expect(try pair.server.wait(for: [.readable, .writable], timeout: patience))
            try pair.client.sendAll("x")
            #expect(try pair.server.wait(for: .readable, timeout: patience))
            #expect(try pair.server.receive(atMost: 9) == "x".bytes)
        }
        try run(kind)
    }

    @Test("A sleep lasts its time, also when it is interrupted, and none for what has passed")
    func sleep() throws {
        let script = SyscallScript()
        script.on(.poll, .fail(EINTR), .fail(EINTR))
        let backend = SocketBackend<IP>(syscalls: Syscalls(script: script))
        let time = try elapsed { try backend.sleep(for: .milliseconds(50)) }
        #expect(time >= .milliseconds(50))
        #expect(time < patience)
        #expect(script.count(of: .poll) >= 3)
        let noTime = try elapsed {
            try backend.sleep(for: .zero)
            try backend.sleep(until: backend.now)
            try backend.sleep(until: Instant(nanoseconds: .min))
        }
        #expect(noTime < patience)
    }

    @Test("A sleep that the system refuses is an error")
    func refusedSleep() {
        let script = SyscallScript()
        script.on(.poll, .fail(ENOMEM))
        let backend = SocketBackend<IP>(syscalls: Syscalls(script: script))
        let error = failure { try backend.sleep(for: .seconds(3600)) }
        #expect(error?.kind == .outOfResources)
        #expect(error?.operation == .wait)
    }
}
