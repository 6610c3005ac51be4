internal import COpenSSL
internal import TransportCore

/// What OpenSSL needs of a configuration: an `SSL_CTX`, built once.
///
/// Sendable: all settings are made in the initialiser; afterwards the `SSL_CTX` is only used to make connections, for
/// which OpenSSL locks by itself.
final class TLSContext: @unchecked Sendable {
    let pointer: OpaquePointer
    let role: TLSConfiguration.Role
    /// What the connections go over.
    let carrier: Carrier
    let settings: TLSSettings
    let pool = BufferPool()
    let sessionCache: TLSSessionCache?
    /// The protocols of ALPN as they are on the wire.
    let protocolList: [UInt8]
    /// Tells configurations apart that share a session cache: a session is only good for the one that verified it.
    let identifier: [UInt8]
    /// The keys of a server's tickets; nil on a client, and when nothing is resumed.
    let ticketKeys: TLSTicketKeys?
    /// What a server's sessions are bound to: the configuration, or where others have its keys, too, its rules.
    let sessionContext: [UInt8]

    /// What the connections of a context go over.
    enum Carrier {
        /// Streams: TLS.
        case streams
        /// Datagrams: DTLS.
        case datagrams
    }

    init(
        _ role: TLSConfiguration.Role, _ settings: TLSSettings, over carrier: Carrier = .streams
    ) throws(TransportError) {
        ErrorQueue.clear()
        let method =
            switch (carrier, role) {
            case (.streams, .client): TLS_client_method()
            case (.streams, .server): TLS_server_method()
            case (.datagrams, .client): DTLS_client_method()
            case (.datagrams, .server): DTLS_server_method()
            }
        guard let pointer = SSL_CTX_new(method) else { throw .openSSL(.outOfResources, operation: .open) }
        self.pointer = pointer
        self.role = role
        self.carrier = carrier
        self.settings = settings
        sessionCache =
            role == .client && settings.resumesSessions ? settings.sessionCache ?? TLSSessionCache() : nil
        do throws(TransportError) {
            protocolList = try ApplicationProtocols.list(settings.applicationProtocols)
            identifier = try Self.randomIdentifier()
            let isServer = role == .server && settings.resumesSessions
            let ownKeys = isServer && settings.ticketKeys == nil ? try TLSTicketKeys() : nil
            ticketKeys = isServer ? settings.ticketKeys ?? ownKeys : nil
            let isShared = isServer && settings.ticketKeys != nil && !Self.decidesByItself(settings)
            sessionContext = isShared ? try Self.sharedSessionContext(settings) : identifier
        } catch {
            SSL_CTX_free(pointer)
            throw error
        }
        // All is initialised: from here on, deinit frees.
        try setUpProtocol()
        try setUpTrust()
        try setUpIdentities()
        try setUpSessions()
        try setUpCallbacks()
    }

    deinit { SSL_CTX_free(pointer) }

    /// The context that an `SSL` was made of, in a callback.
    static func of(_ ssl: OpaquePointer?) -> TLSContext? { TLSEngine.of(ssl)?.context }

    private static func randomIdentifier() throws(TransportError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 32)
        guard RAND_bytes(&bytes, 32) == 1 else { throw .openSSL(.outOfResources, operation: .open) }
        return bytes
    }

    /// Throws when a setting was not taken; an overlooked refusal would be a weaker connection.
    func require(
        _ accepted: Bool, _ what: @autoclosure () -> String, _ kind: TransportError.Kind = .invalidArgument
    ) throws(TransportError) {
        if accepted { return }
        let failures = ErrorQueue.drain()
        let why = failures.first.map { ": \($0)" } ?? ""
        throw .openSSL(kind, operation: .open, message: "OpenSSL does not take \(what())\(why)", failures: failures)
    }
}

// MARK: - Protocol

extension TLSContext {
    private func setUpProtocol() throws(TransportError) {
        SSL_CTX_clear_options(pointer, copenssl_op_legacy_server_connect | copenssl_op_ignore_unexpected_eof)
        SSL_CTX_set_options(
            pointer, copenssl_op_no_compression | copenssl_op_no_renegotiation | copenssl_op_server_preference
        )
        // The caller's memory may move between two calls; libssl asks for the same only because it cannot know.
        var mode = Int(SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER)
        if settings.releasesBuffers { mode |= Int(SSL_MODE_RELEASE_BUFFERS) }
        _ = copenssl_ctx_set_mode(pointer, mode)
        SSL_CTX_set_security_level(pointer, settings.securityLevel)
        try SettingsCheck.check(settings, for: role)
        let versions = settings.versions
        let (least, most) = try versionNumbers(versions)
        try require(
            copenssl_ctx_set_min_proto_version(pointer, least) == 1
                && copenssl_ctx_set_max_proto_version(pointer, most) == 1,
            "the versions \(versions.lowerBound) to \(versions.upperBound)"
        )
        var ciphers = settings.cipherList
        if settings.preSharedKeys != nil, ciphers == TLSSettings().cipherList {
            ciphers = "kECDHEPSK+CHACHA20:kDHEPSK+AESGCM:" + ciphers.replacing(":!PSK", with: "")
        }
        try require(SSL_CTX_set_cipher_list(pointer, ciphers) == 1, "the cipher list \(QuotedInput(ciphers))")
        if !settings.cipherSuites.isEmpty {
            let suites = settings.cipherSuites.joined(separator: ":")
            try require(SSL_CTX_set_ciphersuites(pointer, suites) == 1, "the cipher suites \(QuotedInput(suites))")
        }
        if !settings.groups.isEmpty {
            let groups = settings.groups.joined(separator: ":")
            try require(copenssl_ctx_set_groups(pointer, groups) == 1, "the groups \(QuotedInput(groups))")
        }
        if !settings.signatureAlgorithms.isEmpty {
            let algorithms = settings.signatureAlgorithms.joined(separator: ":")
            try require(
                copenssl_ctx_set_sigalgs(pointer, algorithms) == 1,
                "the signature algorithms \(QuotedInput(algorithms))"
            )
        }
        if role == .server { _ = copenssl_ctx_set_dh_auto(pointer) }
        if role == .client, !protocolList.isEmpty {
            // This call alone gives 0 for success.
            try require(
                SSL_CTX_set_alpn_protos(pointer, protocolList, UInt32(protocolList.count)) == 0,
                "the application protocols"
            )
        }
    }

    /// The numbers that OpenSSL has for versions. Over datagrams, 1.2 is the latest, and there never was a 1.1 but for TLS's.
    private func versionNumbers(
        _ versions: ClosedRange<TLSVersion>
    ) throws(TransportError) -> (least: Int32, most: Int32) {
        guard carrier == .datagrams else {
            // OpenSSL takes numbers of DTLS, and 0, for no bound at all.
            guard versions.lowerBound >= .dangerouslyTLS10, versions.upperBound <= .tls13 else {
                throw .invalidArgument(
                    "the versions of TLS are TLS 1.0 to TLS 1.3, not \(versions.lowerBound) to \(versions.upperBound)",
                    operation: .open
                )
            }
            return (Int32(versions.lowerBound.rawValue), Int32(versions.upperBound.rawValue))
        }
        guard versions.lowerBound <= .tls12, versions.upperBound >= .dangerouslyTLS11 else {
            throw .invalidArgument(
                "over datagrams there is DTLS 1.2, which TLS 1.2 stands for: the versions must include it",
                operation: .open
            )
        }
        return (
            versions.lowerBound < .tls12 ? DTLS1_VERSION : DTLS1_2_VERSION,
            versions.upperBound < .tls12 ? DTLS1_VERSION : DTLS1_2_VERSION
        )
    }

    private func setUpIdentities() throws(TransportError) {
        for identity in settings.identities {
            try require(
                identity.use { SSL_CTX_use_cert_and_key(pointer, $0, $1, $2, 1) }, "an identity", .tlsUnusableMaterial
            )
        }
        if role == .server, settings.identities.isEmpty, settings.chooseIdentity == nil, settings.preSharedKeys == nil {
            throw .invalidArgument("a server needs an identity: give a certificate with its key", operation: .open)
        }
        if settings.dangerouslyAcceptPeer == nil, role == .server, settings.clientAuthentication != .none,
            settings.roots.isEmpty
        {
            throw .invalidArgument(
                "a server that asks for certificates needs the authorities that it trusts (TLSSettings.roots)",
                operation: .open
            )
        }
    }

    private func setUpSessions() throws(TransportError) {
        _ = copenssl_ctx_set_session_cache_mode(
            pointer,
            sessionCache == nil
                ? Int(SSL_SESS_CACHE_OFF) : Int(SSL_SESS_CACHE_CLIENT) | Int(SSL_SESS_CACHE_NO_INTERNAL)
        )
        if !settings.resumesSessions { SSL_CTX_set_options(pointer, copenssl_op_no_ticket) }
        guard role == .server else { return }
        guard settings.ticketCount >= 0, settings.ticketCount <= 16 else {
            throw .invalidArgument("a server sends 0 to 16 tickets, not \(settings.ticketCount)", operation: .open)
        }
        // Tickets go out with the first bytes of the program, see TLSEngine.
        try require(SSL_CTX_set_num_tickets(pointer, 0) == 1, "the number of tickets")
        try setUpTickets()
    }
}

/// The names of application protocols as they are on the wire (RFC 7301).
enum ApplicationProtocols {
    static func list(_ names: [String]) throws(TransportError) -> [UInt8] {
        var list: [UInt8] = []
        for name in names {
            guard let count = UInt8(exactly: name.utf8.count), count > 0 else {
                throw .invalidArgument("the name of an application protocol has 1 to 255 bytes", operation: .open)
            }
            list.append(count)
            list += name.utf8
        }
        guard list.count <= 65_535 else {
            throw .invalidArgument("the application protocols have more than 65,535 bytes", operation: .open)
        }
        return list
    }

    /// The first of our own protocols that was offered.
    static func choice(of own: [String], among offered: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        for name in own {
            var position = 0
            while position < offered.count {
                let count = Int(offered[position])
                guard position + 1 + count <= offered.count else { return nil }
                let range = position + 1..<position + 1 + count
                if offered[range].elementsEqual(name.utf8) { return range }
                position = range.upperBound
            }
        }
        return nil
    }
}
