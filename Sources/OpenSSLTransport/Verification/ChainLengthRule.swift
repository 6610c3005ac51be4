internal import COpenSSL

/// No more authorities stand between the peer and the root than the settings allow.
///
/// OpenSSL counts every certificate. Those that an authority issues to itself, when it changes its key, do not count (RFC
/// 5280, section 6.1.4 (l)): OpenSSL is given room for some, and the counting is done here.
enum ChainLengthRule {
    /// How many certificates of authorities to themselves a chain may have.
    static let room = 2

    @Sendable static func problem(_ chain: VerifiedChain) -> CertificateProblem? {
        var count = 0
        for (depth, certificate) in chain.authorities.dropLast() where !VerifiedChain.isSelfIssued(certificate) {
            count += 1
            if count > chain.settings.maximumChainDepth {
                return CertificateProblem(
                    X509_V_ERR_CERT_CHAIN_TOO_LONG,
                    "more than \(chain.settings.maximumChainDepth) certificates stand between it and the root",
                    depth: depth, certificate: certificate
                )
            }
        }
        return nil
    }
}
