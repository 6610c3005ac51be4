internal import COpenSSL
internal import TransportCore

// How a server knows its sessions again.

extension TLSContext {
    /// Has libssl encrypt tickets with the keys of the settings, and bind sessions to what verifies clients.
    func setUpTickets() throws(TransportError) {
        try require(
            SSL_CTX_set_session_id_context(pointer, sessionContext, UInt32(sessionContext.count)) == 1,
            "a session id context"
        )
        if ticketKeys != nil {
            try require(SSL_CTX_set_tlsext_ticket_key_evp_cb(pointer, Self.protectTicket) == 1, "keys for tickets")
        }
        // Several hosts: a session of one is none of another.
        if settings.chooseIdentity != nil { SSL_CTX_set_client_hello_cb(pointer, Self.bindToServerName, nil) }
    }

    private static let protectTicket:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<UInt8>?, OpaquePointer?, OpaquePointer?,
            Int32
        ) -> Int32 = { ssl, name, iv, cipher, mac, encrypts in
            guard let engine = TLSEngine.of(ssl), let keys = engine.context.ticketKeys, let name, let iv else {
                return -1
            }
            if encrypts == 1 {
                // 0 is no ticket, which is no failure.
                guard let key = keys.current(at: engine.now) else { return 0 }
                guard RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) == 1 else { return -1 }
                name.update(from: key.name, count: TLSTicketKey.nameSize)
                return key.use(cipher, mac, iv, encrypts: true) ? 1 : -1
            }
            let shown = UnsafeBufferPointer(start: name, count: TLSTicketKey.nameSize)
            guard let (key, isCurrent) = keys.key(named: shown, at: engine.now) else { return 0 }
            guard key.use(cipher, mac, iv, encrypts: false) else { return -1 }
            // 2 has the client get a new one.
            return isCurrent ? 1 : 2
        }

    /// Called before libssl looks at what the client wants to resume.
    private static let bindToServerName:
        @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutableRawPointer?) -> Int32 = {
            ssl, alert, _ in
            guard let ssl, let context = TLSContext.of(ssl) else { return SSL_CLIENT_HELLO_ERROR }
            var bytes: UnsafePointer<UInt8>?
            var count = 0
            var name: [UInt8] = []
            if SSL_client_hello_get0_ext(ssl, UInt32(TLSEXT_TYPE_server_name), &bytes, &count) == 1, let bytes {
                name = UnsafeBufferPointer(start: bytes, count: count).map {
                    (0x41...0x5a).contains($0) ? $0 | 0x20 : $0
                }
            }
            let bound = sha256(context.sessionContext + name)
            guard !bound.isEmpty, SSL_set_session_id_context(ssl, bound, UInt32(bound.count)) == 1 else {
                alert?.pointee = Int32(TLSAlert.internalError.rawValue)
                return SSL_CLIENT_HELLO_ERROR
            }
            return SSL_CLIENT_HELLO_SUCCESS
        }

    /// Whether the program has a word of its own about clients. Nobody can tell whether two such words are the same, and a
    /// session that is resumed is not looked at again: each configuration resumes its own alone.
    static func decidesByItself(_ settings: TLSSettings) -> Bool {
        settings.clientAuthentication != .none
            && (settings.refusePeer != nil || settings.dangerouslyAcceptPeer != nil)
    }

    /// What sessions are bound to where others have their keys, too: everything that decides about clients.
    static func sharedSessionContext(_ settings: TLSSettings) throws(TransportError) -> [UInt8] {
        var text = "swift-transport sessions 1; \(settings.clientAuthentication); \(settings.applicationProtocols); "
        if settings.clientAuthentication != .none {
            text += "\(settings.strict) \(settings.requiresPublicProfile) \(settings.allowsPartialChains) "
            text += "\(settings.maximumChainDepth) \(settings.maximumCertificateBytes) \(settings.securityLevel) "
            text += "\(settings.revocation) \(settings.missingRevocationList) "
            text += "\(settings.pinnedPublicKeys.map(\.description).sorted()) \(settings.roots.includesSystem) "
            var roots: Set<String> = []
            for material in settings.roots.materials {
                if case .directory(let path) = material {
                    roots.insert(path)
                } else {
                    for root in try MaterialReader.certificates(material) {
                        roots.insert(root.fingerprint().description)
                    }
                }
            }
            text += "\(roots.sorted())"
        }
        let context = sha256(Array(text.utf8))
        guard !context.isEmpty else { throw .openSSL(.outOfResources, operation: .open) }
        return context
    }

    /// Empty when OpenSSL fails.
    private static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var hash = [UInt8](repeating: 0, count: 32)
        return EVP_Digest(bytes, bytes.count, &hash, nil, EVP_sha256(), nil) == 1 ? hash : []
    }
}
