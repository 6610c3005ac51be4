internal import COpenSSL

extension TLSEngine {
    /// Offers the server a session of an earlier connection, and says where new ones are kept.
    func resume(_ key: TLSSessionKey, from cache: TLSSessionCache) {
        let (server, session) = cache.find(key)
        sessionServer = server
        if let session { SSL_set_session(ssl, session.pointer) }
    }

    /// Keeps the session in whose place the server has put a new one while it resumed it (RFC 5077, section 3.3).
    ///
    /// libssl tells of new sessions of TLS 1.2 only where nothing was resumed, and makes the former one useless.
    func keepRenewedSession() {
        guard let sessionServer, SSL_version(ssl) <= TLS1_2_VERSION, SSL_session_reused(ssl) == 1,
            let cache = context.sessionCache, let session = SSL_get1_session(ssl)
        else { return }
        cache.keepRenewed(TLSSession(owning: session), of: sessionServer)
    }
}
