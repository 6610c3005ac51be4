/// The cases in which our verdict is not that of x509-limbo, and why.
enum LimboDifferences {
    /// With the default settings.
    static let byDefault: [String: String] = always.merging(profile) { first, _ in first }

    /// With the profile of public authorities. The wildcards for public suffixes are refused for their common names.
    static let publicProfile: [String: String] = [:]

    private static let always: [String: String] = [
        // Refused, and should be let in.
        "pathlen::validation-ignores-pathlen-in-leaf": noSigning,
        "rfc5280::ca-as-leaf": noSigning,

        // Let in, and should be refused.
        "rfc5280::aki::cross-signed-root-missing-aki":
            "looks like the root of cve::cve-2024-0567, which must be let in: trusted by the caller, signed by another",
        "rfc5280::nc::permitted-dns-match-noncritical":
            "contradicts webpki::nc::permitted-dns-match-noncritical; the constraint holds in both",
        "rfc5280::san::underscore-dns":
            "services in private networks have such names, and who asks for one means it; NameRules",
        "webpki::san::public-suffix-multi-label-wildcard-san": publicSuffix,
        "webpki::san::public-suffix-private-namespace-wildcard-san": publicSuffix,
    ]

    /// What the rules of the web refuse, and private authorities do: TLSSettings.requiresPublicProfile.
    private static let profile: [String: String] = [
        "webpki::cn::case-mismatch": commonName,
        "webpki::cn::ipv4-hex-mismatch": commonName,
        "webpki::cn::ipv4-leading-zeros-mismatch": commonName,
        "webpki::cn::ipv6-non-rfc5952-mismatch": commonName,
        "webpki::cn::ipv6-uncompressed-mismatch": commonName,
        "webpki::cn::ipv6-uppercase-mismatch": commonName,
        "webpki::cn::not-in-san": commonName,
        "webpki::cn::punycode-not-in-san": commonName,
        "webpki::cn::utf8-vs-punycode-mismatch": commonName,
        "webpki::eku::ee-anyeku": "RFC 5280 allows it, and the certificate also says that it is a server's",
        "webpki::eku::ee-critical-eku": "RFC 5280 allows it, and tools for private authorities make it",
        "webpki::eku::ee-without-eku": "contradicts rfc5280::eku::ee-without-eku",
        "webpki::eku::root-has-eku": "RFC 5280 allows it, and it is the server's usage",
        "webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf": "an odd size is no weakness",
        "webpki::forbidden-rsa-not-divisible-by-8-in-root": "an odd size is no weakness",
        "webpki::san::san-critical-with-nonempty-subject":
            "RFC 5280 allows it, and tools for private authorities make it",
    ]

    private static let noSigning =
        "the key usage of the certificate has no digitalSignature, which TLS asks for (RFC 8446, section 4.4.2.2); "
        + "webpki::ca-as-leaf, which is the same, must be refused"
    private static let publicSuffix =
        "needs the list of public suffixes, which changes every week and belongs to no library of transports"
    private static let commonName = "the common name never counts, so that what it says harms nobody"
}
