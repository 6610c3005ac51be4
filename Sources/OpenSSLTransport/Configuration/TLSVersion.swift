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
