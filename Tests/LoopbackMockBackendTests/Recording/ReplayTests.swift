import BSDSocketBackend
import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

@Suite("Record and replay")
struct ReplayTests {
    /// A client that asks two questions and tells what it has heard.
    private func client<B: ResolvingBackend>(_ backend: B, host: String, port: UInt16, asks: String = "one\n") throws
        -> [String]
    {
        let connection = try backend.connect(host: host, port: port, families: .v4)
        defer { connection.close() }
        var heard: [String] = []
        for question in [asks, "two\n"] {
            try connection.sendAll(question, timeout: .seconds(10))
            var answer: [UInt8] = []
            while answer.last != UInt8(ascii: "\n") {
                // What comes after a line may come with it.
                guard let bytes = try connection.receive(atMost: 1, timeout: .seconds(10)) else { break }
                answer += bytes
            }
            heard.append(String(answer))
        }
        try connection.shutdownWrite()
        heard.append(String(try connection.receiveAll()))
        return heard
    }

    /// The server that it talks to: echoes lines in capitals, the second one after some time.
    private func serve(_ listener: Listener<some TransportListener>) throws {
        let connection = try listener.accept(timeout: .seconds(30))
        var count = 0
        while let bytes = try connection.receive(atMost: 64, timeout: .seconds(30)) {
            count += 1
            if count == 2 { _ = try connection.wait(for: .readable, timeout: .milliseconds(5)) }
            try connection.sendAll(String(decoding: bytes, as: UTF8.self).uppercased())
        }
        try connection.sendAll("bye")
        connection.close()
    }

    /// A session between two machines of a network, one second each way.
    private func recorded() throws -> Recording {
        let recorder = Recorder()
        let network = LoopbackNetwork()
        _ = try network.serve(on: "server", port: 7) { peer in
            peer.expect("one\n")
            peer.pause(for: .seconds(2))
            peer.send("ONE\n")
            peer.expect("two\n")
            peer.pause(for: .seconds(1))
            peer.send("TWO\n")
            peer.expectEndOfStream()
            peer.send("bye")
        }
        let backend = RecordingBackend(over: network.backend(), recorder: recorder)
        #expect(try client(backend, host: "server", port: 7) == ["ONE\n", "TWO\n", "bye"])
        return recorder.recording
    }

    @Test("WRP-05: a session with real sockets, kept as text, gives the client the same in memory")
    func realSockets() throws {
        let listener = try SocketBackend<IP>().listen(on: .v4(.loopback(port: 0)))
        let server = BackgroundCall { try self.serve(listener) }
        let recorder = Recorder()
        let port = try listener.localAddress.port
        let heard = try client(
            RecordingBackend(over: SocketBackend<IP>(), recorder: recorder), host: "localhost", port: port)
        try server.value()
        listener.close()
        #expect(heard == ["ONE\n", "TWO\n", "bye"])

        let recording = try Recording(recorder.recording.text)
        #expect(recording == recorder.recording)
        #expect(recording.connections.map(\.peer) == ["127.0.0.1:\(port)"])
        #expect(String(recording.connections.first?.bytes(from: .server)) == "ONE\nTWO\nbye")
        let events = try #require(recording.connections.first?.events)
        let second = Recording.Content.bytes(Array("two\n".utf8))
        let question = try #require(events.firstIndex { $0.content == second })
        // As the recorder has it, which saw the question a little after the server perhaps.
        let answer = try #require(events.dropFirst(question + 1).first)
        let pause = answer.time - events[question].time
        for mode in [ReplayMode.strict, .perDirection] {
            let network = LoopbackNetwork()
            let replay = try network.replay(recording, on: "server", port: 7, mode)
            #expect(try client(network.backend(), host: "server", port: 7) == heard)
            try replay.verify()
            // The server took its time, and takes it again.
            #expect(pause > .zero && network.now >= Instant(nanoseconds: 0).advanced(by: pause))
        }
    }

    @Test("WRP-01: a recorded client and server see what others see, and what they do is written down")
    func content() throws {
        let recording = try recorded()
        #expect(
            recording.text == #"""
                swift-transport recording 1

                connection to "10.0.0.1:7"
                0 client "one\n"
                2 server "ONE\n"
                2 client "two\n"
                3 server "TWO\n"
                3 client ends
                3 server "bye"
                3 server ends

                """#
        )
    }

    @Test("Recorded times pass in the network, in both modes and in real no time")
    func times() throws {
        let recording = try recorded()
        for mode in [ReplayMode.strict, .perDirection] {
            let network = LoopbackNetwork()
            _ = try network.replay(recording, on: "server", port: 7, mode)
            #expect(try client(network.backend(), host: "server", port: 7) == ["ONE\n", "TWO\n", "bye"])
            #expect(network.now == Instant(nanoseconds: 3_000_000_000))
        }
    }

    @Test("A replay can be recorded: the same again")
    func again() throws {
        let first = try recorded()
        let network = LoopbackNetwork()
        _ = try network.replay(first, on: "server", port: 7)
        let recorder = Recorder()
        _ = network.host("client")
        _ = try client(
            RecordingBackend(over: network.backend(on: "client"), recorder: recorder), host: "server", port: 7)
        #expect(recorder.recording == first)
    }

    @Test(
        "A client that sends something else is a failure with both in hexadecimal",
        arguments: [ReplayMode.strict, .perDirection])
    func mismatch(_ mode: ReplayMode) throws {
        let network = LoopbackNetwork()
        let replay = try network.replay(try recorded(), on: "server", port: 7, mode)
        _ = caught { try client(network.backend(), host: "server", port: 7, asks: "own\n") }
        let failure = #expect(throws: ScriptFailure.self) { try replay.verify() }
        #expect(failure?.description.contains("byte 1 of the client's stream differs") == true)
        #expect(failure?.description.contains("6f 77 6e 0a") == true)
    }

    @Test("Strict replay holds an answer back until it was asked for; the other mode does not")
    func order() throws {
        for mode in [ReplayMode.strict, .perDirection] {
            let network = LoopbackNetwork()
            _ = try network.replay(try recorded(), on: "server", port: 7, mode)
            let connection = try network.backend().connect(host: "server", port: 7)
            let early = caught { try connection.receiveExactly(8, timeout: .seconds(60)) }
            #expect(early?.kind == (mode == .strict ? .timedOut : nil))
        }
    }

    @Test("Sessions of several connections, half-closed, cut by the client, and reset by the server")
    func endings() throws {
        let events: [[Recording.Event]] = [
            [
                .init(time: .seconds(1), sender: .server, .end), .init(time: .seconds(2), sender: .client, .bytes([7])),
                .init(time: .seconds(2), sender: .client, .end),
            ],
            [.init(time: .zero, sender: .server, .bytes([1, 2])), .init(time: .zero, sender: .client, .reset)],
            [.init(time: .seconds(1), sender: .server, .reset), .init(time: .seconds(1), sender: .client, .end)],
        ]
        for mode in [ReplayMode.strict, .perDirection] {
            let network = LoopbackNetwork()
            let recording = Recording(connections: events.map { .init(peer: "", events: $0) })
            let replay = try network.replay(recording, on: "server", port: 7, mode)
            let backend = network.backend()
            let first = try backend.connect(host: "server", port: 7)
            #expect(try first.receive(atMost: 1) == nil)
            try first.sendAll([7])
            first.close()
            let second = try backend.connect(host: "server", port: 7)
            _ = try second.receive(atMost: 1)
            second.abort()
            let third = try backend.connect(host: "server", port: 7)
            #expect(caught { try third.receive(atMost: 1) }?.kind == .connectionReset)
            third.close()
            try replay.verify()
            #expect(caught { try backend.connect(host: "server", port: 7) }?.kind == .connectionRefused)
        }
    }

    @Test("Resets and cuts are recorded, vectored calls too, and attempts that fail are not")
    func recordingEnds() throws {
        let network = LoopbackNetwork()
        let recorder = Recorder()
        let backend = RecordingBackend(over: network.backend(), recorder: recorder)
        _ = network.host("server")
        _ = caught { try backend.connect(host: "server", port: 7) }
        _ = try network.serve(on: "server", port: 7) { peer in
            peer.expect("abcd")
            peer.send("efgh")
            peer.reset()
        }
        let client = try backend.connect(host: "server", port: 7, families: .v4)
        try client.sendAll(gathering: [Array("ab".utf8), Array("cd".utf8)])
        var arrays: [[UInt8]] = [[0, 0], [0, 0, 0]]
        for _ in 0..<2 { #expect(try client.receive(scatteringInto: &arrays) == 2) }
        _ = caught { try client.receive(atMost: 1) }
        client.abort()
        #expect(
            recorder.recording.text == #"""
                swift-transport recording 1

                connection to "10.0.0.2:7"
                0 client "abcd"
                0 server "efgh"
                0 server resets
                0 client resets

                """#
        )
    }

    @Test("What tasks connect is recorded from the moment when it is connected")
    func tasks() async throws {
        let network = LoopbackNetwork()
        let recorder = Recorder()
        let backend = RecordingBackend(over: network.backend(), recorder: recorder)
        _ = network.host("server")
        _ = await caught { try await backend.connect(host: "server", port: 7) }
        _ = try network.serve(on: "server", port: 7) { $0.send("x") }
        let client = try await backend.connect(host: "server", port: 7)
        #expect(try await client.receive(atMost: 1) == [UInt8(ascii: "x")])
        client.close()
        #expect(recorder.recording.connections.map(\.events.count) == [2])
    }

    @Test("What a listener of a recording backend accepts is recorded from its own end")
    func listening() throws {
        let network = LoopbackNetwork()
        let recorder = Recorder()
        let listener = try RecordingBackend(over: network.backend(on: "server"), recorder: recorder).listen(port: 7)
        let client = try network.backend().connect(host: "server", port: 7, families: .v4)
        let server = try listener.accept()
        try server.sendAll("hello")
        client.close()
        server.close()
        listener.close()
        #expect(String(recorder.recording.connections.first?.bytes(from: .client)) == "hello")
        #expect(network.hygiene.map(\.kind) == [.unreadBytes])
    }

    @Test(
        "WRP-01: whatever happens on a stream, a recording layer changes nothing",
        arguments: StreamScript.corpus.indices)
    func invisible(_ index: Int) throws {
        func trace(_ backend: some Backend<IPv4>) throws -> [String] {
            let listener = try backend.listen(on: .loopback(port: 0))
            let first = try backend.connect(to: try listener.localAddress)
            let second = try listener.accept()
            var player = StreamPlayer(first.transport, second.transport)
            defer { withExtendedLifetime((first, second)) {} }
            return player.trace(of: StreamScript.corpus[index])
        }
        let bare = try trace(LoopbackNetwork().backend(for: IPv4.self))
        #expect(
            try trace(RecordingBackend(over: LoopbackNetwork().backend(for: IPv4.self), recorder: Recorder())) == bare)
    }
}
