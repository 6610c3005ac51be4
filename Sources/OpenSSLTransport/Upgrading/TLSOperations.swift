public import TransportCore

extension TransportError {
    /// The error of a handshake that was not done in time, on a stream that is connected.
    static var handshakeTimeout: TransportError {
        TransportError(.timedOut, operation: .handshake)
            .with(message: "connected, but the TLS handshake was not done in time")
            .with(advice: "check that the port is that of a TLS server, and that the server answers")
    }
}

extension TransportError.Operation {
    /// Beginning TLS on a live connection.
    public static let startTLS = Self(rawValue: "startTLS")
    /// The handshake of TLS, on a stream that is connected.
    public static let handshake = Self(rawValue: "handshake")
    /// Ending TLS and keeping the connection.
    public static let stopTLS = Self(rawValue: "stopTLS")
}
