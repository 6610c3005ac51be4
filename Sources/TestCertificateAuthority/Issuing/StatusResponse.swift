extension CertificateAuthority {
    /// Answers whether a certificate is revoked (OCSP, RFC 6960): what servers staple.
    ///
    /// - Parameters:
    ///   - certificate: The certificate that is asked about.
    ///   - status: What the answer is. The default is ``CertificateStatus/good``.
    ///   - validity: From when to when the answer holds. The default is 7 days.
    ///   - signer: Who signs in place of the authority; its certificate comes with the answer. The default is nobody.
    ///   - now: The moment that a relative validity begins from, in seconds since 1970; nil is the system's time.
    /// - Returns: The answer in DER.
    /// - Throws: When libcrypto refuses.
    public func statusResponse(
        for certificate: IssuedCertificate, _ status: CertificateStatus = .good,
        validity: CertificateShape.Validity = .days(7), signer: IssuedCertificate? = nil, now: Int64? = nil
    ) throws(IssuingError) -> [UInt8] {
        let (thisUpdate, nextUpdate) = validity.bounds(issuedAt: now ?? Self.systemTime)
        let key = signer?.key ?? self.certificate.key
        let algorithm = try SignatureAlgorithm(key: key, digest: nil)
        let name = DER.sequence(
            DER.sequence(try DER.object("1.3.14.3.2.26"), DER.null),
            DER.octets(try Libcrypto.digest("SHA1", of: self.certificate.shape.subject.encoded())),
            DER.octets(try self.certificate.key.identifier()),
            DER.integer(magnitude: certificate.serialNumber)
        )
        let time = Self.generalizedTime(thisUpdate)
        let answer =
            switch status {
            case .good: DER.implicit(0, [])
            case .revoked: DER.explicit(1, time)
            case .unknown: DER.implicit(2, [])
            }
        let single = DER.sequence(name, answer, time, DER.explicit(0, Self.generalizedTime(nextUpdate)))
        let body = DER.sequence(
            DER.explicit(2, DER.octets(try key.identifier())), time, DER.sequence(single)
        )
        let signature = try Libcrypto.sign(body, with: key.privateKeyDER, digest: algorithm.digest)
        let certificates = signer.map { DER.explicit(0, DER.sequence($0.der)) } ?? []
        let basic = DER.sequence(body, algorithm.identifier, DER.bits(signature), certificates)
        return DER.sequence(
            DER.value(0x0A, [0]),
            DER.explicit(0, DER.sequence(try DER.object("1.3.6.1.5.5.7.48.1.1"), DER.octets(basic)))
        )
    }

    private static func generalizedTime(_ seconds: Int64) -> [UInt8] {
        DER.value(0x18, Array(CivilTime(secondsSince1970: seconds).digits.utf8))
    }
}

/// What an authority says about a certificate.
public enum CertificateStatus: Hashable, Sendable {
    /// It is not revoked.
    case good
    /// It is.
    case revoked
    /// The authority does not know it.
    case unknown
}
