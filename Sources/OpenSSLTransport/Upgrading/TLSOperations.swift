public import TransportCore

extension TransportError.Operation {
    /// Beginning TLS on a live connection.
    public static let startTLS = Self(rawValue: "startTLS")
    /// Ending TLS and keeping the connection.
    public static let stopTLS = Self(rawValue: "stopTLS")
}
