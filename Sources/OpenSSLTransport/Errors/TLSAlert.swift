internal import COpenSSL

/// The alerts of TLS (RFC 8446, section 6): what one end tells the other before it gives the connection up.
public struct TLSAlert: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The number of the alert.
    public let rawValue: UInt8

    /// Makes an alert from its number; unknown numbers survive.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Nothing in common, or another reason that the peer keeps to itself.
    public static let handshakeFailure = Self(rawValue: 40)
    /// The certificate cannot be used.
    public static let badCertificate = Self(rawValue: 42)
    /// The certificate is of a kind that is not accepted.
    public static let unsupportedCertificate = Self(rawValue: 43)
    /// The certificate was revoked.
    public static let certificateRevoked = Self(rawValue: 44)
    /// The certificate has expired.
    public static let certificateExpired = Self(rawValue: 45)
    /// The certificate is refused for another reason.
    public static let certificateUnknown = Self(rawValue: 46)
    /// The authority of the certificate is not known.
    public static let unknownAuthority = Self(rawValue: 48)
    /// The certificate is good, and its owner may not come in.
    public static let accessDenied = Self(rawValue: 49)
    /// No version in common.
    public static let protocolVersion = Self(rawValue: 70)
    /// Nothing in common that is safe enough.
    public static let insufficientSecurity = Self(rawValue: 71)
    /// The peer failed.
    public static let internalError = Self(rawValue: 80)
    /// The server does not know the name that it was asked for.
    public static let unrecognizedName = Self(rawValue: 112)
    /// A certificate is required.
    public static let certificateRequired = Self(rawValue: 116)
    /// No application protocol in common.
    public static let noApplicationProtocol = Self(rawValue: 120)

    /// The alert in OpenSSL's words, or in those of RFC 8446 where it has none.
    public var description: String {
        switch self {
        case .certificateRequired: return "certificate required"
        case .noApplicationProtocol: return "no application protocol"
        default: break
        }
        guard let text = SSL_alert_desc_string_long(Int32(rawValue)), strcmp(text, "unknown") != 0 else {
            return "alert \(rawValue)"
        }
        return String(cString: text)
    }

    /// What a person can try whose connection was ended with it.
    var advice: String? {
        switch self {
        case .badCertificate, .unsupportedCertificate, .certificateRevoked, .certificateExpired, .certificateUnknown,
            .unknownAuthority:
            "the peer refuses the certificate of this end: check its chain, its dates and what the peer trusts"
        case .certificateRequired: "give the configuration an identity: the peer asks for a certificate"
        case .accessDenied: "the certificate of this end is good, and the peer does not let its owner in"
        case .protocolVersion: "the peer has no version of TLS in common with this end: check the versions of both"
        case .handshakeFailure, .insufficientSecurity:
            "the ends may have nothing in common (ciphers, groups, signature algorithms), or the peer wants a "
                + "certificate; its log may say more"
        case .unrecognizedName: "the server does not know the name that it was asked for: check the host"
        case .noApplicationProtocol: "the ends have no application protocol (ALPN) in common"
        default: nil
        }
    }
}
