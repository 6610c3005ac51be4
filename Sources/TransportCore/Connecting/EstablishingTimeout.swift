/// The error of a transport that is not established in time: what it is at, connecting or the handshake of a layer.
///
/// Asked when the time is up. A layer with a handshake answers once the transport below is connected, with an operation and
/// words of its own; others answer nothing.
public enum EstablishingTimeout: MetadataKey {
    /// An error of the kind ``TransportError/Kind/timedOut``.
    public typealias Value = TransportError
}

extension Transport {
    /// The error of a transport that could not be established in time.
    var timedOutEstablishing: TransportError {
        query(EstablishingTimeout.self) ?? TransportError(.timedOut, operation: .connect)
    }
}
