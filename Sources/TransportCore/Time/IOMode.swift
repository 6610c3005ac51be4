/// How long the operations of a connection, listener or datagram socket may wait.
///
/// There are three modes, and an object is always in exactly one of them. The mode belongs to the object, never to the
/// descriptor below it, so that copies of one descriptor cannot disturb each other.
///
/// ```swift
/// connection.mode = .blocking
/// connection.mode = .nonblocking
/// connection.mode = try .timeout(.seconds(3))
/// ```
///
/// A mode that could not be used cannot be made: ``timeout(_:)`` refuses negative and overlong values.
public struct IOMode: Hashable, Sendable, CustomStringConvertible {
    /// -1 for blocking, 0 for nonblocking, otherwise the timeout.
    @usableFromInline let nanoseconds: Int64

    @inlinable
    init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// Operations wait until they are done. The mode that new objects have unless their backend says otherwise.
    @inlinable public static var blocking: IOMode { IOMode(nanoseconds: -1) }

    /// Operations that cannot be done at once fail with ``TransportError/Kind/wouldBlock``.
    @inlinable public static var nonblocking: IOMode { IOMode(nanoseconds: 0) }

    /// Operations wait at most this long, then fail with ``TransportError/Kind/timedOut``.
    ///
    /// The time counts for the whole of each call: a `sendAll` of many parts has it once. A timeout of zero is
    /// ``nonblocking``.
    ///
    /// - Throws: ``TransportError/Kind/invalidArgument`` when the timeout is negative or longer than 292 years.
    public static func timeout(_ timeout: Duration) throws(TransportError) -> IOMode {
        IOMode(nanoseconds: try timeout.checkedTimeoutNanoseconds())
    }

    /// The mode for a timeout in seconds as a floating-point number, where nil means ``blocking``.
    ///
    /// - Throws: ``TransportError/Kind/invalidArgument`` when it is negative, not a number, or longer than 292 years.
    public init(timeoutInSeconds seconds: Double?) throws(TransportError) {
        guard let seconds else {
            self = .blocking
            return
        }
        guard seconds >= 0 else {
            throw .invalidArgument(
                "a timeout must be zero or more seconds, and this one is \(seconds)", operation: .setMode
            )
        }
        guard let nanoseconds = Int64(exactly: (seconds * 1e9).rounded(.up)) else {
            throw .invalidArgument(
                "a timeout of \(seconds) seconds is too long: at most 292 years; nil waits for ever",
                operation: .setMode
            )
        }
        self.init(nanoseconds: nanoseconds)
    }

    /// The timeout: nil in blocking mode, zero in nonblocking mode.
    public var timeout: Duration? { nanoseconds < 0 ? nil : .nanoseconds(nanoseconds) }

    /// The mode in words.
    public var description: String {
        switch nanoseconds {
        case ..<0: "blocking"
        case 0: "nonblocking"
        default: "timeout \(Duration.nanoseconds(nanoseconds))"
        }
    }
}
