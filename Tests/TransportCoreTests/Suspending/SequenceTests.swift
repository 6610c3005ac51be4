import TestSupport
import Testing
import TransportCore

/// `for try await` over chunks, connections and datagrams.
@Suite("Sequences", .unlessHung)
struct SequenceTests {
    @Test("chunks come until the end, and nothing is received before it is asked for")
    func chunks() async throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.text("abc"), .text("de"), .end]))
        let chunks = Connection(transport).chunks(atMost: 2)
        #expect(transport.trace.isEmpty)
        var iterator = chunks.makeAsyncIterator()
        #expect(try await iterator.next() == "ab".bytes)
        #expect(transport.trace == [.tryReceive(2)])
        var rest: [String] = []
        for try await chunk in chunks { rest.append(String(decoding: chunk, as: UTF8.self)) }
        #expect(rest == ["c", "de"])
        #expect(try await iterator.next() == nil)
    }

    @Test("chunks: a timeout ends the loop, and the next loop goes on")
    func chunkTimeout() async throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.text("a"), .at(.seconds(5), .text("b")), .end]))
        let chunks = Connection(transport).chunks(atMost: 9, timeout: .seconds(3))
        var received: [UInt8] = []
        do {
            for try await chunk in chunks { received += chunk }
            Issue.record("it came in time")
        } catch {
            #expect(error.kind == .timedOut)
        }
        #expect(transport.clock.elapsed == .seconds(3))
        for try await chunk in chunks { received += chunk }
        #expect(received == "ab".bytes)
    }

    @Test("chunks of no bytes would never end", arguments: [0, -1])
    func noChunks(maximum: Int) async {
        let chunks = Connection(ScriptedTransport()).chunks(atMost: maximum)
        #expect(await caught { for try await _ in chunks {} }?.kind == .invalidArgument)
    }

    @Test("chunks: a close by this end is no end of the stream, and cancelling is told")
    func chunksEnd() async {
        for closing in [true, false] {
            let transport = ScriptedTransport()
            let connection = Connection(transport)
            let task = Task { for try await _ in connection.chunks(atMost: 9) {} }
            #expect(await transport.untilBlocked())
            if closing { connection.close() } else { task.cancel() }
            #expect(await caught(in: task)?.kind == (closing ? .closed : .cancelled))
        }
    }

    @Test("connections come until the listener is closed; other errors are thrown, and the next loop goes on")
    func connections() async throws {
        let (first, second) = (ScriptedTransport(), ScriptedTransport())
        let full = TransportError(.tooManyOpenFiles, operation: .accept)
        let listener = Listener(ScriptedListener([.accept(first), .fail(full), .at(.seconds(1), second)]))
        let seen = Locked<[ScriptedTransport]>([])
        let task = Task {
            var failures: [TransportError] = []
            while true {
                do throws(TransportError) {
                    for try await connection in listener.connections {
                        seen.withLock { $0.append(connection.transport) }
                    }
                    return failures
                } catch {
                    failures.append(error)
                }
            }
        }
        #expect(await listener.transport.untilBlocked())
        listener.close()
        #expect(await task.value.map(\.kind) == [.tooManyOpenFiles])
        #expect(seen.withLock { $0.map(ObjectIdentifier.init) } == [first, second].map(ObjectIdentifier.init))
    }

    @Test("connections end when the listener has stopped accepting and has none left")
    func stopped() async throws {
        let listener = Listener(ScriptedListener([.accept(ScriptedTransport())]))
        try listener.stopAccepting()
        var count = 0
        for try await _ in listener.connections { count += 1 }
        #expect(count == 1)
    }

    @Test("datagrams come until the socket is closed")
    func datagrams() async throws {
        let peer = IP.SocketAddress.v4(.loopback(port: 9))
        let refused = TransportError(.connectionRefused, operation: .receive)
        let socket = DatagramSocket(
            ScriptedDatagrams([.datagram("one".bytes, from: peer), .fail(refused), .datagram([], from: peer)])
        )
        var iterator = socket.datagrams(atMost: 2).makeAsyncIterator()
        let first = try await iterator.next()
        #expect(first?.bytes == "on".bytes)
        #expect(first?.info.isTruncated == true)
        #expect(await caught { try await iterator.next() }?.kind == .connectionRefused)
        let task = Task {
            var sizes: [Int] = []
            for try await (bytes, _) in socket.datagrams(atMost: 9) { sizes.append(bytes.count) }
            return sizes
        }
        #expect(await socket.transport.untilBlocked())
        socket.close()
        #expect(try await task.value == [0])
    }

    @Test("a sequence is used on the main actor")
    @MainActor
    func mainActor() async throws {
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.text("a\nb"), .end])))
        var lines: [String] = []
        for try await line in connection.lines() {
            MainActor.assertIsolated()
            lines.append(line)
        }
        #expect(lines == ["a", "b"])
    }
}
