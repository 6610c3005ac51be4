internal import TestCertificateAuthority

/// The certificates that were made.
struct CertificateSet {
    let authority: IssuedCertificate
    let revocationList: RevocationList
    private(set) var entries: [Entry] = []

    struct Entry {
        let name: String
        let certificate: IssuedCertificate
        let chainPEM: String
        let keyPEM: String
        let password: String?
        /// Until when it is what it was made to be, in seconds since 1970; nil is for ever.
        let usableUntil: Int64?
    }

    init(_ configuration: Configuration) throws {
        let root = try CertificateAuthority(configuration.authority)
        let stranger = try CertificateAuthority("Stranger CA")
        authority = root.certificate
        var issued: [String: IssuedCertificate] = [:]
        var revoked: [IssuedCertificate] = []
        var waiting = configuration.certificates
        // Whoever is signed by another one comes after it.
        while !waiting.isEmpty {
            let before = waiting.count
            var left: [Configuration.Entry] = []
            for entry in waiting {
                guard let signer = try Self.signer(of: entry, root, stranger, issued) else {
                    left.append(entry)
                    continue
                }
                let certificate = try signer.issue(entry.shape)
                issued[entry.name] = certificate
                if entry.isRevoked { revoked.append(certificate) }
                entries.append(
                    Entry(
                        name: entry.name, certificate: certificate,
                        chainPEM: entry.omitsIntermediates ? certificate.pem : certificate.chainPEM,
                        keyPEM: try entry.password.map { (password) throws(IssuingError) in
                            try certificate.key.pem(.pkcs8, password: password)
                        } ?? certificate.keyPEM,
                        password: entry.password,
                        usableUntil: Self.usableUntil(certificate)
                    )
                )
            }
            waiting = left
            guard waiting.count < before else {
                let names = waiting.map { "\($0.name)" }.joined(separator: ", ")
                throw Complaint(
                    "the issuers of \(names) are not there; an issuer is authority, self, stranger or another certificate"
                )
            }
        }
        revocationList = try root.revocationList(revoking: revoked, validity: .days(825))
    }

    /// Who signs a certificate.
    private enum Signer {
        case authority(CertificateAuthority)
        case itself

        func issue(_ shape: CertificateShape) throws(IssuingError) -> IssuedCertificate {
            switch self {
            case .authority(let authority): try authority.issue(shape)
            case .itself: try CertificateAuthority.selfSigned(shape)
            }
        }
    }

    /// Who signs; nil when that is not there yet.
    private static func signer(
        of entry: Configuration.Entry, _ root: CertificateAuthority, _ stranger: CertificateAuthority,
        _ issued: [String: IssuedCertificate]
    ) throws(IssuingError) -> Signer? {
        switch entry.issuer {
        case .itself: return .itself
        case .authority: return .authority(try root.chain(depth: entry.chainDepth))
        case .stranger: return .authority(try stranger.chain(depth: entry.chainDepth))
        case .certificate(let name):
            guard let certificate = issued[name] else { return nil }
            return .authority(try CertificateAuthority(certificate).chain(depth: entry.chainDepth))
        }
    }

    private static func usableUntil(_ certificate: IssuedCertificate) -> Int64? {
        switch certificate.shape.validity {
        case .expired: nil
        case Configuration.notYetValid: certificate.notBefore - 1
        default: certificate.notAfter
        }
    }

    /// The files for programs that want files, by their names.
    var files: [(name: String, text: String)] {
        let own = [("authority.pem", authority.pem), ("revoked.crl.pem", revocationList.pem)]
        return own
            + entries.flatMap { entry in
                [
                    ("\(entry.name).pem", entry.certificate.pem), ("\(entry.name).chain.pem", entry.chainPEM),
                    ("\(entry.name).key.pem", entry.keyPEM),
                ]
            }
    }
}
