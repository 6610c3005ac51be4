extension TransportError {
    /// What happened, in terms that hold for every backend.
    ///
    /// The set is open: a backend or a layer outside this package adds its own kinds with a name of its own, such as
    /// `Kind(rawValue: "mybackend.quotaExceeded")`. A `switch` over kinds therefore needs a `default`.
    public struct Kind: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The name of the kind, in lower camel case.
        public let rawValue: String

        /// Makes a kind from its name; any name is a kind.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The name of the kind.
        public var description: String { rawValue }
    }
}

extension TransportError.Kind {
    // MARK: The call

    /// An argument was out of range, malformed or did not fit; nothing was done.
    public static let invalidArgument = Self(rawValue: "invalidArgument")
    /// Calls came in an order that the object does not allow, such as receiving before connecting.
    public static let invalidState = Self(rawValue: "invalidState")
    /// The transport, backend or platform has no such feature.
    public static let unsupported = Self(rawValue: "unsupported")
    /// This end was closed before or during the operation.
    public static let closed = Self(rawValue: "closed")
    /// Another thread or task is already in the same direction of this object.
    public static let busy = Self(rawValue: "busy")
    /// The task that awaited the operation was cancelled.
    public static let cancelled = Self(rawValue: "cancelled")

    // MARK: Time

    /// The operation could not be done at once, and the mode forbids waiting (`EAGAIN`, `EINPROGRESS`).
    public static let wouldBlock = Self(rawValue: "wouldBlock")
    /// The caller's timeout or deadline passed first. Never used for the kernel's own time limits.
    public static let timedOut = Self(rawValue: "timedOut")
    /// The system gave the peer up because it no longer answers (`ETIMEDOUT`).
    public static let peerUnresponsive = Self(rawValue: "peerUnresponsive")

    // MARK: The peer

    /// Nobody listens there (`ECONNREFUSED`).
    public static let connectionRefused = Self(rawValue: "connectionRefused")
    /// The peer cut the connection (`ECONNRESET`).
    public static let connectionReset = Self(rawValue: "connectionReset")
    /// The connection was ended on this side by the system (`ECONNABORTED`).
    public static let connectionAborted = Self(rawValue: "connectionAborted")
    /// The peer no longer takes data, or this end has shut its sending side down (`EPIPE`).
    public static let brokenPipe = Self(rawValue: "brokenPipe")
    /// The stream ended before all the bytes that were asked for had come.
    public static let unexpectedEnd = Self(rawValue: "unexpectedEnd")
    /// The stream was cut without the end that its protocol requires (TLS without `close_notify`).
    public static let truncated = Self(rawValue: "truncated")

    // MARK: The way

    /// No route to the host (`EHOSTUNREACH`, `EHOSTDOWN`).
    public static let hostUnreachable = Self(rawValue: "hostUnreachable")
    /// No route to the network, or the network is down (`ENETUNREACH`, `ENETDOWN`).
    public static let networkUnreachable = Self(rawValue: "networkUnreachable")

    // MARK: Addresses and names

    /// Another socket has the address (`EADDRINUSE`).
    public static let addressInUse = Self(rawValue: "addressInUse")
    /// The address is not one of this machine, or cannot be used here (`EADDRNOTAVAIL`).
    public static let addressNotAvailable = Self(rawValue: "addressNotAvailable")
    /// The system does not know the address family, type or protocol (`EAFNOSUPPORT`, `EPROTONOSUPPORT`).
    public static let familyNotSupported = Self(rawValue: "familyNotSupported")
    /// No such file, for addresses that are paths (`ENOENT`, `ENOTDIR`).
    public static let noSuchFile = Self(rawValue: "noSuchFile")
    /// The name does not exist (`EAI_NONAME`).
    public static let noSuchName = Self(rawValue: "noSuchName")
    /// The name exists, but has no address of the family that was asked for (`EAI_NODATA`, `EAI_ADDRFAMILY`).
    public static let noAddressForName = Self(rawValue: "noAddressForName")
    /// No such service for the protocol (`EAI_SERVICE`).
    public static let noSuchService = Self(rawValue: "noSuchService")
    /// No such protocol in the system's table.
    public static let noSuchProtocol = Self(rawValue: "noSuchProtocol")
    /// No such network interface (`ENODEV`, `ENXIO`).
    public static let noSuchInterface = Self(rawValue: "noSuchInterface")
    /// The name servers could not answer now; later they may (`EAI_AGAIN`).
    public static let nameServiceUnavailable = Self(rawValue: "nameServiceUnavailable")
    /// The resolver failed for good (`EAI_FAIL` and what else it reports).
    public static let resolutionFailed = Self(rawValue: "resolutionFailed")

    // MARK: The system

    /// The system forbids it (`EACCES`, `EPERM`).
    public static let permissionDenied = Self(rawValue: "permissionDenied")
    /// The ``AddressPolicy`` of the backend does not allow the address; nothing was sent.
    public static let deniedByPolicy = Self(rawValue: "deniedByPolicy")
    /// This process or the system has no descriptor left (`EMFILE`, `ENFILE`).
    public static let tooManyOpenFiles = Self(rawValue: "tooManyOpenFiles")
    /// The system has no memory, buffers or other room for it (`ENOMEM`, `ENOBUFS`, `ENOSPC`).
    public static let outOfResources = Self(rawValue: "outOfResources")
    /// The datagram is larger than the transport carries (`EMSGSIZE`).
    public static let messageTooLarge = Self(rawValue: "messageTooLarge")
    /// The socket is not connected (`ENOTCONN`).
    public static let notConnected = Self(rawValue: "notConnected")
    /// The socket is already connected, or connecting (`EISCONN`, `EALREADY`).
    public static let alreadyConnected = Self(rawValue: "alreadyConnected")
    /// The system does not know the option (`ENOPROTOOPT`).
    public static let unknownOption = Self(rawValue: "unknownOption")
    /// A system error that has no kind of its own; its number is in the error's ``TransportError/code``.
    public static let system = Self(rawValue: "system")
}

extension TransportError.Kind {
    /// Lets a `catch` name the kinds it handles: `catch TransportError.Kind.timedOut { … }`.
    ///
    /// Let a `catch` without a pattern come last. Without one, compilers up to Swift 6.3.1 crash when everything in the
    /// `do` throws typed errors (swiftlang/swift#89787).
    public static func ~= (kind: Self, error: any Error) -> Bool {
        (error as? TransportError)?.kind == kind
    }
}
