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
}
