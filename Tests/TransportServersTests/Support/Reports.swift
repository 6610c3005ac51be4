import LoopbackMockBackend
import TransportCore
import TransportServers

/// What a server has told.
final class Reports: Sendable {
    private let all = Locked<[ServerReport]>([])

    @Sendable func add(_ report: ServerReport) { all.withLock { $0.append(report) } }

    var kinds: [ServerReport.Kind] { all.withLock { $0.map(\.kind) } }
    var texts: [String] { all.withLock { $0.map(\.description) } }
}

typealias MockConnection = Connection<LoopbackStream<IP>>

/// Sends back what comes.
@Sendable func echo<T: Transport>(_ connection: Connection<T>) async throws {
    for try await chunk in connection.chunks(atMost: 4096) { try await connection.sendAll(chunk) }
}

/// Sends back what comes, blocking the thread.
@Sendable func echoInThread<T: Transport>(_ connection: Connection<T>) throws {
    while let bytes = try connection.receive(atMost: 4096) { try connection.sendAll(bytes) }
}

extension LoopbackNetwork {
    /// Seconds of the network's time.
    var seconds: Double { Double(now.nanoseconds) / 1e9 }

    func listen(port: UInt16 = 7, backlog: Int? = nil) throws -> Listener<LoopbackListener<IP>> {
        try backend(on: "server").listen(on: .v4(.any(port: port)), options: ListenerOptions(backlog: backlog))
    }

    func dial(from host: String = "client", port: UInt16 = 7) async throws -> MockConnection {
        try await backend(on: host).connect(host: "server", port: port, families: .v4)
    }

    func dialInThread(from host: String = "client", port: UInt16 = 7) throws -> MockConnection {
        try backend(on: host).connect(host: "server", port: port, families: .v4)
    }
}

extension String {
    init(_ bytes: [UInt8]?) { self = bytes.map { String(decoding: $0, as: UTF8.self) } ?? "nil" }
}
