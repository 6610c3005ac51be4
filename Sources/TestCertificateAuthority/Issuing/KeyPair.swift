/// A private key with its public half: what a certificate is made for, or signed with.
///
/// It keeps bytes and no structure of libcrypto: a value like any other. Keys of tests are no secret and are not wiped.
public struct KeyPair: Hashable, Sendable {
    /// What kind of key it is; nil for one that was read.
    public let kind: Kind?

    /// The private key as PKCS#8 `PrivateKeyInfo`, DER (RFC 5958).
    public let privateKeyDER: [UInt8]

    /// The public key as `SubjectPublicKeyInfo`, DER (RFC 5280, 4.1.2.7); its SHA-256 is what pinning compares.
    public let publicKeyDER: [UInt8]

    /// Makes a new key.
    ///
    /// An EC key takes less than a millisecond; an RSA key of 2048 bits takes tens to hundreds of them.
    ///
    /// - Parameter kind: The algorithm and size. The default is ``Kind/p256``.
    /// - Throws: When libcrypto refuses to make such a key.
    public init(_ kind: Kind = .p256) throws(IssuingError) {
        self.kind = kind
        privateKeyDER = try Libcrypto.generateKey(kind)
        publicKeyDER = try Libcrypto.publicKey(of: privateKeyDER)
    }

    /// Reads a private key from PEM, in any form that libcrypto knows.
    ///
    /// - Parameters:
    ///   - pem: The text; the first private key in it is taken.
    ///   - password: What it is encrypted with. The default is nothing.
    /// - Throws: When there is no key in it, or the password is wrong or missing.
    public init(pem: String, password: String? = nil) throws(IssuingError) {
        kind = nil
        privateKeyDER = try Libcrypto.key(fromPEM: Array(pem.utf8), password: password.map { Array($0.utf8) })
        publicKeyDER = try Libcrypto.publicKey(of: privateKeyDER)
    }

    /// The private key as PEM, not encrypted.
    public var pem: String { PEM.text("PRIVATE KEY", privateKeyDER) }

    /// The private key as PEM, in a form of choice.
    ///
    /// - Parameters:
    ///   - form: PKCS#8, or the algorithm's old form.
    ///   - password: What to encrypt it with (AES-256); nil leaves it readable. The default is nil.
    /// - Throws: When the key has no such form: Ed25519 has PKCS#8 only.
    public func pem(_ form: Form, password: String? = nil) throws(IssuingError) -> String {
        try Libcrypto.pem(of: privateKeyDER, form: form, password: password.map { Array($0.utf8) })
    }

    /// How a private key is written as PEM.
    public enum Form: Hashable, Sendable {
        /// `BEGIN PRIVATE KEY`, encrypted `BEGIN ENCRYPTED PRIVATE KEY` (RFC 5958, RFC 7468).
        case pkcs8
        /// `BEGIN RSA PRIVATE KEY`, `BEGIN EC PRIVATE KEY`; encrypted with a `Proc-Type: 4,ENCRYPTED` header.
        case traditional
    }

    /// The SHA-1 of the public key's bits, by which certificates name keys (RFC 5280, 4.2.1.2, method 1).
    func identifier() throws(IssuingError) -> [UInt8] {
        try Libcrypto.digest("SHA1", of: publicBits)
    }

    /// What is in the BIT STRING at the end of `SubjectPublicKeyInfo`.
    private var publicBits: [UInt8] {
        var outside = DERSlice(publicKeyDER[...])
        guard var inside = outside.next(), inside.next() != nil, let bits = inside.next() else { return publicKeyDER }
        return Array(bits.content.dropFirst())
    }

    /// The object identifier of the key's algorithm, with dots are none: its encoding.
    var algorithmObject: [UInt8] {
        var outside = DERSlice(publicKeyDER[...])
        guard var inside = outside.next(), var algorithm = inside.next(), let object = algorithm.next() else {
            return []
        }
        return Array(object.content)
    }
}

/// The values one after the other in what libcrypto wrote.
private struct DERSlice {
    private(set) var content: ArraySlice<UInt8>

    init(_ content: ArraySlice<UInt8>) { self.content = content }

    mutating func next() -> DERSlice? {
        guard content.count >= 2 else { return nil }
        var rest = content.dropFirst()
        var length = Int(rest.removeFirst())
        if length >= 0x80 {
            let count = length & 0x7F
            guard count <= 4, rest.count >= count else { return nil }
            length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(count)
        }
        guard rest.count >= length else { return nil }
        content = rest.dropFirst(length)
        return DERSlice(rest.prefix(length))
    }
}
