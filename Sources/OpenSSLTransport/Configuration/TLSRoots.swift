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
