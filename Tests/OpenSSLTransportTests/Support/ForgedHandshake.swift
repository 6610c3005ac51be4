import COpenSSL
import Testing

/// Records of a client in TLS 1.2 or DTLS 1.2, encrypted by hand with the keys of its connection
/// (`ECDHE-ECDSA-AES128-GCM-SHA256`), for messages that libssl would not make.
struct ForgedHandshake {
    private let key: [UInt8]
    private let salt: [UInt8]
    private let isDatagram: Bool
    /// The number of the next record; the client's last message of the handshake was number 0.
    private var number: UInt64 = 1
    /// The number of the next message of a handshake over datagrams: another one begins with 0.
    private var message: UInt16 = 0

    init(_ client: OpaquePointer) throws {
        isDatagram = SSL_version(client) == DTLS1_2_VERSION
        func bytes(_ count: Int, _ get: (UnsafeMutablePointer<UInt8>, Int) -> Int) -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: count)
            #expect(get(&bytes, count) == count)
            return bytes
        }
        let session = SSL_get_session(client)
        let master = bytes(48) { SSL_SESSION_get_master_key(session, $0, $1) }
        let randoms =
            bytes(32) { SSL_get_server_random(client, $0, $1) } + bytes(32) { SSL_get_client_random(client, $0, $1) }
        // The keys of client and server, then what their nonces begin with (RFC 5246, section 6.3).
        let block = Self.expand(master, Array("key expansion".utf8) + randoms, 40)
        key = Array(block[0..<16])
        salt = Array(block[32..<36])
    }

    /// P_SHA256 of RFC 5246, section 5.
    private static func expand(_ secret: [UInt8], _ seed: [UInt8], _ count: Int) -> [UInt8] {
        func hash(_ bytes: [UInt8]) -> [UInt8] {
            var result = [UInt8](repeating: 0, count: 32)
            var length: UInt32 = 0
            HMAC(EVP_sha256(), secret, Int32(secret.count), bytes, bytes.count, &result, &length)
            return result
        }
        var (last, output) = (seed, [UInt8]())
        while output.count < count {
            last = hash(last)
            output += hash(last + seed)
        }
        return Array(output.prefix(count))
    }

    /// A record with the beginning of another handshake.
    mutating func beginning() throws -> [UInt8] {
        let hello =
            [3, 3] + [UInt8](repeating: 7, count: 32) + [0] + (isDatagram ? [0] : []) + [0, 2, 0xc0, 0x2b, 1, 0]
        var body = isDatagram ? [0xfe, 0xfd] + hello.dropFirst(2) : hello
        let length: [UInt8] = [0, 0, UInt8(body.count)]
        let place: [UInt8] = isDatagram ? [UInt8(message >> 8), UInt8(message & 0xff), 0, 0, 0] + length : []
        body = [1] + length + place + body
        message += 1
        return try record(22, body)
    }

    /// A record of a type.
    mutating func record(_ type: UInt8, _ plain: [UInt8]) throws -> [UInt8] {
        // Over datagrams the number begins with that of the keys.
        let full = isDatagram ? number | 1 << 48 : number
        let sequence = (0..<8).map { UInt8(truncatingIfNeeded: full >> (56 - 8 * UInt64($0))) }
        let version: [UInt8] = isDatagram ? [0xfe, 0xfd] : [3, 3]
        number += 1
        func size(_ count: Int) -> [UInt8] { [UInt8(count >> 8), UInt8(count & 0xff)] }
        let extra = sequence + [type] + version + size(plain.count)
        let cipher = EVP_CIPHER_CTX_new()
        defer { EVP_CIPHER_CTX_free(cipher) }
        var encrypted = [UInt8](repeating: 0, count: plain.count)
        var tag = [UInt8](repeating: 0, count: 16)
        var count: Int32 = 0
        try #require(EVP_EncryptInit_ex(cipher, EVP_aes_128_gcm(), nil, key, salt + sequence) == 1)
        try #require(EVP_EncryptUpdate(cipher, nil, &count, extra, Int32(extra.count)) == 1)
        try #require(EVP_EncryptUpdate(cipher, &encrypted, &count, plain, Int32(plain.count)) == 1)
        try #require(EVP_EncryptFinal_ex(cipher, &tag, &count) == 1)
        try #require(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, 16, &tag) == 1)
        let content = sequence + encrypted + tag
        return [type] + version + (isDatagram ? sequence : []) + size(content.count) + content
    }
}
