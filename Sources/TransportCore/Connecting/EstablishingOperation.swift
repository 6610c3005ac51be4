/// What a transport that is being established is at: connecting, or the handshake of a layer.
///
/// Asked when the time is up, so that the error tells where it went. A layer with a handshake answers with an operation of
/// its own once the transport below is connected; others answer nothing.
public enum EstablishingOperation: MetadataKey {
    /// The operation.
    public typealias Value = TransportError.Operation
}

extension Transport {
    /// The error of a transport that could not be established in time.
    var timedOutEstablishing: TransportError {
        TransportError(.timedOut, operation: query(EstablishingOperation.self) ?? .connect)
    }
}
