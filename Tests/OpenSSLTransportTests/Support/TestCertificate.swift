import COpenSSL
import OpenSSLTransport
import TransportCore

/// A certificate with its key, made by a test for itself: nothing that could expire is checked in.
///
/// Sendable: nothing is changed after it was made.
final class TestCertificate: @unchecked Sendable {
    let certificate: OpaquePointer
    let key: OpaquePointer

    /// What a certificate is to have.
    struct Shape {
        var subject = "localhost"
        var names: [String] = ["DNS:localhost", "IP:127.0.0.1", "IP:::1"]
        var isAuthority = false
        var usage: String? = "serverAuth"
        /// From when to when it is valid, in seconds from now.
        var validity = -3600...3600
        var isRSA = false
        var hasKeyIdentifiers = true
    }

    /// Makes a certificate.
    ///
    /// - Parameter issuer: Who signs it; nil signs it with its own key.
    init(_ shape: Shape, issuer: TestCertificate? = nil) throws {
        guard let certificate = X509_new(), let key = Self.makeKey(isRSA: shape.isRSA),
            let name = X509_get_subject_name(certificate)
        else { throw TransportError(.outOfResources, operation: .open) }
        self.certificate = certificate
        self.key = key
        X509_set_version(certificate, 2)
        var serial: [UInt8] = (0..<16).map { _ in UInt8.random(in: 1...127) }
        let number = BN_bin2bn(&serial, 16, nil)
        defer { BN_free(number) }
        BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate))
        X509_gmtime_adj(X509_getm_notBefore(certificate), shape.validity.lowerBound)
        X509_gmtime_adj(X509_getm_notAfter(certificate), shape.validity.upperBound)
        X509_set_pubkey(certificate, key)
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, shape.subject, -1, -1, 0)
        X509_set_issuer_name(certificate, issuer.map { X509_get_subject_name($0.certificate) } ?? name)
        if shape.isAuthority {
            try add(NID_basic_constraints, "critical,CA:TRUE", issuer)
            try add(NID_key_usage, "critical,keyCertSign,cRLSign", issuer)
        } else {
            try add(NID_basic_constraints, "critical,CA:FALSE", issuer)
            try add(NID_key_usage, "critical,digitalSignature", issuer)
            if let usage = shape.usage { try add(NID_ext_key_usage, usage, issuer) }
        }
        if shape.hasKeyIdentifiers {
            try add(NID_subject_key_identifier, "hash", issuer)
            if issuer != nil { try add(NID_authority_key_identifier, "keyid:always", issuer) }
        }
        if !shape.names.isEmpty { try add(NID_subject_alt_name, shape.names.joined(separator: ","), issuer) }
        guard X509_sign(certificate, issuer?.key ?? key, EVP_sha256()) > 0 else {
            throw TransportError(.invalidState, operation: .open)
        }
    }

    deinit {
        X509_free(certificate)
        EVP_PKEY_free(key)
    }

    /// A certificate that this one signs.
    func issue(_ change: (inout Shape) -> Void = { _ in }) throws -> TestCertificate {
        var shape = Shape()
        change(&shape)
        return try TestCertificate(shape, issuer: self)
    }

    /// An authority that signs itself.
    static func authority(_ name: String = "Test Authority") throws -> TestCertificate {
        try TestCertificate(Shape(subject: name, names: [], isAuthority: true, usage: nil))
    }

    private func add(_ extension: Int32, _ value: String, _ issuer: TestCertificate?) throws {
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer?.certificate ?? certificate, certificate, nil, nil, 0)
        guard let made = X509V3_EXT_conf_nid(nil, &context, `extension`, value) else {
            throw TransportError(.invalidArgument, operation: .open).with(message: value)
        }
        X509_add_ext(certificate, made, -1)
        X509_EXTENSION_free(made)
    }

    private static func makeKey(isRSA: Bool) -> OpaquePointer? {
        let context = EVP_PKEY_CTX_new_id(isRSA ? EVP_PKEY_RSA : EVP_PKEY_EC, nil)
        defer { EVP_PKEY_CTX_free(context) }
        EVP_PKEY_keygen_init(context)
        if isRSA {
            EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048)
        } else {
            EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1)
        }
        var key: OpaquePointer?
        EVP_PKEY_keygen(context, &key)
        return key
    }
}

// MARK: - As text and bytes

extension TestCertificate {
    /// The certificate in PEM.
    var pem: String { text { PEM_write_bio_X509($0, certificate) } }

    /// The key in PEM.
    var keyPEM: String { text { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) } }

    /// The key in PEM, encrypted.
    func encryptedKeyPEM(password: String) -> String {
        text {
            PEM_write_bio_PKCS8PrivateKey($0, key, EVP_aes_256_cbc(), password, Int32(password.utf8.count), nil, nil)
        }
    }

    /// The certificate in DER.
    var der: [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509(certificate, &bytes)
        defer { CRYPTO_free(bytes, "", 0) }
        return Array(UnsafeBufferPointer(start: bytes, count: Int(max(0, count))))
    }

    /// The key in DER.
    var keyDER: [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = i2d_PrivateKey(key, &bytes)
        defer { CRYPTO_free(bytes, "", 0) }
        return Array(UnsafeBufferPointer(start: bytes, count: Int(max(0, count))))
    }

    /// A revocation list of this authority, valid for an hour.
    func revocationList(revoking revoked: [TestCertificate], validity: ClosedRange<Int> = -60...3600) -> String {
        let list = X509_CRL_new()
        defer { X509_CRL_free(list) }
        X509_CRL_set_version(list, 1)
        X509_CRL_set_issuer_name(list, X509_get_subject_name(certificate))
        let time = ASN1_TIME_new()
        defer { ASN1_TIME_free(time) }
        X509_gmtime_adj(time, validity.lowerBound)
        X509_CRL_set1_lastUpdate(list, time)
        X509_gmtime_adj(time, validity.upperBound)
        X509_CRL_set1_nextUpdate(list, time)
        for certificate in revoked {
            let entry = X509_REVOKED_new()
            X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate.certificate))
            X509_gmtime_adj(time, -30)
            X509_REVOKED_set_revocationDate(entry, time)
            X509_CRL_add0_revoked(list, entry)
        }
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, certificate, nil, nil, list, 0)
        for (number, value) in [(NID_authority_key_identifier, "keyid:always"), (NID_crl_number, "1")] {
            guard let made = X509V3_EXT_conf_nid(nil, &context, number, value) else { continue }
            X509_CRL_add_ext(list, made, -1)
            X509_EXTENSION_free(made)
        }
        X509_CRL_sort(list)
        X509_CRL_sign(list, key, EVP_sha256())
        return text { PEM_write_bio_X509_CRL($0, list) }
    }

    /// The certificate, and those of authorities above it, with its key.
    func identity(through authorities: [TestCertificate] = []) throws -> TLSIdentity {
        try TLSIdentity(certificates: .pem(([self] + authorities).map(\.pem).joined()), key: .pem(keyPEM))
    }

    private func text(_ write: (OpaquePointer) -> Int32) -> String {
        guard let bio = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(bio) }
        _ = write(bio)
        var data: UnsafeMutablePointer<CChar>?
        let count = copenssl_bio_get_mem_data(bio, &data)
        guard count > 0, let data else { return "" }
        return String(decoding: UnsafeRawBufferPointer(start: data, count: count), as: UTF8.self)
    }
}
