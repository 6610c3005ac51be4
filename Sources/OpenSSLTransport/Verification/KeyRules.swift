internal import COpenSSL

/// Keys that nobody should use any more, whatever their size.
enum KeyRules {
    /// DSA was withdrawn (FIPS 186-5) and has no place in TLS; OpenSSL's security level looks at the size alone.
    @Sendable static func problem(_ chain: VerifiedChain) -> CertificateProblem? {
        guard chain.settings.securityLevel >= 2 else { return nil }
        for (depth, certificate) in chain.certificates.enumerated() {
            if let key = X509_get0_pubkey(certificate), EVP_PKEY_get_base_id(key) == EVP_PKEY_DSA {
                return CertificateProblem(
                    depth == 0 ? X509_V_ERR_EE_KEY_TOO_SMALL : X509_V_ERR_CA_KEY_TOO_SMALL,
                    "it has a DSA key, which is no longer safe", depth: depth, certificate: certificate
                )
            }
        }
        return nil
    }
}
