internal import COpenSSL

extension TLSEngine {
    /// Offers the server a session of an earlier connection, and says where new ones are kept.
    ///
    /// - Parameter address: The address of the server, as text, of which the port counts: other ports are other servers.
    func resume(at address: String?) {
        guard let cache = context.sessionCache else { return }
        let host = peerName?.text ?? address ?? ""
        let port = address?.split(separator: ":").last ?? ""
        let configuration = context.identifier.map { String($0, radix: 16) }.joined(separator: ".")
        let key = "\(host) \(port) \(configuration)"
        sessionKey = key
        if let session = cache.session(for: key) { SSL_set_session(ssl, session.pointer) }
    }
}
