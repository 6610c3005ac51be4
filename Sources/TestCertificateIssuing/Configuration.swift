internal import TestCertificateAuthority

/// Which certificates are wanted.
struct Configuration {
    /// What the authority's certificate says.
    var authority = CertificateShape.authority("Test CA")

    /// The certificates, by the names that tests know them by.
    var certificates: [Entry] = []

    /// One certificate.
    struct Entry {
        /// What tests know it by.
        let name: String
        /// What it says.
        var shape: CertificateShape
        /// Who signs it.
        var issuer = Issuer.authority
        /// How many authorities are between its issuer and it.
        var chainDepth = 0
        /// Whether those are left out of what a server presents.
        var omitsIntermediates = false
        /// Whether it is on the revocation list.
        var isRevoked = false
        /// What the key is encrypted with.
        var password: String?

        init(_ name: String, _ shape: CertificateShape, _ change: (inout Entry) -> Void = { _ in }) {
            self.name = name
            self.shape = shape
            change(&self)
        }
    }

    /// Who signs a certificate.
    enum Issuer: Equatable {
        /// The authority that tests trust.
        case authority
        /// Nobody else.
        case itself
        /// An authority that nobody trusts.
        case stranger
        /// Another certificate, whether or not that is an authority's.
        case certificate(String)
    }

    /// In ten years: what a build made must not become valid while the build is kept.
    static let notYetValid = CertificateShape.Validity.seconds(from: 3650 * 86_400, to: 3680 * 86_400)

    /// What most tests need, without any file.
    static let usual = Configuration(certificates: usualEntries)

    static let usualEntries = [
        Entry("server", .server("localhost", "127.0.0.1", "::1")),
        Entry("client", .client("client")),
        Entry("chained", .server("localhost", "127.0.0.1", "::1")) { $0.chainDepth = 2 },
        Entry("wildcard", .server("*.wildcard.test")),
        Entry("encryptedKey", .server("localhost", "127.0.0.1", "::1")) { $0.password = "secret" },
        Entry("expired", .server("localhost", "127.0.0.1", "::1")) { $0.shape.validity = .expired },
        Entry("notYetValid", .server("localhost", "127.0.0.1", "::1")) { $0.shape.validity = notYetValid },
        Entry("wrongHost", .server("elsewhere.test")),
        Entry("withoutNames", .server("localhost")) { $0.shape.alternativeNames = [] },
        Entry("wrongUsage", .server("localhost", "127.0.0.1", "::1")) {
            $0.shape.extendedKeyUsage = [.clientAuthentication]
        },
        Entry("selfSigned", .server("localhost", "127.0.0.1", "::1")) { $0.issuer = .itself },
        Entry("untrusted", .server("localhost", "127.0.0.1", "::1")) { $0.issuer = .stranger },
        Entry("incompleteChain", .server("localhost", "127.0.0.1", "::1")) {
            $0.chainDepth = 1
            $0.omitsIntermediates = true
        },
        Entry("revoked", .server("localhost", "127.0.0.1", "::1")) { $0.isRevoked = true },
    ]
}
