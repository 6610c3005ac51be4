internal import COpenSSL
internal import TransportCore

/// The names of the peer's certificate are names (RFC 5280, section 4.2.1.6).
enum NameRules {
    /// A damaged name beside a good one says that nobody has looked at what was signed.
    @Sendable static func alternativeNames(_ chain: VerifiedChain) -> CertificateProblem? {
        let why: String? = withNames(of: chain.own) { names -> String? in
            for name in names {
                if let host = text(name, of: GEN_DNS), !isHostName(host) {
                    return "its name \(QuotedInput(host)) is no host name"
                }
                if let address = text(name, of: GEN_EMAIL), !isMailAddress(address) {
                    return "its name \(QuotedInput(address)) is no mail address"
                }
            }
            return nil
        }.flatMap(\.self)
        return why.map { CertificateProblem(X509_V_ERR_UNSUPPORTED_NAME_SYNTAX, $0, certificate: chain.own) }
    }

    /// Labels of letters, digits, hyphens and underscores, and wildcards.
    ///
    /// RFC 5280 has no underscores. Names of services in private networks do, and who asks for such a name means it.
    private static func isHostName(_ name: String) -> Bool {
        let name = name.hasSuffix(".") ? name.dropLast() : name[...]
        return name.utf8.split(separator: 0x2e, omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty
                && label.allSatisfy { byte in
                    switch byte {
                    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f, 0x2a: true
                    default: false
                    }
                }
        }
    }

    private static func isMailAddress(_ address: String) -> Bool {
        let parts = address.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
            && address.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }

    /// The DNS names of a certificate.
    static func dnsNames(of certificate: OpaquePointer) -> [String] {
        withNames(of: certificate) { names in names.compactMap { text($0, of: GEN_DNS) } } ?? []
    }

    /// The alternative names of a certificate; nil when it has none that can be read.
    static func withNames<Result>(
        of certificate: OpaquePointer, _ body: ([UnsafeMutablePointer<GENERAL_NAME>]) -> Result
    ) -> Result? {
        VerifiedChain.withExtension(
            NID_subject_alt_name, of: certificate, free: { GENERAL_NAMES_free($0) }
        ) { names, _ in
            body((0..<max(0, copenssl_general_name_count(names))).compactMap { copenssl_general_name_at(names, $0) })
        }
    }

    /// The text of a name, when it is of a kind (`GEN_DNS`, `GEN_EMAIL`).
    static func text(_ name: UnsafeMutablePointer<GENERAL_NAME>, of kind: Int32) -> String? {
        var found: Int32 = -1
        let value = GENERAL_NAME_get0_value(name, &found)
        guard found == kind, let value else { return nil }
        let bytes = ASN1Text.bytes(UnsafePointer(value.assumingMemoryBound(to: ASN1_STRING.self)))
        return String(decoding: bytes, as: UTF8.self)
    }
}
