internal import COpenSSL

/// A chain that OpenSSL found good, while libssl has it at hand: nothing is copied, and nothing outlives the verification.
struct VerifiedChain {
    /// The certificates (`X509 *`), the peer's own first, the one that is trusted last.
    let certificates: [OpaquePointer]
    /// Whose verification it is.
    let role: TLSConfiguration.Role
    let settings: TLSSettings

    init?(_ store: OpaquePointer, role: TLSConfiguration.Role, settings: TLSSettings) {
        guard let chain = X509_STORE_CTX_get0_chain(store) else { return nil }
        certificates = (0..<max(0, copenssl_x509_count(chain))).compactMap { copenssl_x509_at(chain, $0) }
        guard !certificates.isEmpty else { return nil }
        self.role = role
        self.settings = settings
    }

    /// The peer's own certificate.
    var own: OpaquePointer { certificates[0] }

    /// The one that is trusted, and its distance from the peer's; nil when that is the peer's own.
    var anchor: (certificate: OpaquePointer, depth: Int)? {
        certificates.count > 1 ? (certificates[certificates.count - 1], certificates.count - 1) : nil
    }

    /// Those that nobody trusts for themselves: all but the last.
    var presented: ArraySlice<OpaquePointer> { certificates.dropLast() }

    /// Those of authorities, with their distance from the peer's own.
    var authorities: Zip2Sequence<Range<Int>, ArraySlice<OpaquePointer>> {
        zip(1..<max(1, certificates.count), certificates.dropFirst())
    }

    /// Whether subject and issuer of a certificate are the same.
    static func isSelfIssued(_ certificate: OpaquePointer) -> Bool {
        X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0
    }

    /// An extension of a certificate in OpenSSL's form, for the time of the closure.
    ///
    /// - Returns: What the closure says; nil when there is no such extension.
    static func withExtension<Result>(
        _ number: Int32, of certificate: OpaquePointer, free: (OpaquePointer) -> Void,
        _ body: (_ value: OpaquePointer?, _ isCritical: Bool) -> Result
    ) -> Result? {
        guard X509_get_ext_by_NID(certificate, number, -1) >= 0 else { return nil }
        var critical: Int32 = 0
        guard let value = X509_get_ext_d2i(certificate, number, &critical, nil) else {
            // There is one, and it is damaged, or there are two.
            ERR_clear_error()
            return body(nil, critical == 1)
        }
        let pointer = OpaquePointer(value)
        defer { free(pointer) }
        return body(pointer, critical == 1)
    }
}
