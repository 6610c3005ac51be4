import COpenSSL
import Testing

/// Records of a server in TLS 1.3, encrypted by hand with the secret of a client's key log
/// (`TLS_AES_128_GCM_SHA256`), for sizes that libssl would not make.
struct ForgedRecords {
    private let key: [UInt8]
    private let nonce: [UInt8]
    private var number: UInt64 = 0

    /// Begins with the first record after the handshake.
    init(keyLog: [String]) throws {
        let line = try #require(keyLog.first { $0.hasPrefix("SERVER_TRAFFIC_SECRET_0 ") })
        let digits = Array(try #require(line.split(separator: " ").last))
        let secret = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
        key = Self.expand(secret, "key", 16)
        nonce = Self.expand(secret, "iv", 12)
    }

    /// HKDF-Expand-Label of RFC 8446, section 7.1, for less than one block.
    private static func expand(_ secret: [UInt8], _ label: String, _ count: Int) -> [UInt8] {
        let label = "tls13 " + label
        let info = [0, UInt8(count), UInt8(label.utf8.count)] + Array(label.utf8) + [0, 1]
        var block = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        HMAC(EVP_sha256(), secret, Int32(secret.count), info, info.count, &block, &length)
        return Array(block.prefix(count))
    }

    /// The next record of application data.
    mutating func record(of content: [UInt8]) throws -> [UInt8] {
        let plain = content + [23]
        let size = plain.count + 16
        let header: [UInt8] = [23, 3, 3, UInt8(size >> 8), UInt8(size & 0xff)]
        var nonce = nonce
        for index in 0..<8 { nonce[11 - index] ^= UInt8(truncatingIfNeeded: number >> (8 * UInt64(index))) }
        number += 1
        let context = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(context) }
        var encrypted = [UInt8](repeating: 0, count: plain.count)
        var tag = [UInt8](repeating: 0, count: 16)
        var count: Int32 = 0
        try #require(EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), nil, key, nonce) == 1)
        try #require(EVP_EncryptUpdate(context, nil, &count, header, 5) == 1)
        try #require(EVP_EncryptUpdate(context, &encrypted, &count, plain, Int32(plain.count)) == 1)
        try #require(EVP_EncryptFinal_ex(context, &tag, &count) == 1)
        try #require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, &tag) == 1)
        return header + encrypted + tag
    }
}
