internal import COpenSSL

extension Certificate {
    /// Its public key.
    public var publicKey: PublicKey { withX509 { PublicKey($0) } }

    /// A public key.
    public struct PublicKey: Hashable, Sendable, CustomStringConvertible {
        /// The algorithm as OpenSSL names it: "RSA", "EC", "ED25519"; empty when it does not know it.
        public let algorithm: String

        /// The curve, for EC, such as "prime256v1"; nil for others.
        public let curve: String?

        /// The size in bits; 0 when the algorithm is unknown.
        public let bits: Int

        /// The key as `SubjectPublicKeyInfo` in DER (RFC 5280, 4.1.2.7).
        public let der: [UInt8]

        /// The SHA-256 of ``der``: what pins compare (RFC 7469, 2.4). It stays the same when a certificate is renewed for
        /// the same key.
        public var fingerprint: Fingerprint { Fingerprint(.sha256, of: der) }

        /// The algorithm and the size, such as `EC prime256v1 (256 bits)`.
        public var description: String {
            let name = algorithm.isEmpty ? "unknown algorithm" : algorithm
            return "\(curve.map { "\(name) \($0)" } ?? name) (\(bits) bits)"
        }

        fileprivate init(_ x509: OpaquePointer) {
            let key = X509_get0_pubkey(x509)
            if key == nil { ERR_clear_error() }
            algorithm = key.flatMap { EVP_PKEY_get0_type_name($0) }.map { String(cString: $0) } ?? ""
            bits = key.map { Int(EVP_PKEY_get_bits($0)) } ?? 0
            curve = algorithm == "EC" ? Self.group(key) : nil
            var bytes: UnsafeMutablePointer<UInt8>?
            let length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &bytes)
            der = length > 0 ? Array(UnsafeBufferPointer(start: bytes, count: Int(length))) : []
            CRYPTO_free(bytes, nil, 0)
        }

        private static func group(_ key: OpaquePointer?) -> String? {
            var name = [CChar](repeating: 0, count: 80)
            var length = 0
            guard EVP_PKEY_get_group_name(key, &name, name.count, &length) == 1 else {
                ERR_clear_error()
                return nil
            }
            return String(decoding: name.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    /// How the issuer has signed, such as "ecdsa-with-SHA256"; empty when OpenSSL does not know it.
    public var signatureAlgorithm: String {
        withX509 { x509 in
            let algorithm = X509_get_signature_nid(x509)
            return algorithm == NID_undef ? "" : OBJ_nid2ln(algorithm).map { String(cString: $0) } ?? ""
        }
    }

    /// The serial number in hexadecimal, in capital letters and two digits a byte, with a minus when it is negative.
    public var serialNumber: String {
        withX509 { x509 in
            guard let number = X509_get0_serialNumber(x509) else { return "" }
            let sign = ASN1_STRING_type(number) == V_ASN1_NEG_INTEGER ? "-" : ""
            return sign + Fingerprint.hexadecimal(ASN1Text.bytes(number), separator: "")
        }
    }
}
