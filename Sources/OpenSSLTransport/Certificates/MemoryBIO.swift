internal import COpenSSL

/// What OpenSSL writes, as bytes.
enum MemoryBIO {
    /// The bytes that a function has written; none when it fails.
    static func bytes(_ write: (OpaquePointer) -> Int32) -> [UInt8] {
        guard let bio = BIO_new(BIO_s_mem()) else { return [] }
        defer { BIO_free(bio) }
        guard write(bio) >= 0 else {
            ERR_clear_error()
            return []
        }
        var data: UnsafeMutablePointer<CChar>?
        let length = copenssl_bio_get_mem_data(bio, &data)
        return Array(UnsafeRawBufferPointer(start: data, count: max(0, length)))
    }

    /// The text that a function has written.
    static func text(_ write: (OpaquePointer) -> Int32) -> String { String(decoding: bytes(write), as: UTF8.self) }
}
