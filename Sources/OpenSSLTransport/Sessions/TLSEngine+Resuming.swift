internal import COpenSSL

extension TLSEngine {
    /// Offers the server a session of an earlier connection, and says where new ones are kept.
    ///
    /// - Parameter address: The address of the server, as far as it is known.
    func resume<Address>(at address: Address?) {
        guard let cache = context.sessionCache else { return }
        let key = TLSSessionKey(host: peerName?.text, at: address, configuration: context.identifier)
        sessionKey = key
        if let session = cache.session(for: key) { SSL_set_session(ssl, session.pointer) }
    }

    /// Keeps the session in whose place the server has put a new one while it resumed it (RFC 5077, section 3.3).
    ///
    /// libssl tells of new sessions of TLS 1.2 only where nothing was resumed, and makes the former one useless.
    func keepRenewedSession() {
        guard let sessionKey, SSL_session_reused(ssl) == 1, SSL_version(ssl) <= TLS1_2_VERSION,
            let cache = context.sessionCache, let session = SSL_get1_session(ssl)
        else { return }
        cache.keepRenewed(TLSSession(owning: session), for: sessionKey)
    }
}
