/// Something that learns about the object that owns it: transports, listeners and datagram endpoints.
///
/// Nothing depends on it but reports: a backend that makes none keeps the default, which does nothing.
public protocol Owned: Sendable {
    /// Takes note of what has become of the owner. Never on the path of the bytes; must be quick.
    ///
    /// A layer hands on what it is told, and adds ``OwnerNote/outputLost(byteCount:)`` where it holds output itself.
    func take(_ note: OwnerNote)
}

/// What a ``Connection``, ``Listener`` or ``DatagramSocket`` tells the transport that it owns.
public enum OwnerNote: Sendable {
    /// An object that was made at a place in the program owns it now. Comes once, before the first operation.
    case adopted(at: SourceSite)
    /// The owner has gone away without having been closed; closing follows.
    case dropped
    /// A layer above was closed while it held bytes that it had accepted and never handed down.
    case outputLost(byteCount: Int)
}

extension Owned {
    /// Does nothing.
    public func take(_ note: OwnerNote) {}
}
