import LoopbackMockBackend
import TestSupport
import Testing
import TransportCore

/// How datagrams are waited for, in the network's time.
@Suite("Waiting for datagrams")
struct DatagramWaitingTests {
    private let network = LoopbackNetwork()
    private var backend: LoopbackBackend<IP> { network.backend() }

    private func socket(_ port: UInt16) throws -> DatagramSocket<LoopbackDatagrams<IP>> {
        try backend.datagramSocket(boundTo: .v4(.loopback(port: port)))
    }

    @Test("A receive ends when a datagram comes, or at its time")
    func timeouts() throws {
        let receiver = try socket(1)
        let sender = try socket(2)
        let later = try network.spawn {
            try network.sleep(for: .seconds(5))
            try sender.send("now", to: .v4(.loopback(port: 1)))
        }
        #expect(caught { try receiver.receive(atMost: 9, timeout: .seconds(3)) }?.kind == .timedOut)
        #expect(network.now == Instant(nanoseconds: 3_000_000_000))
        #expect(String(try receiver.receive(atMost: 9, timeout: .seconds(3)).bytes) == "now")
        #expect(network.now == Instant(nanoseconds: 5_000_000_000))
        try later.join()
    }

    @Test("Lost questions are asked again: a client with retries, at exact times")
    func retries() throws {
        let asked = Locked<[Int64]>([])
        let server = try socket(53)
        let answering = try network.spawn {
            for number in 1...3 {
                let sender = try server.receive(atMost: 9).info.sender
                asked.withLock { $0.append(network.now.nanoseconds / 1_000_000_000) }
                if number == 3 { try server.send("answer", to: sender) }
            }
        }
        let client = try backend.datagramSocket(connectedTo: .v4(.loopback(port: 53)))
        var answer: [UInt8]?
        for wait in [1, 2, 4] where answer == nil {
            try client.send("question")
            answer = try? client.receive(atMost: 9, timeout: .seconds(wait)).bytes
        }
        #expect(String(answer) == "answer")
        #expect(asked.withLock(\.self) == [0, 1, 3])
        try answering.join()
    }

    @Test("Closing wakes whoever waits, blocked or suspended")
    func closing() async throws {
        let first = try socket(1), second = try socket(2)
        try await network.run {
            let blocked = try network.spawn { caught { try first.receive(atMost: 1) }?.kind }
            async let suspended = caught { try await second.receive(atMost: 1) }
            try await network.sleep(for: .seconds(1))
            first.close()
            second.close()
            #expect(try await blocked.join() == .closed)
            #expect(await suspended?.kind == .closed)
        }
        #expect(caught { try first.send("x", to: .v4(.loopback(port: 2))) }?.kind == .closed)
    }

    @Test("Tasks send and receive, and can be cancelled")
    func tasks() async throws {
        try await network.run {
            let server = try socket(1)
            async let echo: Void = {
                for _ in 0..<3 {
                    let (bytes, info) = try await server.receive(atMost: 99)
                    try await server.send(bytes, to: info.sender)
                }
            }()
            let client = try backend.datagramSocket(connectedTo: .v4(.loopback(port: 1)))
            for number in 0..<3 {
                try await client.send("\(number)")
                #expect(String(try await client.receive(atMost: 9).bytes) == "\(number)")
            }
            try await echo
            let waiting = Task(executorPreference: network.executor) {
                await caught { try await client.receive(atMost: 1) }
            }
            try await network.sleep(for: .seconds(1))
            waiting.cancel()
            #expect(await waiting.value?.kind == .cancelled)
        }
    }

    @Test("A task waits for room for a Unix datagram")
    func room() async throws {
        let backend = network.backend(for: Unix.self)
        try await network.run {
            let path = try Unix.SocketAddress(path: "/run/log")
            let log = try backend.datagramSocket(boundTo: path)
            async let writing: Void = {
                let socket = try backend.datagramSocket()
                for number in 0..<50 { try await socket.send("\(number)", to: path) }
            }()
            try await network.sleep(for: .seconds(1))
            for number in 0..<50 { #expect(String(try await log.receive(atMost: 9).bytes) == "\(number)") }
            try await writing
        }
    }

    @Test("SIM-03: a deadlock tells who waits for a datagram, and who for room")
    func deadlock() throws {
        let unix = network.backend(for: Unix.self)
        let log = try unix.datagramSocket(boundTo: try Unix.SocketAddress(path: "/run/log"))
        let receiver = try socket(7)
        let writer = try network.spawn {
            let socket = try unix.datagramSocket(connectedTo: log.localAddress)
            while true { try socket.send("x") }
        }
        let error = caught { try receiver.receive(atMost: 1) }
        #expect(error?.kind == .deadlock)
        #expect(error?.message.contains("the test waits for a datagram at 127.0.0.1:7") == true)
        #expect(error?.message.contains("thread 1 waits for room for a datagram at /run/log") == true)
        #expect(caught { try writer.join() }?.kind == .deadlock)
    }

    @Test("SIM-01: the same program has the same trace, a hundred times")
    func deterministic() throws {
        let first = try trace()
        #expect(first.count == 60)
        for _ in 0..<99 { #expect(try trace() == first) }
    }

    private func trace() throws -> [String] {
        let network = LoopbackNetwork(seed: 3)
        let lines = Locked<[String]>([])
        let server = try network.backend(on: "server").datagramSocket(boundTo: .v6(.any(port: 1)))
        let clients = try (1...6).map { number in
            try network.spawn {
                let socket = try network.backend(on: "client \(number)").datagramSocket()
                let address = IP.SocketAddress.v6(IPv6.SocketAddress(network.host("server").ipv6, port: 1))
                for count in 1...10 {
                    try socket.send("\(count)", to: address)
                    try network.sleep(for: .milliseconds(number))
                }
            }
        }
        for _ in 0..<60 {
            let (bytes, info) = try server.receive(atMost: 9)
            let sender = info.sender.map { "\($0)" } ?? ""
            lines.withLock { $0.append("\(network.now) \(sender) \(String(bytes))") }
        }
        for client in clients { try client.join() }
        return lines.withLock(\.self)
    }
}
