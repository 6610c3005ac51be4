internal import COpenSSL

extension Certificate {
    /// The certificates of a stack of OpenSSL's.
    static func certificates(of stack: OpaquePointer?) -> [Certificate] {
        guard let stack else { return [] }
        return (0..<max(0, copenssl_x509_count(stack))).compactMap { index in
            copenssl_x509_at(stack, index).flatMap { try? Certificate(retaining: $0) }
        }
    }

    /// The hash of the certificate for `tls-server-end-point`: with the hash of its signature, or SHA-256 in place of
    /// weaker ones (RFC 5929, section 4.1).
    var endPointHash: [UInt8]? {
        withX509 { certificate in
            var number: Int32 = 0
            let isKnown =
                OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &number, nil) == 1 && number != NID_undef
            let isWeak = !isKnown || number == NID_md5 || number == NID_sha1
            guard let method = isWeak ? EVP_sha256() : copenssl_digest(number) else { return nil }
            var hash = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
            var count: UInt32 = 0
            guard X509_digest(certificate, method, &hash, &count) == 1 else { return nil }
            return Array(hash.prefix(Int(count)))
        }
    }
}
