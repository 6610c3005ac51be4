internal import COpenSSL

/// What is wrong with a chain.
struct CertificateProblem {
    /// OpenSSL's number for it; where a rule is not OpenSSL's, the one that comes nearest.
    let code: Int32
    /// In words, where OpenSSL has none that fit.
    var reason: String?
    /// How far from the peer's own certificate.
    var depth: Int32
    /// The certificate that it is about, with a reference of its own.
    var certificate: Certificate?

    /// A problem that a rule has found.
    init(_ code: Int32, _ reason: String, depth: Int = 0, certificate: OpaquePointer? = nil) {
        self.code = code
        self.reason = reason
        self.depth = Int32(clamping: depth)
        self.certificate = certificate.flatMap { try? Certificate(retaining: $0) }
    }

    /// The problem at which OpenSSL has stopped.
    init(of store: OpaquePointer) {
        let code = X509_STORE_CTX_get_error(store)
        // An error without a number must not be taken for none.
        self.code = code == X509_V_OK ? X509_V_ERR_UNSPECIFIED : code
        reason = nil
        depth = X509_STORE_CTX_get_error_depth(store)
        certificate = X509_STORE_CTX_get_current_cert(store).flatMap { try? Certificate(retaining: $0) }
    }
}
