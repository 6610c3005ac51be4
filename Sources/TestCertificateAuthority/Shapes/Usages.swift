extension CertificateShape {
    /// Whether a certificate is an authority's (RFC 5280, 4.2.1.9).
    public enum BasicConstraints: Hashable, Sendable {
        /// `CA:TRUE`, with the number of authorities that may be between it and an end; nil is any number.
        case authority(pathLength: Int?)
        /// `CA:FALSE`.
        case end

        var encoded: [UInt8] {
            switch self {
            case .authority(let pathLength?): DER.sequence(DER.boolean(true), DER.integer(pathLength))
            case .authority(nil): DER.sequence(DER.boolean(true))
            case .end: DER.sequence()
            }
        }
    }

    /// What a key may be used for (RFC 5280, 4.2.1.3). The raw value is the number of the bit.
    public enum KeyUsage: Int, Hashable, Sendable, CaseIterable {
        /// Signing in a handshake.
        case digitalSignature = 0
        /// Also `contentCommitment`.
        case nonRepudiation = 1
        /// Taking a key that is encrypted with it: RSA without Diffie-Hellman.
        case keyEncipherment = 2
        /// Encrypting data itself.
        case dataEncipherment = 3
        /// Agreeing on a key.
        case keyAgreement = 4
        /// Signing certificates.
        case certificateSigning = 5
        /// Signing revocation lists.
        case revocationListSigning = 6
    }

    /// What a certificate may be used for, by its object identifier (RFC 5280, 4.2.1.12). The set is open.
    public struct ExtendedKeyUsage: RawRepresentable, Hashable, Sendable {
        /// The object identifier, with dots.
        public let rawValue: String

        /// Makes a usage from its object identifier.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// Being a TLS server.
        public static let serverAuthentication = ExtendedKeyUsage(rawValue: "1.3.6.1.5.5.7.3.1")
        /// Being a TLS client.
        public static let clientAuthentication = ExtendedKeyUsage(rawValue: "1.3.6.1.5.5.7.3.2")
        /// Signing programs.
        public static let codeSigning = ExtendedKeyUsage(rawValue: "1.3.6.1.5.5.7.3.3")
        /// Protecting mail.
        public static let emailProtection = ExtendedKeyUsage(rawValue: "1.3.6.1.5.5.7.3.4")
        /// Signing times.
        public static let timeStamping = ExtendedKeyUsage(rawValue: "1.3.6.1.5.5.7.3.8")
        /// Answering about revocations.
        public static let ocspSigning = ExtendedKeyUsage(rawValue: "1.3.6.1.5.5.7.3.9")
        /// Everything.
        public static let any = ExtendedKeyUsage(rawValue: "2.5.29.37.0")
    }

    /// An extension of any kind.
    public struct Extension: Hashable, Sendable {
        /// The object identifier, with dots.
        public var identifier: String
        /// Whether whoever does not know it must refuse the certificate.
        public var isCritical: Bool
        /// What is inside, in DER as a rule.
        public var value: [UInt8]

        /// Makes an extension.
        public init(_ identifier: String, isCritical: Bool = false, value: [UInt8]) {
            self.identifier = identifier
            self.isCritical = isCritical
            self.value = value
        }

        /// The statement that a server with this certificate always staples an OCSP answer (RFC 7633).
        public static let mustStaple = Extension("1.3.6.1.5.5.7.1.24", value: DER.sequence(DER.integer(5)))

        func encoded() throws(IssuingError) -> [UInt8] {
            let critical = isCritical ? DER.boolean(true) : []
            return DER.sequence(try DER.object(identifier), critical, DER.octets(value))
        }
    }
}
