import LoopbackMockBackend
import RedisClient
import TransportCore

extension LoopbackNetwork {
    /// Starts a server on the machine "cache" that answers each command as soon as it has come, and reads nothing more
    /// before its answer is taken.
    ///
    /// - Parameters:
    ///   - connections: How many connections it serves, one after the other.
    ///   - answer: Is given a command's words.
    /// - Returns: How many commands came.
    func serveCommands(
        connections: Int = 1, _ answer: @escaping @Sendable ([String]) -> String
    ) throws -> LoopbackThread<Int> {
        let listener = try backend(on: "cache").listen(port: 6379)
        return try spawn {
            var count = 0
            for _ in 0..<connections {
                let connection = try listener.accept()
                // Commands have the form of replies.
                var parser = ReplyParser()
                while let bytes = try connection.receive(atMost: 4096) {
                    parser.append(bytes)
                    while let command = try parser.next() {
                        count += 1
                        let words = try command.listOfBytes().map { String(decoding: $0, as: UTF8.self) }
                        try connection.sendAll(answer(words))
                    }
                }
            }
            return count
        }
    }
}

/// A resolver that remembers when it was asked: once for each attempt to connect.
struct RecordingResolver: Resolver {
    let network: LoopbackNetwork
    let times = Locked<[Duration]>([])

    private var base: LoopbackResolver { network.backend().resolver }

    func resolve(_ query: ResolverQuery, until deadline: Deadline) throws(TransportError) -> [IP.SocketAddress] {
        times.withLock { $0.append(network.elapsed) }
        return try base.resolve(query, until: deadline)
    }

    func resolve(
        _ query: ResolverQuery, until deadline: Deadline
    ) async throws(TransportError) -> [IP.SocketAddress] {
        try await base.resolve(query, until: deadline)
    }
}
