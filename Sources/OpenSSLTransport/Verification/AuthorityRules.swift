internal import COpenSSL

/// How certificates of authorities are made (RFC 5280, section 4.2.1).
enum AuthorityRules {
    /// Constraints of policies are critical, so that nobody passes over them.
    @Sendable static func policyConstraints(_ chain: VerifiedChain) -> CertificateProblem? {
        for (depth, certificate) in chain.authorities {
            let index = X509_get_ext_by_NID(certificate, NID_policy_constraints, -1)
            guard index >= 0, X509_EXTENSION_get_critical(X509_get_ext(certificate, index)) <= 0 else { continue }
            return CertificateProblem(
                X509_V_ERR_INVALID_EXTENSION, "its policy constraints are not critical", depth: depth,
                certificate: certificate
            )
        }
        return nil
    }

    /// Where a root has an identifier of its issuer's key, there is one in it.
    ///
    /// OpenSSL looks at all certificates but the last of the chain, which may leave the extension out.
    @Sendable static func anchorIdentifier(_ chain: VerifiedChain) -> CertificateProblem? {
        guard let (certificate, depth) = chain.anchor else { return nil }
        let isGood = VerifiedChain.withExtension(
            NID_authority_key_identifier, of: certificate,
            free: { AUTHORITY_KEYID_free(UnsafeMutablePointer<AUTHORITY_KEYID>($0)) }
        ) { identifier, _ in
            identifier.map { copenssl_has_key_identifier(UnsafePointer<AUTHORITY_KEYID>($0)) != 0 } ?? false
        }
        guard isGood == false else { return nil }
        return CertificateProblem(
            X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER, "it does not say which key has signed it", depth: depth,
            certificate: certificate
        )
    }
}
