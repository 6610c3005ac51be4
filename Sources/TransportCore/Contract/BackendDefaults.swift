/// Settings that everything made by a backend begins with.
///
/// The reference's default timeout is ``mode`` here: a value that belongs to a backend, not a state of the process.
public struct BackendDefaults: Sendable {
    /// The mode of new connections, listeners and datagram sockets.
    public var mode: IOMode

    /// Who is told about every operation; nobody when nil, at no cost.
    public var observer: (any OperationObserver)?

    /// How the addresses of a host are tried.
    public var strategy: ConnectStrategy

    /// Makes the settings.
    ///
    /// - Parameters:
    ///   - mode: The mode of what is made. The default is blocking.
    ///   - observer: Who is told about every operation. The default is nobody.
    ///   - strategy: How the addresses of a host are tried. The default is Happy Eyeballs (RFC 8305).
    public init(
        mode: IOMode = .blocking, observer: (any OperationObserver)? = nil, strategy: ConnectStrategy = .happyEyeballs
    ) {
        self.mode = mode
        self.observer = observer
        self.strategy = strategy
    }
}
