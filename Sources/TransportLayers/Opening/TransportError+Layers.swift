public import TransportCore

extension TransportError.Kind {
    /// A header of the PROXY protocol was missing, malformed, too long, damaged or too late.
    public static let proxyHeaderInvalid = Self(rawValue: "proxyHeaderInvalid")
    /// A peer sent a header of the PROXY protocol, or connected, that must not.
    public static let proxyHeaderRefused = Self(rawValue: "proxyHeaderRefused")
    /// A proxy refused to connect, for a reason that has no kind of its own; its number is in the error's code.
    public static let proxyRefused = Self(rawValue: "proxyRefused")
    /// A proxy did not accept the credentials, or asks for some that were not given.
    public static let proxyAuthenticationFailed = Self(rawValue: "proxyAuthenticationFailed")
    /// What a proxy answered is not its protocol.
    public static let proxyProtocolViolated = Self(rawValue: "proxyProtocolViolated")
}

extension TransportError.Operation {
    /// Reading or sending a header of the PROXY protocol.
    public static let exchangeProxyHeader = Self(rawValue: "exchangeProxyHeader")
}

extension TransportError.Code.Domain {
    /// The reply codes of SOCKS 5 (RFC 1928, section 6).
    public static let socks = Self(rawValue: "SOCKS")
    /// The status codes of HTTP (RFC 9110, section 15).
    public static let http = Self(rawValue: "HTTP")
}
