internal import COpenSSL
internal import TransportCore

// libssl calls these during a step, on the thread of the step and with its lock held. Each finds its engine, and by it
// the context, in the `SSL` that it is called for: no callback has state of its own.

extension TLSContext {
    /// Has libssl ask and tell what the settings want.
    func setUpCallbacks() throws(TransportError) {
        SSL_CTX_set_info_callback(pointer) { ssl, event, value in
            // An alert that goes out: the level is in the upper byte.
            guard event & SSL_CB_WRITE != 0, event & SSL_CB_ALERT != 0, let engine = TLSEngine.of(ssl) else { return }
            let alert = TLSAlert(rawValue: UInt8(truncatingIfNeeded: value))
            if value >> 8 == SSL3_AL_FATAL { engine.sentAlert = alert }
            if alert.rawValue == SSL_AD_NO_RENEGOTIATION { engine.refusedRenegotiations += 1 }
        }
        if role == .server {
            if !settings.applicationProtocols.isEmpty { SSL_CTX_set_alpn_select_cb(pointer, Self.chooseProtocol, nil) }
            if settings.chooseIdentity != nil {
                try require(
                    copenssl_ctx_set_servername_callback(pointer, Self.chooseIdentity) == 1, "a choice of identity"
                )
            }
        }
        try setUpStapling()
        if sessionCache != nil { SSL_CTX_sess_set_new_cb(pointer, Self.keepSession) }
        if settings.keyLog != nil {
            SSL_CTX_set_keylog_callback(pointer) { ssl, line in
                guard let line else { return }
                TLSContext.of(ssl)?.settings.keyLog?.write(String(cString: line))
            }
        }
        if role == .server, carrier == .datagrams { setUpCookies() }
        try setUpPreSharedKeys()
    }

    private func setUpStapling() throws(TransportError) {
        if role == .client {
            // Who is let in unverified needs no answer about itself.
            guard settings.stapledStatus != .ignored, verifiesPeer, settings.dangerouslyAcceptPeer == nil else {
                return
            }
            try require(copenssl_ctx_ask_status(pointer) == 1, "a request for the status of certificates")
            try require(
                copenssl_ctx_set_status_callback(pointer, StapledStatus.callback) == 1, "a check of stapled answers"
            )
        } else if settings.statusToStaple != nil {
            try require(
                copenssl_ctx_set_status_callback(pointer) { ssl, _ in
                    guard let ssl, let bytes = TLSContext.of(ssl)?.settings.statusToStaple?(), !bytes.isEmpty,
                        let memory = CRYPTO_malloc(bytes.count, nil, 0)
                    else { return SSL_TLSEXT_ERR_NOACK }
                    memory.copyMemory(from: bytes, byteCount: bytes.count)
                    let target = memory.assumingMemoryBound(to: UInt8.self)
                    if copenssl_set_status(ssl, target, bytes.count) == 1 { return SSL_TLSEXT_ERR_OK }
                    CRYPTO_free(memory, nil, 0)
                    return SSL_TLSEXT_ERR_NOACK
                } == 1, "stapling"
            )
        }
    }

    private static let chooseProtocol: SSL_CTX_alpn_select_cb_func = { ssl, chosen, length, offered, count, _ in
        guard let context = TLSContext.of(ssl), let offered else { return SSL_TLSEXT_ERR_ALERT_FATAL }
        let list = UnsafeBufferPointer(start: offered, count: Int(count))
        guard let range = ApplicationProtocols.choice(of: context.settings.applicationProtocols, among: list) else {
            return SSL_TLSEXT_ERR_ALERT_FATAL
        }
        // The answer points into the offer, which outlives the callback.
        chosen?.pointee = offered + range.lowerBound
        length?.pointee = UInt8(range.count)
        return SSL_TLSEXT_ERR_OK
    }

    private static let chooseIdentity:
        @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutableRawPointer?) -> Int32 = {
            ssl, alert, _ in
            guard let ssl, let context = TLSContext.of(ssl), let choose = context.settings.chooseIdentity else {
                return SSL_TLSEXT_ERR_ALERT_FATAL
            }
            let name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).map { String(cString: $0).lowercased() }
            switch choose(name) {
            case .usual: return SSL_TLSEXT_ERR_OK
            case .identity(let identity):
                if identity.use({ SSL_use_cert_and_key(ssl, $0, $1, $2, 1) }) { return SSL_TLSEXT_ERR_OK }
                alert?.pointee = Int32(TLSAlert.internalError.rawValue)
                return SSL_TLSEXT_ERR_ALERT_FATAL
            case .refuse(let reason):
                alert?.pointee = Int32(reason.rawValue)
                return SSL_TLSEXT_ERR_ALERT_FATAL
            }
        }

    private static let keepSession: @convention(c) (OpaquePointer?, OpaquePointer?) -> Int32 = { ssl, session in
        guard let session, let engine = TLSEngine.of(ssl), let server = engine.sessionServer,
            SSL_SESSION_is_resumable(session) == 1
        else { return 0 }
        // 1 keeps the reference that libssl gives.
        engine.context.sessionCache?.keep(TLSSession(owning: session), of: server)
        return 1
    }
}

// MARK: - Pre-shared keys

extension TLSContext {
    private func setUpPreSharedKeys() throws(TransportError) {
        guard let keys = settings.preSharedKeys else { return }
        if role == .client {
            guard keys.clientKey != nil else {
                throw .invalidArgument("a client needs the pre-shared key of a client", operation: .open)
            }
            if let mistake = keys.mistake { throw .invalidArgument(mistake, operation: .open) }
            SSL_CTX_set_psk_client_callback(pointer) { ssl, hint, identity, identitySize, key, keySize in
                guard let engine = TLSEngine.of(ssl), let identity, let key,
                    let answer = engine.context.settings.preSharedKeys?.clientKey?(hint.map { String(cString: $0) })
                else { return 0 }
                engine.mistake = TLSPreSharedKeys.mistake(identity: answer.identity, key: answer.key)
                guard engine.mistake == nil, answer.identity.utf8.count < identitySize else { return 0 }
                for (index, byte) in answer.identity.utf8.enumerated() { identity[index] = CChar(bitPattern: byte) }
                identity[answer.identity.utf8.count] = 0
                return TLSContext.put(answer.key, into: key, keySize)
            }
        } else {
            guard keys.serverKey != nil else {
                throw .invalidArgument("a server needs the pre-shared keys of a server", operation: .open)
            }
            if let hint = keys.hint {
                try require(SSL_CTX_use_psk_identity_hint(pointer, hint) == 1, "the hint for pre-shared keys")
            }
            SSL_CTX_set_psk_server_callback(pointer) { ssl, identity, key, keySize in
                guard let engine = TLSEngine.of(ssl), let identity, let key,
                    let answer = engine.context.settings.preSharedKeys?.serverKey?(String(cString: identity))
                else { return 0 }
                engine.mistake = TLSPreSharedKeys.mistake(identity: "known", key: answer)
                return TLSContext.put(answer, into: key, keySize)
            }
        }
    }

    /// Copies a key; 0, which refuses, when it does not fit.
    private static func put(_ bytes: [UInt8], into key: UnsafeMutablePointer<UInt8>, _ size: UInt32) -> UInt32 {
        guard !bytes.isEmpty, bytes.count <= size else { return 0 }
        for (index, byte) in bytes.enumerated() { key[index] = byte }
        return UInt32(bytes.count)
    }
}
