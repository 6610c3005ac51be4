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

    /// The time of its end, in seconds since 1970.
    var end: Int { Int(SSL_SESSION_get_time(pointer)) + Int(SSL_SESSION_get_timeout(pointer)) }
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

    fileprivate struct Contents {
        var sessions: [String: [TLSSession]] = [:]
        /// The servers, the one that was used last at the end.
        var order: [String] = []
    }

    private let contents = Locked(Contents())

    /// Makes an empty cache.
    ///
    /// - Parameter capacity: For how many servers sessions are kept at most. The default is 256.
    public init(capacity: Int = 256) { self.capacity = max(0, capacity) }

    /// How many sessions there are.
    public var count: Int { contents.withLock { $0.sessions.values.reduce(0) { $0 + $1.count } } }

    /// Forgets all sessions.
    public func removeAll() {
        contents.withLock { contents in
            contents.sessions = [:]
            contents.order = []
        }
    }

    /// Keeps a session of a server.
    func keep(_ session: TLSSession, for server: String) {
        guard capacity > 0 else { return }
        contents.withLock { contents in
            contents.touch(server)
            contents.sessions[server, default: []].append(session)
            if contents.sessions[server, default: []].count > Self.mostPerServer {
                contents.sessions[server]?.removeFirst()
            }
            if contents.order.count > capacity { contents.forget(contents.order[0]) }
        }
    }

    /// A session for another connection to a server, the newest.
    func session(for server: String) -> TLSSession? {
        contents.withLock { contents in
            guard let newest = contents.sessions[server]?.last else { return nil }
            contents.touch(server)
            guard newest.isForOneUse else { return newest }
            contents.sessions[server]?.removeLast()
            if contents.sessions[server]?.isEmpty == true { contents.forget(server) }
            return newest
        }
    }
}

extension TLSSessionCache.Contents {
    fileprivate mutating func touch(_ server: String) {
        if order.last == server { return }
        order.removeAll { $0 == server }
        order.append(server)
    }

    fileprivate mutating func forget(_ server: String) {
        sessions[server] = nil
        order.removeAll { $0 == server }
    }
}
