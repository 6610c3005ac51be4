import TransportCore

/// Mistakes that a client can make, as clients do.
struct Bugs: OptionSet, Sendable {
    let rawValue: Int

    /// Takes what one receive gives for a line.
    static let oneReceiveIsOneLine = Bugs(rawValue: 1)
    /// Sends a request from its beginning again of which a part was sent before the time was up.
    static let losesByteCount = Bugs(rawValue: 2)
    /// Does a request again of which it cannot know whether it was done.
    static let retriesBlindly = Bugs(rawValue: 4)
    /// Forgets the connection when the server does not want it.
    static let leaksOnRefusal = Bugs(rawValue: 8)
    /// Takes half a line for one when the stream ends.
    static let believesHalfALine = Bugs(rawValue: 16)
    /// Waits for the answer without a timeout.
    static let waitsForEver = Bugs(rawValue: 32)
    /// Connects again and again.
    static let neverGivesUp = Bugs(rawValue: 64)
    /// Throws an error that says nothing about the cause.
    static let hidesTheCause = Bugs(rawValue: 128)
    /// Keeps its connections in a pool, and forgets to close them when they fail.
    static let poolsFailedConnections = Bugs(rawValue: 256)
}

/// What the client throws when the server speaks otherwise than it should.
enum CounterError: Error {
    case unexpectedAnswer(String)
    case failed
    case lost(TransportError)
}

/// A client of a server that counts: `INCR <name>` is answered with `VALUE <number>`, after `HELLO` was with `WELCOME`.
final class CounterClient<B: ResolvingBackend> {
    private let host: String
    private let backend: B
    private let bugs: Bugs
    private let pool: Pool<B>?
    private var connection: Connection<B.Stream>

    init(host: String, via backend: B, bugs: Bugs = [], pool: Pool<B>? = nil) throws {
        self.host = host
        self.backend = backend
        self.bugs = bugs
        self.pool = pool
        connection = try Self.connect(host, backend, bugs, pool)
    }

    /// Adds one to a number, and gives the new one.
    func increment(_ name: String) throws -> Int {
        do {
            return try ask("INCR \(name)\n")
        } catch let error as TransportError {
            if bugs.contains(.neverGivesUp) { return try insist(name) }
            let isSafe = error.operation == .send && error.retrySafety == .nothingSent && error.kind != .cancelled
            guard isSafe || bugs.contains(.retriesBlindly) else {
                throw bugs.contains(.hidesTheCause) ? CounterError.failed : CounterError.lost(error)
            }
            connection.close()
            connection = try Self.connect(host, backend, bugs, pool)
            return try ask("INCR \(name)\n")
        }
    }

    private func insist(_ name: String) throws -> Int {
        connection.close()
        do {
            connection = try Self.connect(host, backend, bugs, pool)
            return try ask("INCR \(name)\n")
        } catch let error as TransportError {
            // At least it knows a test when it sees one.
            if error.kind.rawValue == "deadlock" { throw error }
            return try insist(name)
        }
    }

    func close() { connection.close() }

    // MARK: Connecting

    /// Where the connections are made.
    static var line: UInt { UInt(#line) + 5 }

    private static func connect(
        _ host: String, _ backend: B, _ bugs: Bugs, _ pool: Pool<B>?
    ) throws -> Connection<B.Stream> {
        let connection = try backend.connect(host: host, port: 4000, timeout: .seconds(3))
        if bugs.contains(.poolsFailedConnections) { pool?.connections.append(connection) }
        do {
            try send("HELLO\n", on: connection, bugs)
            let answer = try receiveLine(on: connection, bugs)
            guard answer == "WELCOME" else { throw CounterError.unexpectedAnswer(answer) }
            return connection
        } catch {
            if bugs.isDisjoint(with: [.leaksOnRefusal, .poolsFailedConnections]) { connection.close() }
            throw error
        }
    }

    // MARK: Requests

    private func ask(_ request: String) throws -> Int {
        try Self.send(request, on: connection, bugs)
        let answer = try Self.receiveLine(on: connection, bugs)
        guard answer.hasPrefix("VALUE "), let value = Int(answer.dropFirst(6)) else {
            throw CounterError.unexpectedAnswer(answer)
        }
        return value
    }

    private static func send(_ request: String, on connection: Connection<B.Stream>, _ bugs: Bugs) throws {
        do {
            try connection.sendAll(request, timeout: .seconds(2))
        } catch {
            guard error.kind == .timedOut else { throw error }
            // A second chance for a slow server.
            let sent = bugs.contains(.losesByteCount) ? 0 : error.bytesTransferred
            try connection.sendAll(Array(request.utf8.dropFirst(sent)), timeout: .seconds(2))
        }
    }

    private static func receiveLine(on connection: Connection<B.Stream>, _ bugs: Bugs) throws -> String {
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") {
            let bytes = try connection.receive(
                atMost: 64, timeout: bugs.contains(.waitsForEver) ? nil : .seconds(30)
            )
            guard let bytes else {
                if bugs.contains(.believesHalfALine), !line.isEmpty { break }
                throw TransportError(.unexpectedEnd, operation: .receive)
            }
            line += bytes
            if bugs.contains(.oneReceiveIsOneLine) { break }
        }
        return String(decoding: line.filter { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}

/// Connections that are kept.
final class Pool<B: ResolvingBackend> {
    var connections: [Connection<B.Stream>] = []
}
