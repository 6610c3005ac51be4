public import TransportCore

extension TransportError.Kind {
    /// The peer's certificate could not be verified: its chain, its time, its purpose, its revocation, a pin.
    ///
    /// ``/TransportCore/TransportError/code`` has OpenSSL's number for it (`X509_V_ERR_…`) and its words.
    public static let tlsCertificateRejected = Self(rawValue: "tls.certificateRejected")
    /// The certificate is good and is for another host; the message says for which.
    public static let tlsHostNameMismatch = Self(rawValue: "tls.hostNameMismatch")
    /// The peer had to show a certificate and has shown none.
    public static let tlsCertificateRequired = Self(rawValue: "tls.certificateRequired")
    /// The peer has ended the connection with an alert; ``/TransportCore/TransportError/code`` has its number.
    public static let tlsAlertReceived = Self(rawValue: "tls.alertReceived")
    /// The two ends have no version of TLS in common.
    public static let tlsVersionMismatch = Self(rawValue: "tls.versionMismatch")
    /// The two ends have no cipher, group, signature algorithm or application protocol in common.
    public static let tlsNoCommonParameters = Self(rawValue: "tls.noCommonParameters")
    /// What the peer sends is not TLS; the message has its first bytes.
    public static let tlsNotSpoken = Self(rawValue: "tls.notSpoken")
    /// The peer broke the rules of the protocol, or somebody changed its bytes.
    public static let tlsProtocolViolation = Self(rawValue: "tls.protocolViolation")
    /// A certificate, key or list that was given to a configuration cannot be used.
    public static let tlsUnusableMaterial = Self(rawValue: "tls.unusableMaterial")
}
