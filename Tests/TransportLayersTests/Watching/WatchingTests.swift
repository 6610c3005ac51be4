import LoopbackMockBackend
import Testing
import TestSupport
import TransportCore
import TransportLayers

@Suite("Counting and tracing")
struct WatchingTests {
    private let network = LoopbackNetwork()

    @Test("Bytes are counted for each stream and for all, and idle time is the network's")
    func counting() throws {
        let total = ByteCounter()
        #expect(total.idleTime(at: network.now) == nil)
        let server = try network.serveConnections { connection in
            while let bytes = try connection.receive(atMost: 100) { try connection.sendAll(bytes) }
        }
        let backend = network.backend().counted(by: total)
        let first = try backend.connect(to: server.address)
        let second = try backend.connect(to: server.address)
        try first.sendAll(gathering: [[1, 2], [3]])
        try second.sendAll("abcd")
        #expect(try first.receiveExactly(3) == [1, 2, 3])
        let own = try #require(first.query(StreamCounter.self))
        #expect([own.totals.received, own.totals.sent, own.totals.receives] == [3, 3, 1])
        #expect(total.totals.sent == 7)
        #expect(total.totals.received == 3)
        try network.sleep(for: .seconds(3))
        #expect(own.idleTime(at: network.now) == .seconds(3))
        try second.sendAll("x")
        #expect(total.idleTime(at: network.now) == .zero)
        #expect(own.idleTime(at: network.now) == .seconds(3))
    }

    @Test("What is printed of a connection has every layer, from the top down")
    func printed() throws {
        let server = try network.serveConnections { _ in }
        let backend = try network.backend().counted(by: ByteCounter()).traced { _ in }.throttled(receiving: 1000)
        let client = try backend.connect(to: server.address)
        #expect(
            "\(client)" == "throttled over traced over counted over in-memory stream \(try client.localAddress) to "
                + "\(server.address)")
        let listener = try backend.listen(on: .v4(.loopback(port: 0)))
        let address = try listener.localAddress
        #expect("\(listener)" == "throttled over traced over counted over in-memory stream listening on \(address)")
        for close in [client.close, listener.close] { close() }
    }

    @Test("A tracer is told every operation, with bytes, errors and how long it took")
    func tracing() throws {
        let events = Locked<[TraceEvent]>([])
        let server = try network.serveConnections { connection in
            let bytes = try connection.receive(atMost: 100) ?? []
            try network.sleep(for: .seconds(1))
            try connection.sendAll(bytes)
        }
        let backend = network.backend().traced(previewLimit: 6) { preview, operation in
            if operation == .send, preview.starts(with: "AUTH".utf8) { preview = [UInt8]("<AUTH>".utf8) }
        } report: { event in
            events.withLock { $0.append(event) }
        }
        let client = try backend.connect(to: server.address)
        try client.sendAll("AUTH secret")
        #expect(try client.receive(atMost: 100)?.count == 11)
        #expect(try client.receive(atMost: 100) == nil)
        #expect(caught { try client.receive(atMost: 1, timeout: .zero) } == nil)
        client.close()
        let told = events.withLock { $0 }
        #expect(told.map(\.operation) == [.connect, .send, .receive, .receive, .receive, .close])
        #expect(told.allSatisfy { $0.stream == 1 })
        #expect(told[1].preview == [UInt8]("<AUTH>".utf8))
        #expect(told[2].preview == [UInt8]("AUTH s".utf8))
        #expect(told[2].hexAndText == "0000  41 55 54 48 20 73                                 AUTH s")
        #expect(told[2].duration == .seconds(1))
        #expect(told[2].description == "#1 receive: 11 bytes in 1.000000 s")
        #expect(told[3].description == "#1 receive: end of the stream in 0.000000 s")
        #expect(client.query(TracedStreamNumber.self) == 1)
    }

    @Test("A failure is told, and calls that could do nothing only when that is wanted")
    func failures() throws {
        let lines = Locked<[String]>([])
        let (a, b) = try network.ipStreams()
        let tracer = Tracer(includesWouldBlock: true) { event in lines.withLock { $0.append(event.description) } }
        let client = Connection(Traced(over: a, tracer: tracer), mode: .nonblocking)
        #expect(caught { try client.receive(atMost: 1) }?.kind == .wouldBlock)
        b.abort()
        #expect(caught { try client.receive(atMost: 1) }?.kind == .connectionReset)
        #expect(lines.withLock { $0 }.count == 2)
        #expect(lines.withLock { $0[0] } == "#1 receive: nothing now in 0.000000 s")
        #expect(lines.withLock { $0[1] }.contains("connection reset"))
    }
}
