internal import COpenSSL
internal import TransportCore

/// Why the peer's certificate was refused, noted while libssl still has the chain at hand.
struct CertificateRefusal {
    /// OpenSSL's number (`X509_V_ERR_…`).
    let code: Int32
    /// How far from the peer's own certificate: 0 is its own.
    let depth: Int32
    /// The subject of the certificate that the refusal is about.
    let subject: String
    /// Who issued that certificate.
    let issuer: String
    /// For which hosts the peer's certificate is.
    let names: [String]
    /// What a check of this library or of the program has to say; nil leaves it to OpenSSL's words.
    var reason: String?

    /// A problem with the certificate of a peer.
    init(_ problem: CertificateProblem, of own: Certificate?) {
        code = problem.code
        depth = problem.depth
        let subject = problem.certificate ?? own
        self.subject = QuotedInput.bare(subject?.subject.description ?? "", limit: 255)
        issuer = QuotedInput.bare(subject?.issuer.description ?? "", limit: 255)
        names = own?.alternativeNames.map(\.description) ?? []
        reason = problem.reason
    }

    /// The refusal as the error of an operation.
    func error(
        expected: String?, _ operation: TransportError.Operation, _ failures: [OpenSSLFailure]
    ) -> TransportError {
        let text = String(cString: X509_verify_cert_error_string(Int(code)))
        let isOtherHost = code == X509_V_ERR_HOSTNAME_MISMATCH || code == X509_V_ERR_IP_ADDRESS_MISMATCH
        let message =
            isOtherHost
            ? "the certificate is not for \(expected ?? "this host"); it is for \(hosts)"
            : "the certificate of the peer is refused: \(reason ?? text)"
                + (subject.isEmpty
                    ? "" : " (\(subject)\(isIssuerMissing ? ", issued by \(issuer)" : ""), depth \(depth))")
        let error = TransportError(
            isOtherHost ? .tlsHostNameMismatch : .tlsCertificateRejected, operation: operation,
            code: .init(domain: .certificate, value: code, text: text)
        ).with(message: message)
        let chained = failures.isEmpty ? error : error.with(underlying: OpenSSLFailures(failures))
        return advice.map { chained.with(advice: $0) } ?? chained
    }

    private var hosts: String {
        names.isEmpty
            ? "no host at all (it has no subject alternative names)"
            : QuotedInput.bare(names.joined(separator: ", "), limit: 500)
    }

    /// Whether the chain ends because the next certificate of it is nowhere.
    private var isIssuerMissing: Bool {
        switch code {
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT,
            X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
            true
        default: false
        }
    }

    private var advice: String? {
        if isIssuerMissing {
            return
                "if \(issuer) is an intermediate authority, have the peer send its certificate along; if it is one that "
                + "you trust, add it to the roots (TLSSettings.roots)"
        }
        return switch code {
        case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
            "connect by a name that the certificate has, or give that name as the peer's"
        case X509_V_ERR_CERT_HAS_EXPIRED: "renew the certificate; check the clock of this machine"
        case X509_V_ERR_CERT_NOT_YET_VALID: "check the clock of this machine"
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            "nobody vouches for it; add the certificate itself to the roots, if you trust it (TLSSettings.roots)"
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            "add the authority that signed it to the roots, if you trust it (TLSSettings.roots)"
        case X509_V_ERR_CERT_REJECTED:
            "if the peer has a new key, and you know it for its own, add that to the pins (TLSSettings.pinnedPublicKeys)"
        case X509_V_ERR_INVALID_PURPOSE:
            "the certificate is not made for this use: a server's needs serverAuth, a client's clientAuth"
        case X509_V_ERR_OCSP_VERIFY_NEEDED, X509_V_ERR_OCSP_VERIFY_FAILED:
            "the server has to fetch answers of OCSP and staple them; or change TLSSettings.stapledStatus"
        case X509_V_ERR_UNABLE_TO_GET_CRL:
            "give the revocation list of its authority, or accept that there is none (missingRevocationList)"
        case X509_V_ERR_CRL_HAS_EXPIRED: "fetch a newer revocation list"
        case X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER, X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER,
            X509_V_ERR_INVALID_EXTENSION, X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3, X509_V_ERR_UNSUPPORTED_NAME_SYNTAX:
            "make the certificates anew after RFC 5280, or switch strict verification off (TLSSettings.strict)"
        default: nil
        }
    }
}
