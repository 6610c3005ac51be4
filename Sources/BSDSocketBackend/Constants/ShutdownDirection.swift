internal import CSockets

/// Which directions of a socket end (`SHUT_*`).
public struct ShutdownDirection: RawRepresentable, Hashable, Sendable {
    /// The system's number.
    public let rawValue: Int32

    /// Makes one from the system's number; any number will do.
    public init(rawValue: Int32) { self.rawValue = rawValue }
}

extension ShutdownDirection {
    /// The receiving direction (`SHUT_RD`).
    public static var read: Self { Self(rawValue: csockets_SHUT_RD) }
    /// The sending direction (`SHUT_WR`).
    public static var write: Self { Self(rawValue: csockets_SHUT_WR) }
    /// Both directions (`SHUT_RDWR`).
    public static var both: Self { Self(rawValue: csockets_SHUT_RDWR) }
}
