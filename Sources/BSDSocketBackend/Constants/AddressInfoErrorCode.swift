internal import CSockets

/// Why a name could not be turned into addresses, or an address into a name (`EAI_*`).
///
/// The numbers are negative on Linux and positive on Darwin; they stand in ``/TransportCore/TransportError/addressInfoCode``.
public struct AddressInfoErrorCode: RawRepresentable, Hashable, Sendable {
    /// The system's number.
    public let rawValue: Int32

    /// Makes one from the system's number; any number will do.
    public init(rawValue: Int32) { self.rawValue = rawValue }
}

extension AddressInfoErrorCode {
    /// The name servers do not answer now (`EAI_AGAIN`).
    public static var tryAgain: Self { Self(rawValue: csockets_EAI_AGAIN) }
    /// Flags that do not go together (`EAI_BADFLAGS`).
    public static var badFlags: Self { Self(rawValue: csockets_EAI_BADFLAGS) }
    /// A failure that will not go away (`EAI_FAIL`).
    public static var failed: Self { Self(rawValue: csockets_EAI_FAIL) }
    /// The family is not supported (`EAI_FAMILY`).
    public static var family: Self { Self(rawValue: csockets_EAI_FAMILY) }
    /// No memory (`EAI_MEMORY`).
    public static var memory: Self { Self(rawValue: csockets_EAI_MEMORY) }
    /// The name or service is not known (`EAI_NONAME`).
    public static var noName: Self { Self(rawValue: csockets_EAI_NONAME) }
    /// A buffer was too small (`EAI_OVERFLOW`).
    public static var overflow: Self { Self(rawValue: csockets_EAI_OVERFLOW) }
    /// The service is not known for the type (`EAI_SERVICE`).
    public static var service: Self { Self(rawValue: csockets_EAI_SERVICE) }
    /// The type is not supported (`EAI_SOCKTYPE`).
    public static var socketType: Self { Self(rawValue: csockets_EAI_SOCKTYPE) }
    /// An error of the system; its number is in `underlying` (`EAI_SYSTEM`).
    public static var system: Self { Self(rawValue: csockets_EAI_SYSTEM) }
}

// MARK: - What not every platform has

extension AddressInfoErrorCode {
    /// The name has no address of the family (`EAI_ADDRFAMILY`), or nil where the platform lacks it.
    public static var addressFamily: Self? { Self(platform: csockets_EAI_ADDRFAMILY) }
    /// The name has no address (`EAI_NODATA`), or nil where the platform lacks it.
    public static var noData: Self? { Self(platform: csockets_EAI_NODATA) }
    /// Darwin: hints that do not go together (`EAI_BADHINTS`), or nil where the platform lacks it.
    public static var badHints: Self? { Self(platform: csockets_EAI_BADHINTS) }
    /// Darwin: the protocol is not known (`EAI_PROTOCOL`), or nil where the platform lacks it.
    public static var badProtocol: Self? { Self(platform: csockets_EAI_PROTOCOL) }
}
