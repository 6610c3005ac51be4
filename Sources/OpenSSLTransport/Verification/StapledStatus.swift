internal import COpenSSL

/// The answer of OCSP that a server sends with its certificate (RFC 6960), verified by a client.
enum StapledStatus {
    /// How far clocks may be apart, in seconds.
    private static let tolerance: Int64 = 300

    /// Called by libssl once the chain is verified, whether or not there is an answer.
    static let callback: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Int32 = { ssl, _ in
        guard let ssl, let engine = TLSEngine.of(ssl) else { return 0 }
        // A session that is resumed was verified, as is its certificate.
        guard SSL_session_reused(ssl) == 0 else { return 1 }
        guard let chain = SSL_get0_verified_chain(ssl), let own = copenssl_x509_at(chain, 0) else { return 0 }
        guard let problem = problem(ssl, chain, own, engine.context.settings) else { return 1 }
        engine.refusal = CertificateRefusal(problem, of: try? Certificate(retaining: own))
        return 0
    }

    private static func problem(
        _ ssl: OpaquePointer, _ chain: OpaquePointer, _ own: OpaquePointer, _ settings: TLSSettings
    ) -> CertificateProblem? {
        var bytes: UnsafePointer<UInt8>?
        let count = copenssl_get_status(ssl, &bytes)
        guard count > 0, bytes != nil else {
            guard settings.stapledStatus == .required || promisesStatus(own) else { return nil }
            return CertificateProblem(
                X509_V_ERR_OCSP_VERIFY_NEEDED, "the server has sent no answer about its revocation", certificate: own
            )
        }
        func refused(_ why: String, _ code: Int32 = X509_V_ERR_OCSP_VERIFY_FAILED) -> CertificateProblem {
            CertificateProblem(code, "the answer about its revocation \(why)", certificate: own)
        }
        defer { ERR_clear_error() }
        guard let response = d2i_OCSP_RESPONSE(nil, &bytes, count) else { return refused("cannot be read") }
        defer { OCSP_RESPONSE_free(response) }
        guard OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL,
            let basic = OCSP_response_get1_basic(response)
        else { return refused("is that there is none") }
        defer { OCSP_BASICRESP_free(basic) }
        let now = settings.verificationTime.map { $0() } ?? Int64(time(nil))
        guard isSigned(basic, chain, now) else { return refused("is not signed by its authority") }
        guard let single = answer(in: basic, own, issuer: copenssl_x509_at(chain, 1) ?? own) else {
            return refused("is about another certificate")
        }
        var thisUpdate: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
        var nextUpdate: UnsafeMutablePointer<ASN1_GENERALIZEDTIME>?
        let status = OCSP_single_get0_status(single, nil, nil, &thisUpdate, &nextUpdate)
        guard let begin = Certificate.seconds(thisUpdate), let end = Certificate.seconds(nextUpdate) else {
            return refused("does not say until when it holds")
        }
        guard begin <= now + tolerance, now - tolerance <= end else { return refused("is out of date") }
        switch status {
        case V_OCSP_CERTSTATUS_GOOD: return nil
        case V_OCSP_CERTSTATUS_REVOKED: return refused("is that it is revoked", X509_V_ERR_CERT_REVOKED)
        default: return refused("is that nobody knows it", X509_V_ERR_OCSP_CERT_UNKNOWN)
        }
    }

    /// Whether a certificate says that it always comes with an answer (RFC 7633).
    private static func promisesStatus(_ certificate: OpaquePointer) -> Bool {
        VerifiedChain.withExtension(
            NID_tlsfeature, of: certificate, free: { TLS_FEATURE_free($0) }
        ) { features, _ in
            // One that cannot be read promises everything.
            guard let features else { return true }
            return (0..<max(0, copenssl_feature_count(features))).contains {
                copenssl_feature_at(features, $0) == Int(TLSEXT_TYPE_status_request)
            }
        } ?? false
    }

    /// Whether the authority of the chain has signed, or somebody whom it has charged with that.
    private static func isSigned(_ basic: OpaquePointer, _ chain: OpaquePointer, _ now: Int64) -> Bool {
        // A store of its own, for the time of the verification; what the chain ends with is trusted.
        guard let store = X509_STORE_new() else { return false }
        defer { X509_STORE_free(store) }
        guard let anchor = copenssl_x509_at(chain, copenssl_x509_count(chain) - 1),
            X509_STORE_add_cert(store, anchor) == 1, let parameters = X509_STORE_get0_param(store),
            X509_VERIFY_PARAM_set_flags(parameters, UInt(X509_V_FLAG_PARTIAL_CHAIN)) == 1
        else { return false }
        X509_VERIFY_PARAM_set_time(parameters, Int(now))
        return OCSP_basic_verify(basic, chain, store, 0) == 1
    }

    /// What is said about a certificate; nil when nothing is.
    private static func answer(
        in basic: OpaquePointer, _ own: OpaquePointer, issuer: OpaquePointer
    ) -> OpaquePointer? {
        for digest in [EVP_sha1(), EVP_sha256()] {
            guard let name = OCSP_cert_to_id(digest, own, issuer) else { continue }
            defer { OCSP_CERTID_free(name) }
            for index in 0..<max(0, OCSP_resp_count(basic)) {
                guard let single = OCSP_resp_get0(basic, index) else { continue }
                if OCSP_id_cmp(OCSP_SINGLERESP_get0_id(single), name) == 0 { return single }
            }
        }
        return nil
    }
}
