internal import COpenSSL
internal import TransportCore

/// What public authorities promise (CA/Browser Forum, Baseline Requirements, section 7.1), beyond RFC 5280.
enum PublicProfileRules {
    static let all: [ChainChecks.Rule] = [
        ownIsNoAuthority, extendedKeyUsage, rootHasNoUsage, namesAreNotCritical, commonName, keySize,
    ]

    @Sendable static func ownIsNoAuthority(_ chain: VerifiedChain) -> CertificateProblem? {
        guard X509_get_extension_flags(chain.own) & UInt32(EXFLAG_CA) != 0 else { return nil }
        return CertificateProblem(
            X509_V_ERR_INVALID_CA, "it is the certificate of an authority", certificate: chain.own)
    }

    /// What a certificate is for is said, and is not "everything" (7.1.2.7.10).
    @Sendable static func extendedKeyUsage(_ chain: VerifiedChain) -> CertificateProblem? {
        let index = X509_get_ext_by_NID(chain.own, NID_ext_key_usage, -1)
        let why: String? =
            if index < 0 {
                "it does not say what it is for (extended key usage)"
            } else if X509_EXTENSION_get_critical(X509_get_ext(chain.own, index)) > 0 {
                "its extended key usage is critical"
            } else if X509_get_extended_key_usage(chain.own) & UInt32(XKU_ANYEKU) != 0 {
                "it is for every use (anyExtendedKeyUsage)"
            } else {
                nil
            }
        return why.map { CertificateProblem(X509_V_ERR_INVALID_PURPOSE, $0, certificate: chain.own) }
    }

    /// A root is for everything (7.1.2.1.2).
    @Sendable static func rootHasNoUsage(_ chain: VerifiedChain) -> CertificateProblem? {
        guard let (certificate, depth) = chain.anchor, VerifiedChain.isSelfIssued(certificate),
            X509_get_ext_by_NID(certificate, NID_ext_key_usage, -1) >= 0
        else { return nil }
        return CertificateProblem(
            X509_V_ERR_INVALID_EXTENSION, "it is a root and has an extended key usage", depth: depth,
            certificate: certificate
        )
    }

    /// Alternative names are critical where there is no subject, and there alone (7.1.2.7.12).
    @Sendable static func namesAreNotCritical(_ chain: VerifiedChain) -> CertificateProblem? {
        let index = X509_get_ext_by_NID(chain.own, NID_subject_alt_name, -1)
        guard index >= 0, X509_EXTENSION_get_critical(X509_get_ext(chain.own, index)) > 0,
            X509_NAME_entry_count(X509_get_subject_name(chain.own)) > 0
        else { return nil }
        return CertificateProblem(
            X509_V_ERR_INVALID_EXTENSION, "its alternative names are critical, though it has a subject",
            certificate: chain.own
        )
    }

    /// A common name that has the form of a host or an address is one of the alternative names, letter for letter
    /// (7.1.4.3), or the domain of one. It never counts; but whoever signed this has not looked.
    @Sendable static func commonName(_ chain: VerifiedChain) -> CertificateProblem? {
        guard chain.role == .client, let own = try? Certificate(retaining: chain.own) else { return nil }
        var hosts: [String] = []
        var addresses: [String] = []
        for name in own.alternativeNames {
            switch name {
            case .dns(let host): hosts.append(host)
            case .ip(let address): addresses.append("\(address)")
            default: break
            }
        }
        let stranger = own.subject["2.5.4.3"].first { name in
            if isAddress(name) { return !addresses.contains(name) }
            guard name.contains("."), !name.contains(" "), !hosts.isEmpty else { return false }
            return !hosts.contains { $0 == name || $0.hasSuffix("." + name) }
        }
        guard let stranger else { return nil }
        return CertificateProblem(
            X509_V_ERR_CERT_REJECTED, "its common name \(QuotedInput(stranger)) is none of its alternative names",
            certificate: chain.own
        )
    }

    private static func isAddress(_ text: String) -> Bool {
        IPv6.Address(text) != nil || (try? IPv4.Address(legacyText: text)) != nil
    }

    /// The size of RSA keys is a multiple of 8 bits (6.1.5).
    @Sendable static func keySize(_ chain: VerifiedChain) -> CertificateProblem? {
        for (depth, certificate) in chain.certificates.enumerated() {
            guard let key = X509_get0_pubkey(certificate), EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA,
                EVP_PKEY_get_bits(key) % 8 != 0
            else { continue }
            return CertificateProblem(
                depth == 0 ? X509_V_ERR_EE_KEY_TOO_SMALL : X509_V_ERR_CA_KEY_TOO_SMALL,
                "its RSA key has \(EVP_PKEY_get_bits(key)) bits, which is no multiple of 8", depth: depth,
                certificate: certificate
            )
        }
        return nil
    }
}
