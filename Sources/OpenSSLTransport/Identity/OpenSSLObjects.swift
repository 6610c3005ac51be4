internal import COpenSSL

/// A certificate of OpenSSL, owned.
///
/// Sendable: after it was read, it is only ever asked, and OpenSSL counts references and caches under locks of its own.
final class OwnedCertificate: @unchecked Sendable {
    let pointer: OpaquePointer
    init(owning pointer: OpaquePointer) { self.pointer = pointer }
    deinit { X509_free(pointer) }

    /// The bytes of the certificate in DER.
    var der: [UInt8] { CertificateBytes.der(of: pointer) }
}

/// A private key of OpenSSL, owned. Sendable for the same reason as a certificate.
final class OwnedKey: @unchecked Sendable {
    let pointer: OpaquePointer
    init(owning pointer: OpaquePointer) { self.pointer = pointer }
    deinit { EVP_PKEY_free(pointer) }
}

/// The bytes and names of OpenSSL's certificates.
enum CertificateBytes {
    /// A certificate in DER.
    static func der(of certificate: OpaquePointer) -> [UInt8] {
        let count = i2d_X509(certificate, nil)
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, written in
            var end = buffer.baseAddress
            written = Int(max(0, i2d_X509(certificate, &end)))
        }
    }

    /// The certificates of a stack in DER.
    static func ders(of stack: OpaquePointer?) -> [[UInt8]] {
        guard let stack else { return [] }
        return (0..<max(0, copenssl_x509_count(stack))).compactMap { copenssl_x509_at(stack, $0).map(der) }
    }

    /// The SHA-256 of a certificate's SubjectPublicKeyInfo.
    static func publicKeyHash(of certificate: OpaquePointer) -> [UInt8]? {
        guard let key = X509_get_X509_PUBKEY(certificate) else { return nil }
        var encoded: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509_PUBKEY(key, &encoded)
        defer { CRYPTO_free(encoded, "", 0) }
        guard count > 0, let encoded else { return nil }
        var hash = [UInt8](repeating: 0, count: 32)
        guard EVP_Digest(encoded, Int(count), &hash, nil, EVP_sha256(), nil) == 1 else { return nil }
        return hash
    }

    /// The subject in one line, for messages.
    static func subject(of certificate: OpaquePointer) -> String {
        guard let name = X509_get_subject_name(certificate), let bio = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(bio) }
        guard X509_NAME_print_ex(bio, name, 0, copenssl_name_oneline) >= 0 else { return "" }
        var data: UnsafeMutablePointer<CChar>?
        let count = copenssl_bio_get_mem_data(bio, &data)
        guard count > 0, let data else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: data, count: count), as: UTF8.self)
    }

    /// The hosts and addresses among a certificate's subject alternative names, for messages.
    static func hosts(of certificate: OpaquePointer) -> [String] {
        guard let names = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) else { return [] }
        let list = OpaquePointer(names)
        defer { GENERAL_NAMES_free(list) }
        return (0..<max(0, copenssl_general_name_count(list))).compactMap { index in
            guard let name = copenssl_general_name_at(list, index) else { return nil }
            var type: Int32 = 0
            guard let value = GENERAL_NAME_get0_value(name, &type) else { return nil }
            let string = value.assumingMemoryBound(to: ASN1_STRING.self)
            let bytes = UnsafeBufferPointer(
                start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string)))
            switch type {
            case GEN_DNS:
                return String(decoding: bytes, as: UTF8.self).unicodeScalars.map { $0.escaped(asASCII: true) }.joined()
            case GEN_IPADD: return IPText.text(of: Array(bytes))
            default: return nil
            }
        }
    }
}
