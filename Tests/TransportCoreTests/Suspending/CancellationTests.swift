import TestSupport
import Testing
import TransportCore

/// What cancelling a task does to its operations.
@Suite("Cancelling tasks", .unlessHung)
struct CancellationTests {
    /// Runs something in a task that is cancelled already.
    private func cancelled(_ body: @escaping @Sendable () async throws -> Void) async -> TransportError? {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await body()
        }
        return await caught(in: task)
    }

    @Test("CAN-01: the operations of a cancelled task have no effect, whatever there is to be had")
    func before() async throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.text("data")]))
        let connection = Connection(transport)
        let attempts: [@Sendable () async throws -> Void] = [
            { _ = try await connection.receive(atMost: 9) },
            { _ = try await connection.receiveExactly(2) },
            {
                var arrays: [[UInt8]] = [[0]]
                _ = try await connection.receive(scatteringInto: &arrays)
            },
            { _ = try await connection.send([1]) },
            { try await connection.sendAll("text") },
            { try await connection.sendAll(gathering: [[1]]) },
        ]
        for attempt in attempts {
            let error = await cancelled(attempt)
            #expect(error?.kind == .cancelled)
            #expect(error?.retrySafety == .nothingSent)
            #expect(error?.aftermath == .usable)
        }
        #expect(transport.trace.isEmpty)
        #expect(try await connection.receive(atMost: 9) == "data".bytes)
    }

    @Test("CAN-02: a receive that waits ends at once, and loses nothing")
    func receive() async throws {
        let transport = ScriptedTransport()
        let connection = Connection(transport)
        let task = Task { try await connection.receive(atMost: 9) }
        #expect(await transport.untilBlocked())
        task.cancel()
        let error = await caught(in: task)
        #expect(error?.kind == .cancelled)
        #expect(error?.operation == .receive)
        transport.feed(.text("later"))
        #expect(try await connection.receive(atMost: 9) == "later".bytes)
    }

    @Test("CAN-03: what was received before is in the error, or in the buffer")
    func partial() async throws {
        let transport = ScriptedTransport(TransportScript(receiving: [.text("abc")]))
        let connection = Connection(transport)
        let task = Task { try await connection.receiveExactly(5) }
        #expect(await transport.untilBlocked())
        task.cancel()
        let error = await caught(in: task)
        #expect(error?.kind == .cancelled)
        #expect(error?.bytesTransferred == 3)
        #expect(error?.partialData == "abc".bytes)

        let count = transport.count(of: .tryReceive(5))
        let second = Task {
            var buffer = [UInt8](repeating: 0x2E, count: 5)
            let error = await caught { try await connection.receiveExactly(into: &buffer) }
            return (error, buffer)
        }
        transport.feed(.text("de"))
        #expect(await transport.untilBlocked())
        second.cancel()
        let (failure, buffer) = await second.value
        #expect(failure?.kind == .cancelled)
        #expect(failure?.bytesTransferred == 2)
        #expect(buffer == "de...".bytes)
        #expect(transport.count(of: .tryReceive(5)) >= count)
        transport.feed(.text("f"))
        #expect(try await connection.receive(atMost: 9) == "f".bytes)
    }

    @Test("CAN-04: a send that waits says how much was sent, and the rest can follow")
    func send() async throws {
        let transport = ScriptedTransport(TransportScript(sending: [.accept(2), .clog]))
        let connection = Connection(transport)
        let task = Task { try await connection.sendAll("hello") }
        #expect(await transport.untilBlocked())
        task.cancel()
        let error = await caught(in: task)
        #expect(error?.kind == .cancelled)
        #expect(error?.operation == .send)
        #expect(error?.bytesTransferred == 2)
        #expect(error?.retrySafety == .someSent)
        transport.unclog()
        try await connection.sendAll("hello".bytes.dropFirst(2))
        #expect(transport.sentText == "hello")
    }

    @Test("CAN-05: an operation that always finds something to do is cancelled between its steps")
    func busyLoop() async {
        let connection = Connection(SelfCancelling(lower: ScriptedTransport()))
        let task = Task { try await connection.sendAll(repeatElement(1, count: 10)) }
        let error = await caught(in: task)
        #expect(error?.kind == .cancelled)
        #expect(error?.bytesTransferred == 1)
    }

    @Test(
        "CAN-05: a batch of datagrams is cancelled between its steps, unless the last one has sent the rest",
        arguments: 1...2)
    func batch(count: Int) async throws {
        let transport = SelfCancellingDatagrams(lower: ScriptedDatagrams())
        let socket = DatagramSocket(transport)
        let task = Task {
            var batch = try DatagramBatch<IP.SocketAddress>(maximumSize: 1)
            for _ in 0..<count { try batch.append([1]) }
            try await socket.send(&batch)
        }
        #expect(await caught(in: task)?.kind == (count == 1 ? nil : .cancelled))
        #expect(transport.lower.sent == [[1]])
    }

    @Test("CAN-06: an operation that is done is not reported as cancelled")
    func done() async throws {
        let transport = SelfCancelling(lower: ScriptedTransport())
        let task = Task { try await Connection(transport).sendAll([1]) }
        try await task.value
        #expect(transport.lower.sent == [1])
    }

    @Test("CAN-07: the direction is free after a cancellation, and the observer is told of it")
    func gate() async throws {
        let observer = RecordingObserver()
        let transport = ScriptedTransport()
        let connection = Connection(transport, observer: observer)
        let task = Task { try await connection.receive(atMost: 1) }
        #expect(await transport.untilBlocked())
        #expect(await caught { try await connection.receive(atMost: 1) }?.kind == .busy)
        #expect(caught { try connection.receive(atMost: 1, timeout: .zero) }?.kind == .busy)
        task.cancel()
        #expect(await caught(in: task)?.kind == .cancelled)
        #expect(await caught { try await connection.receive(atMost: 1, timeout: .zero) }?.kind == .wouldBlock)
        #expect(
            observer.log == [
                "begin receive", "end receive cancelled 0", "begin receive", "end receive wouldBlock 0",
            ]
        )
    }

    @Test("CAN-08: closing comes before cancelling")
    func closed() async {
        let connection = Connection(ScriptedTransport())
        connection.close()
        #expect(await cancelled { _ = try await connection.receive(atMost: 1) }?.kind == .closed)
    }

    @Test("CAN-09: the blocking forms take no notice of the task that they are called in")
    func blocking() async throws {
        let connection = Connection(ScriptedTransport(TransportScript(receiving: [.at(.seconds(1), .text("x"))])))
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            let receive = { try connection.receive(atMost: 1) }
            return try receive()
        }
        #expect(try await task.value == "x".bytes)
    }
}

/// A transport that takes one byte at a time, and cancels the task that sends it.
private struct SelfCancelling: TransportLayer {
    let lower: ScriptedTransport

    func trySend(_ bytes: RawSpan) throws(TransportError) -> SendStep {
        withUnsafeCurrentTask { $0?.cancel() }
        return try lower.trySend(bytes.extracting(first: 1))
    }
}

/// An endpoint whose every step sends one datagram of a batch, and cancels the task.
private struct SelfCancellingDatagrams: DatagramLayer {
    let lower: ScriptedDatagrams

    func trySend(_ batch: inout DatagramBatch<IP.SocketAddress>) throws(TransportError) -> SendStep {
        let step = try batch.sendOne { (bytes, address) throws(TransportError) in
            try lower.trySend(bytes, to: address)
        }
        withUnsafeCurrentTask { $0?.cancel() }
        return step ?? .sent(0)
    }
}
