internal import COpenSSL
internal import TransportCore

/// A wildcard stands for no name that an authority above it must not vouch for (CVE-2025-61727).
///
/// `*.example.com` is not below an excluded `bar.example.com`, so that OpenSSL lets it pass; and yet it is for
/// `bar.example.com`, as whoever compares names would find.
enum WildcardRule {
    @Sendable static func problem(_ chain: VerifiedChain) -> CertificateProblem? {
        var parents: Set<String> = []
        for (_, certificate) in chain.authorities { parents.formUnion(excludedParents(certificate)) }
        guard !parents.isEmpty else { return nil }
        for name in NameRules.dnsNames(of: chain.own) where name.hasPrefix("*.") {
            guard parents.contains(name.dropFirst(2).lowercased()) else { continue }
            return CertificateProblem(
                X509_V_ERR_EXCLUDED_VIOLATION,
                "its name \(QuotedInput(name)) stands for names that an authority above it excludes",
                certificate: chain.own
            )
        }
        return nil
    }

    /// What stands behind the first label of the excluded DNS names: a wildcard of it would match them.
    private static func excludedParents(_ certificate: OpaquePointer) -> Set<String> {
        NameConstraintRules.with(certificate) { constraints, _ in
            guard let constraints else { return [] }
            let names = NameConstraintRules.dnsBases(constraints, excluded: true)
            return Set(
                names.compactMap { name in
                    let name = name.lowercased()
                    let labels = name.drop { $0 == "." }
                    return labels.firstIndex(of: ".").map { String(labels[labels.index(after: $0)...]) }
                })
        } ?? []
    }
}
