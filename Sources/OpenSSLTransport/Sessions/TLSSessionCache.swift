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

    /// What is kept of one server. A connection looks it up once, and keeps it for the sessions that are still to come.
    ///
    /// Sendable: what changes is touched only under the lock of the cache, which is check enough for exclusive access, too.
    final class Server: @unchecked Sendable {
        fileprivate let key: TLSSessionKey
        /// Its sessions, the newest at the end.
        @exclusivity(unchecked) fileprivate var sessions: [TLSSession] = []
        /// When it was used last.
        @exclusivity(unchecked) fileprivate var used: UInt64 = 0
        /// Whether the cache has it.
        @exclusivity(unchecked) fileprivate var isListed = false
        /// Where it stands in the order in which servers make room for others.
        fileprivate var order: UInt64 { sessions.isEmpty ? 0 : used }

        fileprivate init(_ key: TLSSessionKey) { self.key = key }
    }

    private let contents = Locked(Contents())

    /// Makes an empty cache.
    ///
    /// - Parameter capacity: For how many servers sessions are kept at most. The default is 256.
    public init(capacity: Int = 256) { self.capacity = max(0, capacity) }

    /// How many sessions there are.
    public var count: Int { contents.withLock { $0.servers.values.reduce(0) { $0 + $1.sessions.count } } }

    /// Forgets all sessions.
    public func removeAll() {
        contents.withLock { contents in
            for server in contents.servers.values { server.isListed = false }
            contents.servers = [:]
        }
    }

    /// What is kept of a server, or will be, and a session for another connection to it, the newest.
    func find(_ key: TLSSessionKey) -> (Server, TLSSession?) {
        contents.withLock { contents in
            guard let server = contents.servers[key] else { return (Server(key), nil) }
            guard let newest = server.sessions.last else { return (server, nil) }
            contents.clock += 1
            server.used = contents.clock
            if newest.isForOneUse { server.sessions.removeLast() }
            return (server, newest)
        }
    }

    /// Keeps a session of a server.
    func keep(_ session: TLSSession, of server: Server) {
        guard capacity > 0 else { return }
        contents.withLock { contents in
            let server = server.isListed ? server : list(server, &contents)
            if server.sessions.count == Self.mostPerServer { server.sessions.removeFirst() }
            server.sessions.append(session)
            contents.clock += 1
            server.used = contents.clock
        }
    }

    /// Keeps a session in the place of those that have become useless, unless it is there already.
    func keepRenewed(_ session: TLSSession, of server: Server) {
        let isThere = contents.withLock { contents in
            guard let server = contents.servers[server.key] else { return false }
            server.sessions.removeAll { !$0.isResumable }
            return server.sessions.contains { $0.pointer == session.pointer }
        }
        if !isThere, session.isResumable { keep(session, of: server) }
    }

    /// Makes room for a server that the cache does not have, unless it has got it from another connection since.
    private func list(_ server: Server, _ contents: inout Contents) -> Server {
        if let other = contents.servers[server.key] { return other }
        if contents.servers.count >= capacity,
            let oldest = contents.servers.values.min(by: { $0.order < $1.order })
        {
            oldest.isListed = false
            contents.servers[oldest.key] = nil
        }
        server.isListed = true
        server.sessions = []
        contents.servers[server.key] = server
        return server
    }
}
