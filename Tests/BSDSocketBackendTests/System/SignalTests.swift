import BSDSocketBackend
import Glibc
import Testing
import TransportCore

/// Signals: none are raised, none are changed, and interruptions are not felt.
@Suite("Signals")
struct SignalTests {
    @Test("complaint 29, 30, 69, I-07, M22: sending to a peer that has gone is an error, with SIGPIPE at its default")
    func brokenPipe() async {
        await #expect(processExitsWith: .success) { try brokenPipeInItsOwnProcess() }
    }

    @Test("complaint 30: the process's signal handling is left alone")
    func dispositions() async {
        await #expect(processExitsWith: .success) { try await dispositionsInItsOwnProcess() }
    }

    @Test("complaint 27, 28, I-01, I-04: signals neither fail nor prolong a timed wait", arguments: streamKinds)
    func interruptedTimeouts(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            interruptible()
            let pair = try kind.pair()
            let listener = try kind.listener()
            let endless = [UInt8](repeating: 7, count: 64 << 20)
            let waits: [@Sendable () throws -> Void] = [
                { _ = try pair.server.receive(atMost: 9, timeout: .milliseconds(200)) },
                { _ = try listener.accept(timeout: .milliseconds(200)) },
                { try pair.client.sendAll(endless, timeout: .milliseconds(200)) },
            ]
            for wait in waits {
                let start = SystemClock.now
                let worker = Worker(wait)
                while !worker.isDone {
                    worker.signal(SIGUSR2)
                    usleep(500)  // a pause between two signals, not a wait for something
                }
                #expect(try worker.failure().kind == .timedOut)
                let time = SystemClock.now - start
                #expect(time >= 200_000_000 && time < patience.inNanoseconds)
            }
        }
        try run(kind)
    }

    @Test("complaint 28, I-01: signals do not fail a blocking receive or accept", arguments: streamKinds)
    func interruptedBlocking(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            interruptible()
            let listener = try kind.listener()
            listener.mode = .blocking
            let accepting = Worker { try listener.accept() }
            try accepting.waitUntilBlocked()
            for _ in 0..<20 { accepting.signal(SIGUSR2) }
            let client = try kind.backend().connect(to: listener.localAddress)
            let server = try accepting.value()
            server.mode = .blocking
            let reader = Worker { try server.receiveExactly(4) }
            try reader.waitUntilBlocked()
            for byte in "data".utf8 {
                for _ in 0..<20 { reader.signal(SIGUSR2) }
                try client.sendAll([byte])
            }
            #expect(try reader.value() == "data".bytes)
        }
        try run(kind)
    }

    @Test("I-03, I-05: signals in the middle of a large send neither lose nor repeat bytes", arguments: streamKinds)
    func interruptedSend(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            interruptible()
            let pair = try kind.narrowPair()
            pair.client.mode = .blocking
            let bytes = patternBytes(1 << 20)
            let sender = Worker {
                try pair.client.sendAll(bytes)
                pair.client.close()
            }
            try sender.waitUntilBlocked()
            var received: [UInt8] = []
            while let part = try pair.server.receive(atMost: 4096) {
                sender.signal(SIGUSR2)
                received += part
            }
            try sender.value()
            #expect(received == bytes)
        }
        try run(kind)
    }

    @Test(
        "71: a signal in the middle of a blocking connect is finished by waiting, not by a second connect",
        arguments: tcpKinds)
    func interruptedConnect(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            interruptible()
            let (listener, queued) = try kind.fullListener()
            let address = try listener.localAddress
            let script = SyscallScript()
            let backend = try kind.backend(Syscalls(script: script))
            let connecting = Worker { try backend.connect(to: address, mode: .blocking) }
            try connecting.waitUntilBlocked()
            for _ in 0..<20 { connecting.signal(SIGUSR2) }
            for _ in queued { _ = try listener.accept() }
            let client = try connecting.value()
            #expect(script.count(of: .connect) == 1)
            #expect(fcntl(client.descriptor, F_GETFL) & O_NONBLOCK == 0)
            try client.sendAll("x")
            #expect(try listener.accept(timeout: patience).receive(atMost: 9) == "x".bytes)
        }
        try run(kind)
    }

    @Test("71: a signal in the middle of a blocking connect of a Unix stream does not make it look connected")
    func interruptedUnixConnect() throws {
        interruptible()
        let kind = UnixStreams()
        let (listener, queued) = try kind.fullListener()
        let address = try listener.localAddress
        let connecting = Worker { try SocketBackend<Unix>().connect(to: address) }
        try connecting.waitUntilBlocked()
        // Until it has been felt, or has been shrugged off.
        for _ in 0..<200 where !connecting.isDone {
            connecting.signal(SIGUSR2)
            usleep(100)
        }
        for _ in queued { _ = try listener.accept() }
        let client = try connecting.value()
        try client.sendAll("x", timeout: patience)
        #expect(try listener.accept(timeout: patience).receive(atMost: 9) == "x".bytes)
    }

    @Test("I-06: waiting for several sockets at once goes on after a signal, with the time that is left")
    func interruptedPolling() throws {
        interruptible()
        let pair = try TCPv4().pair()
        let (one, other) = (pair.client, pair.server)
        let start = SystemClock.now
        let end = Deadline.at(one.transport.now.advanced(by: .milliseconds(200)))
        let worker = Worker {
            let waits = [(source: one.transport, need: Need.readable), (other.transport, .readable)]
            return try SocketTransport<IPv4>.wait(forAny: waits, until: end)
        }
        while !worker.isDone {
            worker.signal(SIGUSR2)
            usleep(500)  // a pause between two signals, not a wait for something
        }
        #expect(try !worker.value())
        let time = SystemClock.now - start
        #expect(time >= 200_000_000 && time < patience.inNanoseconds)
    }

    @Test("I-02, I-06, complaint 27: a storm of forced interruptions is not felt by any call", arguments: streamKinds)
    func storm(_ kind: any StreamKind) throws {
        func run(_ kind: some StreamKind) throws {
            let script = SyscallScript()
            for call in SyscallScript.Call.allCases where call != .connect {
                for _ in 0..<50 { script.on(call, .fail(EINTR)) }
            }
            let calls = Syscalls(script: script)
            let listener = try kind.listener(syscalls: calls)
            let client = try kind.backend(calls).connect(to: listener.localAddress)
            let server = try listener.accept(timeout: patience)
            try client.sendAll("x")
            try client.sendAll(gathering: [[1], [2]])
            #expect(try server.receiveExactly(3) == [120, 1, 2])
            try client.setOption(.keepAlive, to: true)
            #expect(try client.option(.keepAlive))
            #expect(try client.localAddress == client.localAddress)
            try client.shutdownWrite()
            #expect(try server.receive(atMost: 9) == nil)
        }
        try run(kind)
    }

    /// Gives SIGUSR2 a handler that does nothing and does not have system calls restarted.
    private func interruptible() {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in }
        sigaction(SIGUSR2, &action, nil)
    }
}

private func brokenPipeInItsOwnProcess() throws {
    signal(SIGPIPE, SIG_DFL)
    for kind in streamKinds {
        func run(_ kind: some StreamKind) throws {
            for reset in [false, true] {
                let pair = try kind.pair()
                if reset { pair.server.abort() } else { pair.server.close() }
                let error = try pair.client.sendUntilFailure()
                #expect(error.kind == .brokenPipe || error.kind == .connectionReset)
                // The latch of the connection is out of the way here: the system is asked each time.
                for _ in 0..<3 {
                    let bytes: [UInt8] = [1]
                    _ = try? pair.client.transport.trySend(bytes.span.bytes)
                    _ = try? pair.client.transport.send(bytes.span.bytes, until: .never)
                    bytes.withUnsafeBytes { memory in
                        _ = try? pair.client.transport.trySend(gathering: [ByteSegment(memory)].span)
                    }
                }
                let ended = try kind.pair()
                try ended.client.shutdownWrite()
                let bytes: [UInt8] = [1]
                #expect(failure { try ended.client.transport.trySend(bytes.span.bytes) }?.kind == .brokenPipe)
            }
        }
        try run(kind)
    }
    let peer = try SocketBackend<Unix>().datagramSocket(boundTo: .unnamed)
    let socket = try SocketBackend<Unix>().datagramSocket(connectedTo: peer.localAddress)
    peer.close()
    for _ in 0..<3 { _ = try? socket.send("x".utf8) }
}

private func dispositionsInItsOwnProcess() async throws {
    func dispositions() -> [UInt] {
        (1..<32).filter { $0 != SIGKILL && $0 != SIGSTOP }.map { number in
            var action = sigaction()
            sigaction(number, nil, &action)
            return UInt(bitPattern: unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self))
        }
    }
    signal(SIGPIPE, SIG_DFL)
    let before = dispositions()
    let pair = try TCPv4().pair()
    let waiting = Task { try await pair.server.transport.ready(for: .readable) }
    try await pair.client.sendAll("x")
    try await waiting.value
    _ = try await SystemResolver().resolve(
        ResolverQuery(host: "localhost", service: .port(1)), until: .never)
    pair.client.abort()
    _ = try pair.server.sendUntilFailure()
    #expect(dispositions() == before)
}
