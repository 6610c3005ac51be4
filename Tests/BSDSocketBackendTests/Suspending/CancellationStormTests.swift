import BSDSocketBackend
import TestSupport
import Testing
import TransportCore

/// Cancelling at any moment, many times; each test has a process of its own.
@Suite("Cancellation storms")
struct CancellationStormTests {
    @Test("receives that are cancelled while bytes arrive lose none of them")
    func receives() async {
        await #expect(processExitsWith: .success) { for kind in streamKinds { try await receiveStorm(kind) } }
    }

    @Test("a send that is cancelled says exactly how many bytes the peer gets")
    func sends() async {
        await #expect(processExitsWith: .success) { for kind in streamKinds { try await sendStorm(kind) } }
    }

    @Test("accepts that are cancelled while clients come lose none of them")
    func accepts() async {
        await #expect(processExitsWith: .success) { for kind in streamKinds { try await acceptStorm(kind) } }
    }

    @Test("connections that are used, cancelled and closed at the same time end, and leave nothing open")
    func closes() async {
        await #expect(processExitsWith: .success) { for kind in streamKinds { try await closeStorm(kind) } }
    }
}

private func receiveStorm(_ kind: any StreamKind) async throws {
    func run(_ kind: some StreamKind) async throws {
        let pair = try kind.pair()
        var expected: [UInt8] = []
        var received: [UInt8] = []
        for round in 0..<300 {
            let exactly = round % 2 == 0
            let task = Task { () async throws -> [UInt8] in
                if exactly { return try await pair.server.receiveExactly(3) }
                return try await pair.server.receive(atMost: 3) ?? []
            }
            for _ in 0..<(round % 7) { await Task.yield() }
            let bytes = patternBytes(round % 4)
            expected += bytes
            async let send: Void = pair.client.sendAll(bytes)
            task.cancel()
            do {
                received += try await task.value
            } catch let error as TransportError {
                #expect(error.kind == .cancelled)
                #expect(error.bytesTransferred == error.partialData.count)
                received += error.partialData
            }
            try await send
        }
        try await pair.client.shutdownWrite()
        for try await chunk in pair.server.chunks(atMost: 4096) { received += chunk }
        #expect(received == expected)
    }
    try await run(kind)
}

private func sendStorm(_ kind: any StreamKind) async throws {
    func run(_ kind: some StreamKind) async throws {
        let pair = try kind.narrowPair()
        let block = patternBytes(50_000)
        let receive = Task {
            var all: [UInt8] = []
            for try await chunk in pair.server.chunks(atMost: 1000) { all += chunk }
            return all
        }
        var expected: [UInt8] = []
        var cancelled = 0
        for round in 0..<100 {
            let task = Task {
                if round % 2 == 0 {
                    try await pair.client.sendAll(block)
                } else {
                    try await pair.client.sendAll(gathering: [Array(block[..<10]), [], Array(block[10...])])
                }
            }
            for _ in 0..<(round % 50) { await Task.yield() }
            task.cancel()
            do {
                try await task.value
                expected += block
            } catch let error as TransportError {
                #expect(error.kind == .cancelled)
                expected += block[..<error.bytesTransferred]
                cancelled += 1
            }
        }
        try await pair.client.shutdownWrite()
        #expect(try await receive.value == expected)
        #expect(cancelled > 0)
    }
    try await run(kind)
}

private func acceptStorm(_ kind: any StreamKind) async throws {
    func run<Kind: StreamKind>(_ kind: Kind) async throws {
        let listener = try kind.listener()
        let address = try listener.localAddress
        let backend = try kind.backend()
        var accepted = 0
        var clients: [Connection<SocketTransport<Kind.Family>>] = []
        for round in 0..<100 {
            let task = Task { _ = try await listener.accept() }
            for _ in 0..<(round % 5) { await Task.yield() }
            async let client = backend.connect(to: address)
            task.cancel()
            do {
                try await task.value
                accepted += 1
            } catch let error as TransportError {
                #expect(error.kind == .cancelled)
            }
            clients.append(try await client)
        }
        while accepted < clients.count {
            _ = try await listener.accept()
            accepted += 1
        }
        #expect(await failure { _ = try await listener.accept(timeout: .zero) }?.kind == .wouldBlock)
    }
    try await run(kind)
}

private func closeStorm(_ kind: any StreamKind) async throws {
    func run(_ kind: some StreamKind) async throws {
        let before = try openSocketCount()
        for round in 0..<60 {
            let pair = try kind.narrowPair()
            let tasks = [
                Task { _ = try await pair.client.receive(atMost: 9) },
                Task { try await pair.client.sendAll(patternBytes(100_000)) },
                Task { _ = try await pair.server.receiveExactly(200_000) },
            ]
            for _ in 0..<(round % 20) { await Task.yield() }
            switch round % 4 {
            case 0: pair.client.close()
            case 1: pair.client.abort()
            case 2: tasks[round % 3].cancel()
            default: await pair.client.close(deadline: .never)
            }
            pair.server.close()
            for task in tasks { _ = await task.result }
            pair.client.close()
        }
        #expect(try openSocketCount() == before)
    }
    try await run(kind)
}
