extension CertificateShape {
    /// Who signs, and as whom.
    struct Issuer {
        let name: Name
        let key: KeyPair
    }

    /// The certificate, signed (RFC 5280, 4.1).
    func signed(
        for subjectKey: KeyPair, by issuer: Issuer, serialNumber: [UInt8], notBefore: Int64, notAfter: Int64
    ) throws(IssuingError) -> [UInt8] {
        let algorithm = try SignatureAlgorithm(key: issuer.key, digest: signatureDigest)
        let extensions = try encodedExtensions(for: subjectKey, by: issuer)
        let version3 = DER.explicit(0, DER.integer(2))
        let body = DER.sequence(
            extensions.isEmpty ? [] : version3,
            DER.integer(magnitude: serialNumber),
            algorithm.identifier,
            try issuer.name.encoded(),
            DER.sequence(try DER.time(notBefore), try DER.time(notAfter)),
            try subject.encoded(),
            subjectKey.publicKeyDER,
            extensions.isEmpty ? [] : DER.explicit(3, DER.sequence(of: extensions))
        )
        return try Self.sign(body, with: issuer.key, algorithm, broken: hasBrokenSignature)
    }

    /// What is signed, with how and the signature: the outside of certificates and of revocation lists.
    static func sign(
        _ body: [UInt8], with key: KeyPair, _ algorithm: SignatureAlgorithm, broken: Bool = false
    ) throws(IssuingError) -> [UInt8] {
        // A signature of something else has the right form, and is wrong.
        let signature = try Libcrypto.sign(
            broken ? body + [0] : body, with: key.privateKeyDER, digest: algorithm.digest
        )
        return DER.sequence(body, algorithm.identifier, DER.bits(signature))
    }

    private func encodedExtensions(for subjectKey: KeyPair, by issuer: Issuer) throws(IssuingError) -> [[UInt8]] {
        var all: [Extension] = []
        if let basicConstraints {
            all.append(Extension("2.5.29.19", isCritical: true, value: basicConstraints.encoded))
        }
        if let keyUsage {
            all.append(
                Extension("2.5.29.15", isCritical: true, value: DER.namedBits(Set(keyUsage.map(\.rawValue))))
            )
        }
        if !extendedKeyUsage.isEmpty {
            var usages: [[UInt8]] = []
            for usage in extendedKeyUsage { usages.append(try DER.object(usage.rawValue)) }
            all.append(Extension("2.5.29.37", value: DER.sequence(of: usages)))
        }
        if hasKeyIdentifiers {
            all.append(Extension("2.5.29.14", value: DER.octets(try subjectKey.identifier())))
            all.append(Extension("2.5.29.35", value: DER.sequence(DER.implicit(0, try issuer.key.identifier()))))
        }
        if !alternativeNames.isEmpty {
            var names: [[UInt8]] = []
            for name in alternativeNames { names.append(try name.encoded()) }
            let isCritical = alternativeNamesAreCritical ?? subject.attributes.isEmpty
            all.append(Extension("2.5.29.17", isCritical: isCritical, value: DER.sequence(of: names)))
        }
        if let nameConstraints {
            all.append(Extension("2.5.29.30", isCritical: true, value: try nameConstraints.encoded()))
        }
        if !revocationListLocations.isEmpty {
            let points = revocationListLocations.map { location in
                DER.sequence(DER.explicit(0, DER.explicit(0, DER.implicit(6, Array(location.utf8)))))
            }
            all.append(Extension("2.5.29.31", value: DER.sequence(of: points)))
        }
        var encoded: [[UInt8]] = []
        for one in all + extensions { encoded.append(try one.encoded()) }
        return encoded
    }
}
