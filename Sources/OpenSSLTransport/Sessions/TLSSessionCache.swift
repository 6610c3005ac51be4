internal import COpenSSL
internal import TransportCore

/// A session of OpenSSL, owned.
///
/// Sendable: it is not changed after it was made, and OpenSSL counts its references under a lock.
final class TLSSession: @unchecked Sendable {
    let pointer: OpaquePointer
    init(owning pointer: OpaquePointer) { self.pointer = pointer }
    deinit { SSL_SESSION_free(pointer) }

    /// Whether it may be used once alone: a TLS 1.3 ticket that is used again lets observers tell that it is us again.
    var isForOneUse: Bool { SSL_SESSION_get_protocol_version(pointer) >= TLS1_3_VERSION }

    /// Whether it may be offered to the server.
    var isResumable: Bool { SSL_SESSION_is_resumable(pointer) == 1 }
}

/// Where a client keeps sessions, so that a server that was connected to before is spared the full handshake.
///
/// Bounded: of each server the last few are kept, and of all the last ``capacity``. A session is used only for the same
/// host and port, and only by the configuration that verified the server: a resumed handshake verifies nothing.
public final class TLSSessionCache: Sendable {
    /// For how many servers sessions are kept at most.
    public let capacity: Int

    /// How many sessions of one server are kept.
    private static let mostPerServer = 4

    private struct Contents {
        var servers: [TLSSessionKey: Server] = [:]
        /// How often the cache was used.
        var clock: UInt64 = 0
    }

    /// What is kept of one server.
    private struct Server {
        /// Its sessions, the newest at the end.
        var sessions: [TLSSession] = []
        /// When it was used last.
        var used: UInt64 = 0
    }

    private let contents = Locked(Contents())

    /// Makes an empty cache.
    ///
    /// - Parameter capacity: For how many servers sessions are kept at most. The default is 256.
    public init(capacity: Int = 256) { self.capacity = max(0, capacity) }

    /// How many sessions there are.
    public var count: Int { contents.withLock { $0.servers.values.reduce(0) { $0 + $1.sessions.count } } }

    /// Forgets all sessions.
    public func removeAll() { contents.withLock { $0.servers = [:] } }

    /// Keeps a session of a server.
    func keep(_ session: TLSSession, for server: TLSSessionKey) {
        guard capacity > 0 else { return }
        contents.withLock { contents in
            contents.clock += 1
            if contents.servers.count >= capacity, contents.servers[server] == nil,
                let oldest = contents.servers.min(by: { $0.value.used < $1.value.used })?.key
            {
                contents.servers[oldest] = nil
            }
            var sessions = contents.servers.removeValue(forKey: server)?.sessions ?? []
            if sessions.count == Self.mostPerServer { sessions.removeFirst() }
            sessions.append(session)
            contents.servers[server] = Server(sessions: sessions, used: contents.clock)
        }
    }

    /// Keeps a session in the place of those that have become useless, unless it is there already.
    func keepRenewed(_ session: TLSSession, for server: TLSSessionKey) {
        let isThere = contents.withLock { contents in
            contents.servers[server]?.sessions.removeAll { !$0.isResumable }
            return contents.servers[server]?.sessions.contains { $0.pointer == session.pointer } ?? false
        }
        if !isThere, session.isResumable { keep(session, for: server) }
    }

    /// A session for another connection to a server, the newest.
    func session(for server: TLSSessionKey) -> TLSSession? {
        contents.withLock { contents in
            guard let newest = contents.servers[server]?.sessions.last else { return nil }
            contents.clock += 1
            contents.servers[server]?.used = contents.clock
            guard newest.isForOneUse else { return newest }
            contents.servers[server]?.sessions.removeLast()
            if contents.servers[server]?.sessions.isEmpty == true { contents.servers[server] = nil }
            return newest
        }
    }
}
