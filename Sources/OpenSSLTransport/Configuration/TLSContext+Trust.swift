internal import COpenSSL
internal import TransportCore

extension TLSRoots {
    /// Whether nobody is trusted.
    var isEmpty: Bool { !includesSystem && materials.isEmpty }
}

extension TLSContext {
    /// Whether the peer has to be verified at all.
    var verifiesPeer: Bool {
        role == .client ? settings.verification != .dangerouslyNone : settings.clientAuthentication != .none
    }

    /// Sets up whom to trust and what to verify.
    func setUpTrust() throws(TransportError) {
        guard let store = SSL_CTX_get_cert_store(pointer), let parameters = SSL_CTX_get0_param(pointer) else {
            throw .openSSL(.outOfResources, operation: .open)
        }
        var endsAnywhere = settings.allowsPartialChains
        if verifiesPeer {
            if settings.roots.includesSystem { try addSystemRoots() }
            for material in settings.roots.materials where try addRoots(material, to: store) { endsAnywhere = true }
        }
        for material in settings.revocationLists {
            try MaterialReader.addRevocationLists(material, to: store, numbered: settings.strict)
        }
        X509_VERIFY_PARAM_set_hostflags(
            parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS) | UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)
        )
        let depth = min(max(0, settings.maximumChainDepth), 10_000)
        X509_VERIFY_PARAM_set_depth(parameters, Int32(depth + ChainLengthRule.room))
        var flags = 0
        if settings.strict { flags |= Int(X509_V_FLAG_X509_STRICT) }
        if endsAnywhere { flags |= Int(X509_V_FLAG_PARTIAL_CHAIN) }
        if settings.revocation != .none { flags |= Int(X509_V_FLAG_CRL_CHECK) }
        if settings.revocation == .chain { flags |= Int(X509_V_FLAG_CRL_CHECK_ALL) }
        try require(X509_VERIFY_PARAM_set_flags(parameters, UInt(flags)) == 1, "the flags of the verification")
        _ = copenssl_ctx_set_max_cert_list(pointer, settings.maximumCertificateBytes)
        for pin in settings.pinnedPublicKeys where pin.bytes.count != 32 {
            throw .invalidArgument(
                "a pinned key is a SHA-256 hash of 32 bytes, not \(pin.bytes.count)", operation: .open)
        }
        let mode =
            switch (role, settings.clientAuthentication) {
            case (.client, _): verifiesPeer ? SSL_VERIFY_PEER : SSL_VERIFY_NONE
            case (.server, .none): SSL_VERIFY_NONE
            case (.server, .optional): SSL_VERIFY_PEER
            case (.server, .required): SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT
            }
        SSL_CTX_set_verify(pointer, mode, nil)
        SSL_CTX_set_cert_verify_callback(pointer, CertificateVerifier.callback, nil)
    }

    /// Adds roots.
    ///
    /// - Returns: Whether one of them is no root, and is trusted for itself all the same.
    private func addRoots(_ material: TLSMaterial, to store: OpaquePointer) throws(TransportError) -> Bool {
        if case .directory(let path) = material {
            guard !path.utf8.contains(0) else {
                throw .invalidArgument("a path cannot have a NUL in it", operation: .loadCertificate)
            }
            try requireRoots(at: path, copenssl_directory_has_entries(path) != 0)
            try require(SSL_CTX_load_verify_dir(pointer, path) == 1, "the directory \(path)", .tlsUnusableMaterial)
            return false
        }
        var hasOthers = false
        for certificate in try MaterialReader.certificates(material) {
            ErrorQueue.clear()
            try require(certificate.withX509 { X509_STORE_add_cert(store, $0) } == 1, "a root", .tlsUnusableMaterial)
            if certificate.withX509({ !VerifiedChain.isSelfIssued($0) }) { hasOthers = true }
            // What clients are told, so that they can choose among several certificates.
            if role == .server, settings.clientAuthentication != .none {
                try require(
                    certificate.withX509 { SSL_CTX_add_client_CA(pointer, $0) } == 1, "a root", .tlsUnusableMaterial)
            }
        }
        return hasOthers
    }

    /// Trusts whom the system trusts. OpenSSL would take a missing store for an empty one and say nothing.
    private func addSystemRoots() throws(TransportError) {
        let file = Self.place(X509_get_default_cert_file_env(), X509_get_default_cert_file())
        let directory = Self.place(X509_get_default_cert_dir_env(), X509_get_default_cert_dir())
        try requireRoots(
            at: "\(file) and \(directory)", access(file, R_OK) == 0 || copenssl_directory_has_entries(directory) != 0
        )
        try require(
            SSL_CTX_set_default_verify_paths(pointer) == 1, "the roots of the system", .tlsUnusableMaterial
        )
    }

    private func requireRoots(at place: String, _ areThere: Bool) throws(TransportError) {
        guard !areThere else { return }
        throw TransportError(.tlsUnusableMaterial, operation: .open)
            .with(message: "there are no roots at \(place)")
            .with(advice: "install the package ca-certificates, or say whom to trust (TLSSettings.roots)")
    }

    private static func place(_ variable: UnsafePointer<CChar>?, _ usual: UnsafePointer<CChar>?) -> String {
        if let variable, let value = getenv(variable) { return String(cString: value) }
        return usual.map { String(cString: $0) } ?? ""
    }
}
