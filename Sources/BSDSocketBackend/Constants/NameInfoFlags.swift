internal import CSockets

/// How addresses are turned into names (`NI_*`).
public struct NameInfoFlags: OptionSet, Hashable, Sendable {
    /// The system's bits.
    public let rawValue: Int32

    /// Makes flags from the system's bits; unknown ones survive.
    public init(rawValue: Int32) { self.rawValue = rawValue }
}

extension NameInfoFlags {
    /// The address in numbers (`NI_NUMERICHOST`).
    public static var numericHost: Self { Self(rawValue: csockets_NI_NUMERICHOST) }
    /// The port in numbers (`NI_NUMERICSERV`).
    public static var numericService: Self { Self(rawValue: csockets_NI_NUMERICSERV) }
    /// Only the first part of names of this domain (`NI_NOFQDN`).
    public static var localPart: Self { Self(rawValue: csockets_NI_NOFQDN) }
    /// An address without a name is an error (`NI_NAMEREQD`).
    public static var nameRequired: Self { Self(rawValue: csockets_NI_NAMEREQD) }
    /// The service for datagrams, where it differs (`NI_DGRAM`).
    public static var datagram: Self { Self(rawValue: csockets_NI_DGRAM) }
}

// MARK: - What not every platform has

extension NameInfoFlags {
    /// glibc: the name in the locale's characters (`NI_IDN`), or nil where the platform lacks it.
    public static var internationalized: Self? { Self(platform: csockets_NI_IDN) }
}
