/// The digest of a signature.
public enum SignatureDigest: String, Hashable, Sendable, CaseIterable {
    /// Broken; for tests that it is refused.
    case md5 = "MD5"
    /// Broken; for tests that it is refused.
    case sha1 = "SHA1"
    /// The default for keys below 384 bits on a curve, and for RSA.
    case sha256 = "SHA256"
    /// The default for P-384.
    case sha384 = "SHA384"
    /// The default for P-521.
    case sha512 = "SHA512"
}

/// How a key signs: the identifier that stands in the certificate, and what libcrypto is asked for.
struct SignatureAlgorithm {
    /// `AlgorithmIdentifier`, encoded.
    let identifier: [UInt8]

    /// The digest for libcrypto; nil for keys that bring their own.
    let digest: String?

    init(key: KeyPair, digest wanted: SignatureDigest?) throws(IssuingError) {
        switch key.algorithmObject {
        case [0x2B, 0x65, 0x70]:  // 1.3.101.112, Ed25519 (RFC 8410)
            guard wanted == nil else { throw IssuingError("Ed25519 has no choice of digest; leave it out") }
            identifier = DER.sequence(try DER.object("1.3.101.112"))
            digest = nil
        case [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]:  // 1.2.840.10045.2.1, EC (RFC 5480)
            let chosen = wanted ?? Self.usual(for: key)
            let object =
                switch chosen {
                case .md5: throw IssuingError("there is no ECDSA with MD5; take an RSA key for the authority")
                case .sha1: "1.2.840.10045.4.1"
                case .sha256: "1.2.840.10045.4.3.2"
                case .sha384: "1.2.840.10045.4.3.3"
                case .sha512: "1.2.840.10045.4.3.4"
                }
            identifier = DER.sequence(try DER.object(object))
            digest = chosen.rawValue
        case [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]:  // 1.2.840.113549.1.1.1, RSA (RFC 4055)
            let chosen = wanted ?? .sha256
            let number =
                switch chosen {
                case .md5: 4
                case .sha1: 5
                case .sha256: 11
                case .sha384: 12
                case .sha512: 13
                }
            identifier = DER.sequence(try DER.object("1.2.840.113549.1.1.\(number)"), DER.null)
            digest = chosen.rawValue
        default: throw IssuingError("keys of this algorithm cannot sign certificates here")
        }
    }

    private static func usual(for key: KeyPair) -> SignatureDigest {
        switch key.kind {
        case .p384: .sha384
        case .p521: .sha512
        default: .sha256
        }
    }
}
