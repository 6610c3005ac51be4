/// A key that both ends know in advance, in place of certificates or besides them.
public struct TLSPreSharedKeys: Sendable {
    /// What a client says, and the key of it; asked with the server's hint (TLS 1.2).
    let clientKey: (@Sendable (_ hint: String?) -> (identity: String, key: [UInt8])?)?
    /// The key for what a client says; nil refuses it.
    let serverKey: (@Sendable (_ identity: String) -> [UInt8]?)?
    let hint: String?
    /// What is wrong with what a client says whatever the server does; not what it is, which must not be printed.
    var mistake: String?

    /// The key of a client.
    ///
    /// - Parameters:
    ///   - identity: What the server is told, 1 to 128 bytes of UTF-8 without NUL (RFC 4279, section 5.3).
    ///   - key: The key, 1 to 512 bytes. Of 16 bytes at least, and random: shorter ones can be found out.
    public static func client(identity: String, key: [UInt8]) -> Self {
        Self(
            clientKey: { _ in (identity, key) }, serverKey: nil, hint: nil,
            mistake: mistake(identity: identity, key: key)
        )
    }

    /// The key of a client, chosen by the hint that the server gives (TLS 1.2 alone; otherwise nil).
    public static func client(
        choosing choose: @escaping @Sendable (_ hint: String?) -> (identity: String, key: [UInt8])?
    ) -> Self {
        Self(clientKey: choose, serverKey: nil, hint: nil)
    }

    /// The keys of a server's clients.
    ///
    /// - Parameters:
    ///   - hint: What clients are told before they choose (TLS 1.2 alone). The default is nothing.
    ///   - key: Gives the key for an identity; nil refuses it.
    public static func server(hint: String? = nil, key: @escaping @Sendable (_ identity: String) -> [UInt8]?) -> Self {
        Self(clientKey: nil, serverKey: key, hint: hint)
    }

    /// What is wrong with an identity and its key; nil when nothing is.
    static func mistake(identity: String, key: [UInt8]) -> String? {
        if identity.isEmpty || identity.utf8.count > 128 || identity.utf8.contains(0) {
            return "the identity of a pre-shared key has 1 to 128 bytes and no NUL"
        }
        return (1...512).contains(key.count) ? nil : "a pre-shared key has 1 to 512 bytes, not \(key.count)"
    }
}
