extension CertificateAuthority {
    /// Issues a list of the certificates that the authority takes back (RFC 5280, 5).
    ///
    /// - Parameters:
    ///   - certificates: Those that are revoked, with no reason given. The default is none.
    ///   - validity: From when to when the list holds; after that it is stale. The default is 30 days.
    ///   - number: The number of the list, which RFC 5280 asks for; nil leaves it out. The default is 1.
    ///   - digest: What to sign with; nil is what suits the key.
    ///   - now: The moment that a relative validity begins from, in seconds since 1970; nil is the system's time.
    /// - Throws: When libcrypto refuses.
    public func revocationList(
        revoking certificates: [IssuedCertificate] = [], validity: CertificateShape.Validity = .days(30),
        number: Int? = 1, digest: SignatureDigest? = nil, now: Int64? = nil
    ) throws(IssuingError) -> RevocationList {
        let (thisUpdate, nextUpdate) = validity.bounds(issuedAt: now ?? Self.systemTime)
        let key = certificate.key
        let algorithm = try SignatureAlgorithm(key: key, digest: digest)
        var entries: [[UInt8]] = []
        for revoked in certificates {
            let serialNumber = DER.integer(magnitude: revoked.serialNumber)
            entries.append(DER.sequence(serialNumber, try DER.time(thisUpdate)))
        }
        let authorityKey = DER.sequence(DER.implicit(0, try key.identifier()))
        var extensions = [try CertificateShape.Extension("2.5.29.35", value: authorityKey).encoded()]
        if let number {
            extensions.append(try CertificateShape.Extension("2.5.29.20", value: DER.integer(number)).encoded())
        }
        let body = DER.sequence(
            DER.integer(1),
            algorithm.identifier,
            try certificate.shape.subject.encoded(),
            try DER.time(thisUpdate),
            try DER.time(nextUpdate),
            entries.isEmpty ? [] : DER.sequence(of: entries),
            DER.explicit(0, DER.sequence(of: extensions))
        )
        let der = try CertificateShape.sign(body, with: key, algorithm)
        return RevocationList(der: der, thisUpdate: thisUpdate, nextUpdate: nextUpdate)
    }
}

/// A list of the certificates that an authority takes back.
public struct RevocationList: Hashable, Sendable {
    /// The list.
    public let der: [UInt8]

    /// When it was made, in seconds since the beginning of 1970, UTC.
    public let thisUpdate: Int64

    /// When there will be a newer one, in seconds since the beginning of 1970, UTC.
    public let nextUpdate: Int64

    /// The list as PEM.
    public var pem: String { PEM.text("X509 CRL", der) }
}
