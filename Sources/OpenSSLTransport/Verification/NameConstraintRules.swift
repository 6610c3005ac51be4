internal import COpenSSL

/// The constraints of names that authorities have are well made (RFC 5280, section 4.2.1.10).
enum NameConstraintRules {
    @Sendable static func problem(_ chain: VerifiedChain) -> CertificateProblem? {
        for (depth, certificate) in chain.authorities {
            let why: String? = with(certificate) { constraints, _ in
                guard let constraints else { return "its name constraints cannot be read" }
                let isEmpty =
                    copenssl_subtree_count(constraints, 0) <= 0 && copenssl_subtree_count(constraints, 1) <= 0
                if isEmpty { return "its name constraints are empty" }
                let names = dnsBases(constraints, excluded: false) + dnsBases(constraints, excluded: true)
                return names.contains { $0.hasPrefix(".") }
                    ? "its name constraints have a DNS name that begins with a dot" : nil
            }.flatMap(\.self)
            if let why {
                return CertificateProblem(X509_V_ERR_INVALID_EXTENSION, why, depth: depth, certificate: certificate)
            }
        }
        return nil
    }

    /// The constraints of a certificate; nil when it has none.
    static func with<Result>(
        _ certificate: OpaquePointer, _ body: (UnsafePointer<NAME_CONSTRAINTS>?, _ isCritical: Bool) -> Result
    ) -> Result? {
        VerifiedChain.withExtension(
            NID_name_constraints, of: certificate,
            free: { NAME_CONSTRAINTS_free(UnsafeMutablePointer<NAME_CONSTRAINTS>($0)) }
        ) { value, isCritical in
            body(value.map { UnsafePointer<NAME_CONSTRAINTS>($0) }, isCritical)
        }
    }

    /// The DNS names that are permitted or excluded.
    static func dnsBases(_ constraints: UnsafePointer<NAME_CONSTRAINTS>, excluded: Bool) -> [String] {
        let kind: Int32 = excluded ? 1 : 0
        return (0..<max(0, copenssl_subtree_count(constraints, kind))).compactMap { index in
            copenssl_subtree_base(constraints, kind, index).flatMap { NameRules.text($0, of: GEN_DNS) }
        }
    }
}
