internal import COpenSSL

/// The checks of a verified chain that OpenSSL does not make.
///
/// Each rule is a function that says what is wrong, and nil when nothing is.
enum ChainChecks {
    typealias Rule = @Sendable (VerifiedChain) -> CertificateProblem?

    /// Rules that always hold: without them somebody gets in who must not.
    private static let always: [Rule] = [
        ChainLengthRule.problem, WildcardRule.problem, KeyRules.problem, PinRule.problem,
    ]

    /// Rules of RFC 5280 that OpenSSL's strict verification leaves out.
    private static let strict: [Rule] = [
        StructureRules.version, StructureRules.serialNumber, StructureRules.ownIsNoHalfAuthority,
        StructureRules.ownHasNoConstraints, StructureRules.informationAccess, NameRules.alternativeNames,
        NameConstraintRules.problem, AuthorityRules.policyConstraints, AuthorityRules.anchorIdentifier,
    ]

    /// What is wrong with a chain that OpenSSL found good; nil when nothing is.
    static func problem(of chain: VerifiedChain) -> CertificateProblem? {
        first(always, chain)
            ?? (chain.settings.strict ? first(strict, chain) : nil)
            ?? (chain.settings.requiresPublicProfile ? first(PublicProfileRules.all, chain) : nil)
    }

    private static func first(_ rules: [Rule], _ chain: VerifiedChain) -> CertificateProblem? {
        for rule in rules {
            if let problem = rule(chain) { return problem }
        }
        return nil
    }
}

/// One certificate of the chain must have one of the pinned keys.
enum PinRule {
    @Sendable static func problem(_ chain: VerifiedChain) -> CertificateProblem? {
        let pins = chain.settings.pinnedPublicKeys
        guard !pins.isEmpty else { return nil }
        let isPinned = chain.certificates.contains {
            (try? Certificate(retaining: $0)).map { pins.contains($0.publicKey.fingerprint) } ?? false
        }
        guard !isPinned else { return nil }
        let key = (try? Certificate(retaining: chain.own))?.publicKey.fingerprint.description ?? ""
        return CertificateProblem(
            X509_V_ERR_CERT_REJECTED, "no certificate of its chain has one of the pinned keys; its own key is \(key)"
        )
    }
}
