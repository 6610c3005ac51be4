internal import COpenSSL

/// How certificates are made (RFC 5280, section 4).
enum StructureRules {
    /// Only version 3 can say what a certificate is for.
    @Sendable static func version(_ chain: VerifiedChain) -> CertificateProblem? {
        let version = X509_get_version(chain.own) + 1
        return version == 3
            ? nil
            : CertificateProblem(
                X509_V_ERR_EXTENSIONS_REQUIRE_VERSION_3, "it is of version \(version) of X.509, and not of version 3",
                certificate: chain.own
            )
    }

    /// A serial number is positive and has at most 20 bytes. Some old roots have 0, which harms nobody.
    @Sendable static func serialNumber(_ chain: VerifiedChain) -> CertificateProblem? {
        for (depth, certificate) in chain.presented.enumerated() {
            let number = X509_get0_serialNumber(certificate)
            let bytes = ASN1Text.bytes(number)
            let isNegative = number.map { ASN1_STRING_type($0) == V_ASN1_NEG_INTEGER } ?? true
            guard isNegative || bytes.count > 20 || bytes.allSatisfy({ $0 == 0 }) else { continue }
            return CertificateProblem(
                X509_V_ERR_CERT_REJECTED, "its serial number is not positive, or longer than 20 bytes", depth: depth,
                certificate: certificate
            )
        }
        return nil
    }

    /// A certificate is an authority's by both of its statements, or by neither.
    @Sendable static func ownIsNoHalfAuthority(_ chain: VerifiedChain) -> CertificateProblem? {
        let usage = X509_get_key_usage(chain.own)
        guard X509_get_extension_flags(chain.own) & UInt32(EXFLAG_CA) != 0, usage != .max,
            usage & UInt32(KU_KEY_CERT_SIGN) == 0
        else { return nil }
        return CertificateProblem(
            X509_V_ERR_INVALID_CA, "it says that it is an authority's, and that it signs no certificates",
            certificate: chain.own
        )
    }

    /// Name constraints are for authorities.
    @Sendable static func ownHasNoConstraints(_ chain: VerifiedChain) -> CertificateProblem? {
        guard X509_get_extension_flags(chain.own) & UInt32(EXFLAG_CA) == 0,
            X509_get_ext_by_NID(chain.own, NID_name_constraints, -1) >= 0
        else { return nil }
        return CertificateProblem(
            X509_V_ERR_INVALID_EXTENSION, "it has name constraints and is no authority's", certificate: chain.own
        )
    }

    /// The access to information about the authority can be read and is not empty.
    @Sendable static func informationAccess(_ chain: VerifiedChain) -> CertificateProblem? {
        let isGood =
            VerifiedChain.withExtension(
                NID_info_access, of: chain.own, free: { AUTHORITY_INFO_ACCESS_free($0) }
            ) { access, _ in access.map { copenssl_access_description_count($0) > 0 } ?? false } ?? true
        return isGood
            ? nil
            : CertificateProblem(
                X509_V_ERR_INVALID_EXTENSION, "its authority information access is damaged or empty",
                certificate: chain.own
            )
    }
}
