internal import COpenSSL

extension Certificate {
    /// Whether it says that it is an authority's, which may issue others (basic constraints, RFC 5280, 4.2.1.9).
    ///
    /// Certificates of version 1 say nothing and are not taken for an authority's.
    public var isAuthority: Bool { withX509 { X509_check_ca($0) == 1 } }

    /// How many authorities may be between it and an end; nil when it does not say.
    public var pathLength: Int? {
        let length = withX509 { X509_get_pathlen($0) }
        return length < 0 ? nil : length
    }

    /// Whether it is signed with its own key.
    public var isSelfSigned: Bool {
        let result = withX509 { X509_self_signed($0, 1) }
        if result < 1 { ERR_clear_error() }
        return result == 1
    }

    /// What its key may be used for; nil when it does not say, which allows everything.
    public var keyUsage: KeyUsage? {
        let bits = withX509 { X509_get_key_usage($0) }
        return bits == .max ? nil : KeyUsage(rawValue: bits)
    }

    /// What it may be used for; nil when it does not say, which allows everything.
    public var extendedKeyUsage: [ExtendedKeyUsage]? {
        withX509 { x509 in
            guard let usages = X509_get_ext_d2i(x509, NID_ext_key_usage, nil, nil) else {
                ERR_clear_error()
                return nil
            }
            let stack = OpaquePointer(usages)
            defer { EXTENDED_KEY_USAGE_free(stack) }
            return (0..<max(0, OPENSSL_sk_num(stack))).map { index in
                ExtendedKeyUsage(rawValue: ObjectNumbers.text(OPENSSL_sk_value(stack, index).map { OpaquePointer($0) }))
            }
        }
    }

    /// All its extensions, in their order.
    public var extensions: [Extension] {
        withX509 { x509 in
            (0..<max(0, X509_get_ext_count(x509))).compactMap { index in
                guard let one = X509_get_ext(x509, index) else { return nil }
                return Extension(
                    identifier: ObjectNumbers.text(X509_EXTENSION_get_object(one)),
                    isCritical: X509_EXTENSION_get_critical(one) > 0,
                    value: ASN1Text.bytes(X509_EXTENSION_get_data(one))
                )
            }
        }
    }

    /// Everything in it for a person, as `openssl x509 -text` prints it, with names after RFC 4514.
    public var text: String { withX509 { x509 in MemoryBIO.text { X509_print_ex($0, x509, Name.rfc4514, 0) } } }

    /// What a key may be used for (RFC 5280, 4.2.1.3), with OpenSSL's numbers of the bits.
    public struct KeyUsage: OptionSet, Hashable, Sendable {
        /// The bits.
        public let rawValue: UInt32

        /// Makes a set from its bits.
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Signing in a handshake.
        public static let digitalSignature = KeyUsage(rawValue: 0x0080)
        /// Also `contentCommitment`.
        public static let nonRepudiation = KeyUsage(rawValue: 0x0040)
        /// Taking a key that is encrypted with it.
        public static let keyEncipherment = KeyUsage(rawValue: 0x0020)
        /// Encrypting data itself.
        public static let dataEncipherment = KeyUsage(rawValue: 0x0010)
        /// Agreeing on a key.
        public static let keyAgreement = KeyUsage(rawValue: 0x0008)
        /// Signing certificates.
        public static let certificateSigning = KeyUsage(rawValue: 0x0004)
        /// Signing revocation lists.
        public static let revocationListSigning = KeyUsage(rawValue: 0x0002)
        /// With `keyAgreement`: only for encrypting.
        public static let encipherOnly = KeyUsage(rawValue: 0x0001)
        /// With `keyAgreement`: only for decrypting.
        public static let decipherOnly = KeyUsage(rawValue: 0x8000)
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
        /// Answering about revocations.
        public static let ocspSigning = ExtendedKeyUsage(rawValue: "1.3.6.1.5.5.7.3.9")
        /// Everything.
        public static let any = ExtendedKeyUsage(rawValue: "2.5.29.37.0")
    }

    /// An extension as it is written.
    public struct Extension: Hashable, Sendable {
        /// The object identifier, with dots.
        public let identifier: String
        /// Whether whoever does not know it must refuse the certificate.
        public let isCritical: Bool
        /// What is inside, in DER as a rule.
        public let value: [UInt8]
    }
}
