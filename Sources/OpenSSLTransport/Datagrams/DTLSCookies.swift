internal import COpenSSL
internal import TransportCore

/// The cookies that a server gives to clients (RFC 6347, section 4.2.1): made of the client's address and a secret, so that
/// nothing is kept of a client before it has shown that it gets what is sent to its address.
///
/// The secret is made anew every minute; cookies of the one before are still good.
struct DTLSCookies {
    private let randomNumber: @Sendable () -> UInt64
    private var secret: [UInt8] = []
    private var former: [UInt8] = []
    private var madeAt: Instant?

    private static let lifetime = Duration.seconds(60)

    init(randomNumber: @escaping @Sendable () -> UInt64) { self.randomNumber = randomNumber }

    /// Makes a new secret when it is time.
    mutating func rotate(at now: Instant) {
        if let madeAt, now < madeAt.advanced(by: Self.lifetime) { return }
        // After a long pause, the one before is too old, too.
        let isRecent = madeAt.map { now < $0.advanced(by: Self.lifetime * 2) } ?? false
        former = isRecent ? secret : []
        secret = (0..<4).flatMap { _ in withUnsafeBytes(of: randomNumber()) { [UInt8]($0) } }
        madeAt = now
    }

    /// The cookie for a client at an address.
    func cookie(for address: [UInt8]) -> [UInt8] { Self.hash(address, secret) }

    /// Whether a client at an address may have this cookie.
    func isGood(_ cookie: UnsafeBufferPointer<UInt8>, for address: [UInt8]) -> Bool {
        [secret, former].contains { secret in
            let expected = Self.hash(address, secret)
            return !expected.isEmpty && cookie.count == expected.count
                && CRYPTO_memcmp(cookie.baseAddress, expected, expected.count) == 0
        }
    }

    private static func hash(_ bytes: [UInt8], _ key: [UInt8]) -> [UInt8] {
        guard !key.isEmpty else { return [] }
        var hash = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        guard HMAC(EVP_sha256(), key, Int32(key.count), bytes, bytes.count, &hash, &count) != nil else { return [] }
        return Array(hash.prefix(Int(count)))
    }
}

extension TLSContext {
    /// Has libssl make and check the cookies of clients that have not shown yet that they are where they say.
    func setUpCookies() {
        SSL_CTX_set_cookie_generate_cb(pointer) { ssl, cookie, length in
            guard let cookie, let length, let port = TLSEngine.of(ssl)?.port else { return 0 }
            let bytes = port.cookies.cookie(for: port.peer)
            for (index, byte) in bytes.enumerated() { cookie[index] = byte }
            length.pointee = UInt32(bytes.count)
            return bytes.isEmpty ? 0 : 1
        }
        SSL_CTX_set_cookie_verify_cb(pointer) { ssl, cookie, length in
            guard let port = TLSEngine.of(ssl)?.port else { return 0 }
            let bytes = UnsafeBufferPointer(start: cookie, count: Int(length))
            return port.cookies.isGood(bytes, for: port.peer) ? 1 : 0
        }
    }
}
