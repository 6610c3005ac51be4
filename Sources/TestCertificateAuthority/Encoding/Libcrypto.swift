internal import COpenSSL

/// What is asked of libcrypto: bytes in, bytes out. Nothing of its own outlives a call.
enum Libcrypto {
    static func generateKey(_ kind: KeyPair.Kind) throws(IssuingError) -> [UInt8] {
        let complaint = "a key \(kind) cannot be made"
        guard let context = EVP_PKEY_CTX_new_from_name(nil, kind.algorithm, nil) else { throw failure(complaint) }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_keygen_init(context) > 0 else { throw failure(complaint) }
        if let curve = kind.curve, EVP_PKEY_CTX_set_group_name(context, curve) <= 0 { throw failure(complaint) }
        if let bits = kind.bits, EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(clamping: bits)) <= 0 {
            throw failure(complaint)
        }
        var key: OpaquePointer?
        guard EVP_PKEY_generate(context, &key) > 0 else { throw failure(complaint) }
        defer { EVP_PKEY_free(key) }
        return try pkcs8(of: key)
    }

    static func publicKey(of bytes: [UInt8]) throws(IssuingError) -> [UInt8] {
        let key = try self.key(fromPKCS8: bytes)
        defer { EVP_PKEY_free(key) }
        return try written("the public key cannot be written") { i2d_PUBKEY_bio($0, key) }
    }

    /// Signs with a key; the digest is nil for keys that bring their own.
    static func sign(_ data: [UInt8], with bytes: [UInt8], digest: String?) throws(IssuingError) -> [UInt8] {
        let key = try self.key(fromPKCS8: bytes)
        let context = EVP_MD_CTX_new()
        defer {
            EVP_MD_CTX_free(context)
            EVP_PKEY_free(key)
        }
        let complaint = "the key cannot sign with \(digest ?? "its own digest")"
        var length = Int(EVP_PKEY_get_size(key))
        var signature = [UInt8](repeating: 0, count: length)
        guard EVP_DigestSignInit_ex(context, nil, digest, nil, nil, key, nil) > 0,
            EVP_DigestSign(context, &signature, &length, data, data.count) > 0
        else { throw failure(complaint) }
        return Array(signature.prefix(length))
    }

    /// A key as PEM, encrypted with AES-256 where there is a password.
    static func pem(of bytes: [UInt8], form: KeyPair.Form, password: [UInt8]?) throws(IssuingError) -> String {
        // libcrypto takes an empty password for none, and would ask for one at the terminal.
        guard password?.isEmpty != true else { throw IssuingError("an empty password encrypts nothing: leave it out") }
        let key = try self.key(fromPKCS8: bytes)
        defer { EVP_PKEY_free(key) }
        let cipher = password == nil ? nil : EVP_aes_256_cbc()
        let length = Int32(clamping: password?.count ?? 0)
        let pem = try written("the key cannot be written in this form") { bio in
            switch form {
            case .pkcs8:
                (password ?? []).withUnsafeBytes {
                    PEM_write_bio_PKCS8PrivateKey(
                        bio, key, cipher, $0.baseAddress?.assumingMemoryBound(to: CChar.self), length, nil, nil
                    )
                }
            case .traditional:
                PEM_write_bio_PrivateKey_traditional(bio, key, cipher, password ?? [], length, nil, nil)
            }
        }
        return String(decoding: pem, as: UTF8.self)
    }

    /// A key from PEM, as PKCS#8. A missing password is an error, never a question at the terminal.
    static func key(fromPEM pem: [UInt8], password: [UInt8]?) throws(IssuingError) -> [UInt8] {
        guard let bio = BIO_new_mem_buf(pem, Int32(clamping: pem.count)) else { throw failure("there is no memory") }
        defer { BIO_free(bio) }
        var password = password
        let key = withUnsafeMutablePointer(to: &password) { given in
            PEM_read_bio_PrivateKey(
                bio, nil,
                { buffer, size, _, given in
                    let given = given?.assumingMemoryBound(to: [UInt8]?.self).pointee
                    guard let given, let buffer, given.count <= size else { return -1 }
                    for (index, byte) in given.enumerated() { buffer[index] = CChar(bitPattern: byte) }
                    return Int32(given.count)
                },
                given
            )
        }
        guard let key else { throw failure("the key cannot be read") }
        defer { EVP_PKEY_free(key) }
        return try pkcs8(of: key)
    }

    static func digest(_ name: String, of data: [UInt8]) throws(IssuingError) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length = 0
        guard EVP_Q_digest(nil, name, nil, data, data.count, &digest, &length) > 0 else {
            throw failure("there is no digest \(name)")
        }
        return Array(digest.prefix(length))
    }

    static func random(_ count: Int) throws(IssuingError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, Int32(clamping: count)) > 0 else { throw failure("there are no random bytes") }
        return bytes
    }

    /// The 4 or 16 bytes of an IP address; nil when the text is none.
    static func addressBytes(_ text: String) -> [UInt8]? {
        guard !text.utf8.contains(0), let address = a2i_IPADDRESS(text) else {
            ERR_clear_error()
            return nil
        }
        defer { ASN1_OCTET_STRING_free(address) }
        return Array(
            UnsafeBufferPointer(start: ASN1_STRING_get0_data(address), count: Int(ASN1_STRING_length(address))))
    }

    // MARK: Keys as libcrypto has them

    private static func pkcs8(of key: OpaquePointer?) throws(IssuingError) -> [UInt8] {
        try written("the key cannot be written") { i2d_PKCS8PrivateKey_bio($0, key, nil, nil, 0, nil, nil) }
    }

    /// The caller frees it.
    private static func key(fromPKCS8 bytes: [UInt8]) throws(IssuingError) -> OpaquePointer {
        let key: OpaquePointer? = bytes.withUnsafeBufferPointer { buffer in
            var position = buffer.baseAddress
            let info = d2i_PKCS8_PRIV_KEY_INFO(nil, &position, buffer.count)
            defer { PKCS8_PRIV_KEY_INFO_free(info) }
            return EVP_PKCS82PKEY(info)
        }
        guard let key else { throw failure("the key cannot be read") }
        return key
    }

    // MARK: Bytes and errors

    /// What is written into memory; the closure gives 1 when it went well.
    private static func written(
        _ complaint: String, _ write: (OpaquePointer) -> Int32
    ) throws(IssuingError) -> [UInt8] {
        guard let bio = BIO_new(BIO_s_mem()) else { throw failure("there is no memory") }
        defer { BIO_free(bio) }
        guard write(bio) > 0 else { throw failure(complaint) }
        var data: UnsafeMutablePointer<CChar>?
        let length = copenssl_bio_get_mem_data(bio, &data)
        return Array(UnsafeRawBufferPointer(start: data, count: length))
    }

    /// An error with everything that is in the thread's error queue, which is empty then.
    private static func failure(_ complaint: String) -> IssuingError {
        var reasons: [String] = []
        while case let code = ERR_get_error(), code != 0 {
            let library = ERR_lib_error_string(code).map { String(cString: $0) } ?? "OpenSSL"
            let reason = ERR_reason_error_string(code).map { String(cString: $0) } ?? "error \(code)"
            reasons.append("\(library): \(reason)")
        }
        return IssuingError(reasons.isEmpty ? complaint : "\(complaint) (\(reasons.joined(separator: "; ")))")
    }
}
