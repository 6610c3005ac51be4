import TestSupport
import Testing
import TransportCore

/// Accepting and datagrams in tasks.
@Suite("Listeners and datagram sockets in tasks", .unlessHung)
struct SuspendingListenerTests {
    private let peer = IP.SocketAddress.v4(.loopback(port: 9))

    @Test("accepting suspends until a connection is there")
    func accept() async throws {
        let first = ScriptedTransport()
        let script: [ScriptedListener.Action] = [.at(.seconds(2), first), .at(.seconds(5), ScriptedTransport())]
        let listener = Listener(ScriptedListener(script), connectionMode: .nonblocking)
        let connection = try await listener.accept()
        #expect(connection.transport === first)
        #expect(connection.mode == .nonblocking)
        #expect(listener.transport.clock.elapsed == .seconds(2))
        let error = await caught { try await listener.accept(timeout: .seconds(1)) }
        #expect(error?.kind == .timedOut)
        #expect(error?.operation == .accept)
        #expect(try await !listener.waitForConnection(timeout: .seconds(1)))
        #expect(try await listener.waitForConnection())
        _ = try await listener.accept(timeout: .zero)
        #expect(await caught { try await listener.accept(timeout: .zero) }?.kind == .wouldBlock)
    }

    @Test("closing and cancelling wake a task that accepts, and are observed")
    func woken() async {
        let observer = RecordingObserver()
        for closing in [true, false] {
            let listener = Listener(ScriptedListener(), observer: observer)
            let task = Task { try await listener.accept() }
            #expect(await listener.transport.untilBlocked())
            if closing { listener.close() } else { task.cancel() }
            let error = await caught(in: task)
            #expect(error?.kind == (closing ? .closed : .cancelled))
            #expect(error?.operation == .accept)
        }
        #expect(observer.log.contains("end accept cancelled 0"))
        let early = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try await Listener(ScriptedListener([.accept(ScriptedTransport())])).accept()
        }
        #expect(await caught(in: early)?.kind == .cancelled)
    }

    @Test("datagrams are received and sent in tasks")
    func datagrams() async throws {
        let script: [ScriptedDatagrams.Action] = [
            .datagram("one".bytes, from: peer), .datagram("two".bytes, from: peer), .datagram([], from: peer),
        ]
        let socket = DatagramSocket(ScriptedDatagrams(script))
        let (bytes, info) = try await socket.receive(atMost: 2)
        #expect(bytes == "on".bytes)
        #expect(info == DatagramInfo(byteCount: 2, sender: peer, isTruncated: true))
        var buffer = [UInt8](repeating: 0x2E, count: 4)
        #expect(try await socket.receive(into: &buffer).byteCount == 3)
        #expect(buffer == "two.".bytes)
        #expect(try await socket.receive(atMost: 9).bytes == [])
        let error = await caught { try await socket.receive(atMost: 9, timeout: .seconds(7)) }
        #expect(error?.kind == .timedOut)
        #expect(socket.transport.clock.elapsed == .seconds(7))
        #expect(await caught { try await socket.receive(atMost: -1) }?.kind == .invalidArgument)
        try await socket.send("text", to: peer)
        try await socket.send(repeatElement(0x2E, count: 2), to: peer)
        try await socket.send([])
        #expect(socket.transport.sent == ["text".bytes, "..".bytes, []])
        #expect(try await socket.wait(for: .writable))
    }

    @Test("a datagram socket is busy per direction, and is woken by closing and cancelling")
    func datagramsWoken() async throws {
        for closing in [true, false] {
            let socket = DatagramSocket(ScriptedDatagrams())
            let task = Task { try await socket.receive(atMost: 9) }
            #expect(await socket.transport.untilBlocked())
            #expect(await caught { try await socket.receive(atMost: 9) }?.kind == .busy)
            try await socket.send("x")
            if closing { socket.close() } else { task.cancel() }
            let error = await caught(in: task)
            #expect(error?.kind == (closing ? .closed : .cancelled))
            #expect(error?.operation == .receive)
        }
        let clogged = DatagramSocket(ScriptedDatagrams(isClogged: true))
        #expect(await caught { try await clogged.send("x", timeout: .seconds(1)) }?.kind == .timedOut)
    }
}
