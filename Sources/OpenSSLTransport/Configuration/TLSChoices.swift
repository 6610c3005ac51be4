internal import COpenSSL

/// A version of TLS.
public struct TLSVersion: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number on the wire.
    public let rawValue: UInt16

    /// Makes a version from its number.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// TLS 1.0, which is broken; only below security level 1, and for talking to old devices.
    public static let dangerouslyTLS10 = Self(rawValue: 0x0301)
    /// TLS 1.1, which is broken; only below security level 1, and for talking to old devices.
    public static let dangerouslyTLS11 = Self(rawValue: 0x0302)
    /// TLS 1.2 (RFC 5246).
    public static let tls12 = Self(rawValue: 0x0303)
    /// TLS 1.3 (RFC 8446).
    public static let tls13 = Self(rawValue: 0x0304)
    /// DTLS 1.2 (RFC 6347), as it is negotiated over datagrams. Settings say ``tls12`` for it.
    public static let dtls12 = Self(rawValue: 0xfefd)

    /// Whether `left` is older.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// The name of the version, such as "TLS 1.3".
    public var description: String {
        switch rawValue {
        case 0x0301...0x0304: "TLS 1.\(rawValue & 0xff - 1)"
        case 0xfefd: "DTLS 1.2"
        case 0xfeff: "DTLS 1.0"
        default: "version \(rawValue)"
        }
    }
}

/// What of a server's certificate is verified by a client.
public enum TLSVerification: Hashable, Sendable {
    /// Chain, time, purpose and host name.
    case full
    /// Everything but the host name: any holder of any certificate of the roots can be the peer.
    case dangerouslyAnyHost
    /// Nothing: encrypted, and with anyone.
    case dangerouslyNone
}

/// Whether a server asks its clients for certificates.
public enum TLSClientAuthentication: Hashable, Sendable {
    /// It does not ask.
    case none
    /// It asks; a client may have none, and one that it shows must be good.
    case optional
    /// It asks, and refuses who has none.
    case required
}

/// Which certificates of a chain are looked up in revocation lists.
public enum TLSRevocationCheck: Hashable, Sendable {
    /// None.
    case none
    /// The peer's own.
    case peer
    /// All but the root.
    case chain
}

/// What it means that there is no revocation list of the authority of a certificate that is to be looked up.
public enum TLSMissingRevocationList: Hashable, Sendable {
    /// The certificate is refused.
    case reject
    /// It is taken for one that was not revoked, for those who have lists of some of their authorities.
    case accept
}

/// What a client makes of the answer of OCSP that a server sends with its certificate ("staples", RFC 6066 and 6960).
public enum TLSStapledStatus: Hashable, Sendable {
    /// It does not ask for one.
    case ignored
    /// It asks; an answer must be good, and certificates that promise one ("must staple", RFC 7633) must come with it.
    case verified
    /// It asks, and refuses servers that send none.
    case required
}

/// What an end of the stream means that the peer has not announced.
public enum TLSMissingCloseNotify: Hashable, Sendable {
    /// Somebody may have cut the stream: receiving throws ``TransportError/Kind/truncated``.
    case reject
    /// It is an end like any other, for protocols that know by themselves whether something is missing.
    case acceptAsEnd
}

/// What a server says to the name that a client asks for.
public enum TLSIdentityChoice: Sendable {
    /// Show this identity.
    case identity(TLSIdentity)
    /// Show the identities of the settings.
    case usual
    /// Refuse the client, with an alert; the usual one is ``TLSAlert/unrecognizedName``.
    case refuse(TLSAlert)
}

/// The authorities that are trusted.
public struct TLSRoots: Sendable {
    /// Whether those of the system are among them.
    var includesSystem: Bool
    /// The others.
    var materials: [TLSMaterial]

    /// Those that OpenSSL finds on this system, as `SSL_CERT_FILE` and `SSL_CERT_DIR` may say.
    public static var system: TLSRoots { TLSRoots(includesSystem: true, materials: []) }

    /// These alone; an empty list trusts nobody.
    public static func only(_ materials: [TLSMaterial]) -> TLSRoots {
        TLSRoots(includesSystem: false, materials: materials)
    }

    /// Those of the system and these.
    public static func systemAnd(_ materials: [TLSMaterial]) -> TLSRoots {
        TLSRoots(includesSystem: true, materials: materials)
    }
}

/// Certificates, keys or revocation lists, and where they are.
public enum TLSMaterial: Sendable {
    /// A file, in PEM or DER.
    case file(String)
    /// A directory of certificates with hashed names, as `openssl rehash` makes them; for roots and revocation lists.
    case directory(String)
    /// Text in PEM; what stands around the blocks does not matter.
    case pem(String)
    /// One certificate, key or list in DER.
    case der([UInt8])
}

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

/// Where the secrets of connections are written, for programs such as Wireshark.
///
/// Whoever has the log reads everything that these connections say.
public struct TLSKeyLog: Sendable {
    let write: @Sendable (String) -> Void

    /// Gives each line to a function.
    public init(_ write: @escaping @Sendable (String) -> Void) { self.write = write }
}

/// What a peer has shown of itself, for those who decide about it.
public struct TLSPresentedPeer: Sendable {
    /// The certificates that it sent, its own first.
    public let certificates: [Certificate]
    /// The chain that was verified, from the peer's own to the root; as far as it came.
    public let chain: [Certificate]
    /// The host that the peer was to be, in the form that is verified; nil on a server.
    public let serverName: String?
    /// What the verification has found, in words; nil when everything is good.
    public let problem: String?
    /// OpenSSL's number for that (`X509_V_ERR_…`); 0 when everything is good.
    public let problemCode: Int32
}
