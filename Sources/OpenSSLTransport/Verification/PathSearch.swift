internal import COpenSSL

/// Looks for a way to a root among those that the certificates of the peer allow.
///
/// An authority may have several certificates, from several roots. OpenSSL takes the first that fits and stops where that
/// leads nowhere; a server with old and new certificates in its chain would be refused for the order in which it sends them.
enum PathSearch {
    /// How many certificates are left out, one after the other, before the search is given up: each attempt costs as much
    /// as the first, and the peer decides how much that is.
    static let mostDetours = 3

    /// Verifies; when an intermediate certificate is what is wrong, once more without it.
    ///
    /// - Parameters:
    ///   - store: The `X509_STORE_CTX` of libssl, in which the chain is left that was found.
    ///   - mostDetours: How many certificates are left out at most.
    ///   - check: Looks at a chain that OpenSSL found good.
    /// - Returns: What is wrong with the first way; nil when there is a good one.
    static func problem(
        _ store: OpaquePointer, mostDetours: Int, check: () -> CertificateProblem?
    ) -> CertificateProblem? {
        guard let first = attempt(store, check) else { return nil }
        let sent = X509_STORE_CTX_get0_untrusted(store)
        // libssl's own: what stands in its place is ours, and is gone when this function is.
        defer { X509_STORE_CTX_set0_untrusted(store, sent) }
        var omitted: [Certificate] = []
        var last = first
        var count = copenssl_x509_count(sent)
        while omitted.count < mostDetours, let wrong = obstacle(last, store) {
            omitted.append(wrong)
            guard let fewer = stack(sent, without: omitted) else { break }
            defer { copenssl_x509_free_all(fewer) }
            // What was wrong may be a root, without which there is no other way.
            guard copenssl_x509_count(fewer) < count else { break }
            count = copenssl_x509_count(fewer)
            X509_STORE_CTX_set0_verified_chain(store, nil)
            X509_STORE_CTX_set_error(store, X509_V_OK)
            X509_STORE_CTX_set0_untrusted(store, fewer)
            guard let next = attempt(store, check) else { return nil }
            last = next
        }
        return first
    }

    /// The certificate that the chain must not go through, for another one to be found.
    private static func obstacle(_ problem: CertificateProblem, _ store: OpaquePointer) -> Certificate? {
        if problem.depth > 0 { return problem.certificate }
        // What is wrong with a name is wrong with those above that do not vouch for it.
        guard problem.code == X509_V_ERR_EXCLUDED_VIOLATION || problem.code == X509_V_ERR_PERMITTED_VIOLATION,
            let chain = X509_STORE_CTX_get0_chain(store), copenssl_x509_count(chain) > 2
        else { return nil }
        return copenssl_x509_at(chain, 1).flatMap { try? Certificate(retaining: $0) }
    }

    private static func attempt(_ store: OpaquePointer, _ check: () -> CertificateProblem?) -> CertificateProblem? {
        X509_verify_cert(store) > 0 ? check() : CertificateProblem(of: store)
    }

    /// The certificates but for some, each with a reference of its own.
    private static func stack(_ sent: OpaquePointer?, without omitted: [Certificate]) -> OpaquePointer? {
        guard let sent, let stack = copenssl_x509_stack() else { return nil }
        for index in 0..<max(0, copenssl_x509_count(sent)) {
            guard let certificate = copenssl_x509_at(sent, index),
                !omitted.contains(where: { $0.withX509 { X509_cmp($0, certificate) == 0 } })
            else { continue }
            guard X509_up_ref(certificate) == 1 else { continue }
            if copenssl_x509_push(stack, certificate) <= 0 { X509_free(certificate) }
        }
        return stack
    }
}
