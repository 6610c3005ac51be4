internal import CSockets

/// How names are turned into addresses (`AI_*`).
public struct AddressInfoFlags: OptionSet, Hashable, Sendable {
    /// The system's bits.
    public let rawValue: Int32

    /// Makes flags from the system's bits; unknown ones survive.
    public init(rawValue: Int32) { self.rawValue = rawValue }
}

extension AddressInfoFlags {
    /// Addresses for listening: without a host, the wildcard addresses (`AI_PASSIVE`).
    public static var passive: Self { Self(rawValue: csockets_AI_PASSIVE) }
    /// Gives the name that the host is an alias of (`AI_CANONNAME`).
    public static var canonicalName: Self { Self(rawValue: csockets_AI_CANONNAME) }
    /// Takes numeric hosts alone and asks no name server (`AI_NUMERICHOST`).
    public static var numericHost: Self { Self(rawValue: csockets_AI_NUMERICHOST) }
    /// Takes numeric services alone (`AI_NUMERICSERV`).
    public static var numericService: Self { Self(rawValue: csockets_AI_NUMERICSERV) }
    /// IPv4 addresses as mapped ones where there is no IPv6 address (`AI_V4MAPPED`).
    public static var v4Mapped: Self { Self(rawValue: csockets_AI_V4MAPPED) }
    /// With ``v4Mapped``: mapped ones in any case (`AI_ALL`).
    public static var all: Self { Self(rawValue: csockets_AI_ALL) }
    /// Only families that the machine has addresses of (`AI_ADDRCONFIG`).
    public static var addressConfigured: Self { Self(rawValue: csockets_AI_ADDRCONFIG) }
}

// MARK: - What not every platform has

extension AddressInfoFlags {
    /// glibc: a host in the locale's characters is encoded (`AI_IDN`), or nil where the platform lacks it.
    public static var internationalized: Self? { Self(platform: csockets_AI_IDN) }
    /// glibc: the canonical name in the locale's characters (`AI_CANONIDN`), or nil where the platform lacks it.
    public static var canonicalInternationalized: Self? { Self(platform: csockets_AI_CANONIDN) }
    /// Darwin: the usual flags (`AI_DEFAULT`), or nil where the platform lacks it.
    public static var platformDefault: Self? { Self(platform: csockets_AI_DEFAULT) }
}
