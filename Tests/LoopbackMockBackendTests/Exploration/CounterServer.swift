import LoopbackMockBackend
import TransportCore

/// A server that counts, on the machine "counter".
struct CounterServer {
    private let numbers = Locked<[String: Int]>([:])

    init(in network: LoopbackNetwork) throws {
        let listener = try network.backend(on: "counter").listen(port: 4000)
        let numbers = numbers
        try network.spawn {
            while let connection = try? listener.accept() {
                try? Self.serve(connection, numbers)
                connection.close()
            }
        }
    }

    /// What has been counted.
    var counts: [String] { numbers.withLock { $0.map { "\($0) = \($1)" }.sorted() } }

    private static func serve(_ connection: MockConnection, _ numbers: Locked<[String: Int]>) throws {
        var input: [UInt8] = []
        while let bytes = try connection.receive(atMost: 64) {
            input += bytes
            while let end = input.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: input[..<end], as: UTF8.self)
                input.removeSubrange(...end)
                try connection.sendAll("\(answer(to: line, numbers))\n")
            }
        }
    }

    private static func answer(to line: String, _ numbers: Locked<[String: Int]>) -> String {
        if line == "HELLO" { return "WELCOME" }
        guard line.hasPrefix("INCR ") else { return "WHAT" }
        return numbers.withLock { numbers in
            numbers[String(line.dropFirst(5)), default: 0] += 1
            return "VALUE \(numbers[String(line.dropFirst(5))] ?? 0)"
        }
    }
}

/// What a run of the client comes to: its answers, and what the server has counted.
struct CounterResult: Equatable, Sendable {
    var answers: [Int]
    var counts: [String]
}

extension LoopbackNetwork {
    /// Counts to two, and a bit more.
    func count(_ bugs: Bugs = [], pool: Pool<LoopbackBackend<IP>>? = nil) throws -> CounterResult {
        let server = try CounterServer(in: self)
        let client = try CounterClient(host: "counter", via: backend(), bugs: bugs, pool: pool)
        defer { client.close() }
        let answers = try [client.increment("apples"), client.increment("apples"), client.increment("pears")]
        return CounterResult(answers: answers, counts: server.counts)
    }

    /// The same with a peer that follows a script.
    func countScripted(_ bugs: Bugs = []) throws -> [Int] {
        let service = try serve(on: "counter", port: 4000) { peer in
            peer.expect("HELLO\n")
            peer.send("WELCOME\n")
            peer.expect("INCR apples\n")
            peer.send("VALUE 1\n")
            peer.expectEndOfStream()
        }
        let client = try CounterClient(host: "counter", via: backend(), bugs: bugs)
        defer { client.close() }
        let answer = try client.increment("apples")
        client.close()
        try service.verify()
        return [answer]
    }
}
