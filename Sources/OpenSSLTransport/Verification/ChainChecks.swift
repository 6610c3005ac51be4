internal import COpenSSL

/// The checks of a verified chain that OpenSSL does not make.
enum ChainChecks {
    /// What is wrong with a chain that OpenSSL found good; nil when nothing is.
    static func problem(of store: OpaquePointer, settings: TLSSettings) -> CertificateVerifier.Problem? {
        guard let chain = X509_STORE_CTX_get0_chain(store) else {
            return CertificateVerifier.Problem(code: X509_V_ERR_UNSPECIFIED)
        }
        return missingPin(chain, settings)
    }

    private static func missingPin(
        _ chain: OpaquePointer, _ settings: TLSSettings
    ) -> CertificateVerifier.Problem? {
        guard !settings.pinnedPublicKeys.isEmpty else { return nil }
        let isPinned = Certificate.certificates(of: chain).contains {
            settings.pinnedPublicKeys.contains($0.publicKey.fingerprint)
        }
        return isPinned ? nil : .init(.noPinnedKey, "no certificate of its chain has one of the pinned keys")
    }
}
