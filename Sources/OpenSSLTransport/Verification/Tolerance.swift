internal import COpenSSL

/// What OpenSSL finds wrong and RFC 5280, or a setting, does not.
enum Tolerance {
    /// Called by OpenSSL for each finding (`good` is 0) and each certificate that is fine.
    static let callback: @convention(c) (Int32, OpaquePointer?) -> Int32 = { good, store in
        guard good == 0, let store else { return good }
        guard isTolerable(store) else { return 0 }
        X509_STORE_CTX_set_error(store, X509_V_OK)
        return 1
    }

    private static func isTolerable(_ store: OpaquePointer) -> Bool {
        switch X509_STORE_CTX_get_error(store) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            // The last second belongs to the validity (section 4.1.2.5); OpenSSL has it end before.
            guard let certificate = X509_STORE_CTX_get_current_cert(store),
                let parameters = X509_STORE_CTX_get0_param(store)
            else { return false }
            return (try? Certificate(retaining: certificate))?.notAfter == Int64(X509_VERIFY_PARAM_get_time(parameters))
        case X509_V_ERR_CA_CERT_MISSING_KEY_USAGE:
            // Without a key usage a key may do everything (section 4.2.1.3).
            return true
        case X509_V_ERR_UNABLE_TO_GET_CRL:
            let ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx())
            return TLSContext.of(ssl.map { OpaquePointer($0) })?.settings.missingRevocationList == .accept
        default:
            return false
        }
    }
}
