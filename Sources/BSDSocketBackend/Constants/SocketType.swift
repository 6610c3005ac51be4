internal import CSockets

/// The type of a socket, as the system has it (`SOCK_*`).
///
/// Whether a type exists depends on the family: most know ``stream`` and ``datagram`` alone.
public struct SocketType: RawRepresentable, Hashable, Sendable {
    /// The system's number.
    public let rawValue: Int32

    /// Makes one from the system's number; any number will do.
    public init(rawValue: Int32) { self.rawValue = rawValue }
}

extension SocketType {
    /// A connected stream of bytes (`SOCK_STREAM`).
    public static var stream: Self { Self(rawValue: csockets_SOCK_STREAM) }
    /// Messages that may be lost (`SOCK_DGRAM`).
    public static var datagram: Self { Self(rawValue: csockets_SOCK_DGRAM) }
    /// Packets of the protocol below; takes privileges (`SOCK_RAW`).
    public static var raw: Self { Self(rawValue: csockets_SOCK_RAW) }
    /// Messages that are not lost, without order; few families have it (`SOCK_RDM`).
    public static var reliableMessage: Self { Self(rawValue: csockets_SOCK_RDM) }
    /// Connected, with the bounds of messages kept (`SOCK_SEQPACKET`).
    public static var sequencedPacket: Self { Self(rawValue: csockets_SOCK_SEQPACKET) }
}
