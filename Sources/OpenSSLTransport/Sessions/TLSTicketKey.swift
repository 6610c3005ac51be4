internal import COpenSSL
public import TransportCore

/// A key with which servers encrypt sessions for their clients to keep (tickets; RFC 5077, and RFC 8446, section 4.6.1).
///
/// Whoever has it reads what was said in sessions that were resumed with TLS 1.2, and can resume the sessions of others. It
/// never prints itself, and its memory is wiped when nobody has it any more.
public struct TLSTicketKey: Sendable {
    /// What clients send with their tickets, to say which key it was.
    let name: [UInt8]
    private let keys: Keys

    static let nameSize = 16
    private static let keySize = 32

    /// Makes a key of a secret, the same one of the same secret in every process.
    ///
    /// - Parameter secret: 32 bytes or more that nobody can guess, such as those of `openssl rand 32`.
    /// - Throws: ``/TransportCore/TransportError/Kind/invalidArgument`` for fewer.
    public init(secret: [UInt8]) throws(TransportError) {
        guard secret.count >= Self.keySize else {
            throw .invalidArgument(
                "the secret of a ticket key has 32 bytes or more, not \(secret.count)", operation: .open)
        }
        func derived(_ label: String) throws(TransportError) -> [UInt8] {
            var hash = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
            var count: UInt32 = 0
            ErrorQueue.clear()
            let label = Array("swift-transport ticket \(label)".utf8)
            guard
                HMAC(EVP_sha256(), secret, Int32(clamping: secret.count), label, label.count, &hash, &count) != nil,
                Int(count) == Self.keySize
            else { throw .openSSL(.outOfResources, operation: .open) }
            return Array(hash.prefix(Int(count)))
        }
        name = Array(try derived("name").prefix(Self.nameSize))
        keys = Keys(cipher: try derived("cipher"), authentication: try derived("authentication"))
    }

    /// Makes a key that nobody else has.
    ///
    /// - Throws: ``/TransportCore/TransportError/Kind/outOfResources`` when OpenSSL has no random numbers.
    public static func random() throws(TransportError) -> TLSTicketKey {
        var secret = [UInt8](repeating: 0, count: keySize)
        ErrorQueue.clear()
        guard RAND_priv_bytes(&secret, Int32(keySize)) == 1 else {
            throw .openSSL(.outOfResources, operation: .open)
        }
        return try TLSTicketKey(secret: secret)
    }

    /// Has libssl encrypt or decrypt one ticket with it (AES-256-CBC and HMAC-SHA-256, as it does with its own keys).
    func use(_ cipher: OpaquePointer?, _ mac: OpaquePointer?, _ iv: UnsafePointer<UInt8>, encrypts: Bool) -> Bool {
        EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nil, keys.cipher, iv, encrypts ? 1 : 0) == 1
            && copenssl_mac_set_hmac_sha256(mac, keys.authentication, Self.keySize) == 1
    }

    /// The secret part.
    private final class Keys: @unchecked Sendable {
        // Sendable: the memory is written here alone, and wiped when nobody can read it any more.
        private let memory: UnsafeMutablePointer<UInt8>

        init(cipher: [UInt8], authentication: [UInt8]) {
            memory = .allocate(capacity: 2 * keySize)
            memory.initialize(repeating: 0, count: 2 * keySize)
            memory.update(from: cipher, count: keySize)
            (memory + keySize).update(from: authentication, count: keySize)
        }

        deinit {
            OPENSSL_cleanse(memory, 2 * keySize)
            memory.deallocate()
        }

        var cipher: UnsafeMutablePointer<UInt8> { memory }
        var authentication: UnsafeMutablePointer<UInt8> { memory + keySize }
    }
}

extension TLSTicketKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The first bytes of its name, which everybody sees who sees a ticket; nothing of the key.
    public var description: String {
        "ticket key " + name.prefix(4).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// The same as ``description``.
    public var debugDescription: String { description }

    /// Nothing.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
