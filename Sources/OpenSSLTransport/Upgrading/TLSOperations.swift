public import TransportCore

extension TransportError.Operation {
    /// Beginning TLS on a live connection.
    public static let startTLS = Self(rawValue: "startTLS")
    /// The handshake of TLS, on a stream that is connected.
    public static let handshake = Self(rawValue: "handshake")
    /// Ending TLS and keeping the connection.
    public static let stopTLS = Self(rawValue: "stopTLS")
}
