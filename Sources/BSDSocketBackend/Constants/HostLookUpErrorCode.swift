internal import CSockets

/// Why one of the old host look-ups failed (`h_errno`).
///
/// The numbers stand in ``/TransportCore/TransportError/hostLookupCode``.
public struct HostLookUpErrorCode: RawRepresentable, Hashable, Sendable {
    /// The system's number.
    public let rawValue: Int32

    /// Makes one from the system's number; any number will do.
    public init(rawValue: Int32) { self.rawValue = rawValue }
}

extension HostLookUpErrorCode {
    /// There is no such host (`HOST_NOT_FOUND`).
    public static var hostNotFound: Self { Self(rawValue: csockets_HOST_NOT_FOUND) }
    /// The name servers do not answer now (`TRY_AGAIN`).
    public static var tryAgain: Self { Self(rawValue: csockets_TRY_AGAIN) }
    /// A failure that will not go away (`NO_RECOVERY`).
    public static var noRecovery: Self { Self(rawValue: csockets_NO_RECOVERY) }
    /// The name has no data of the kind (`NO_DATA`).
    public static var noData: Self { Self(rawValue: csockets_NO_DATA) }
}
