/// In which order and at which pace the addresses of a host are tried.
///
/// ```swift
/// let connection = try backend.connect(host: "example.org", port: 443, strategy: .sequential)
/// ```
///
/// The default of every backend is ``happyEyeballs``; ``BackendDefaults/strategy`` is where a backend keeps its own.
public struct ConnectStrategy: Hashable, Sendable {
    /// Whether another address is tried while an attempt has not ended. Otherwise one attempt follows the other, in the
    /// resolver's order.
    public var isConcurrent: Bool

    /// How long an attempt is alone before the next one begins besides, from 10 ms to 2 s as RFC 8305 (section 5) has it;
    /// what lies outside becomes the nearer end. An attempt that fails does not keep the next one waiting.
    public var attemptDelay: Duration {
        didSet { attemptDelay = Self.allowed(attemptDelay) }
    }

    /// How long IPv6 addresses are waited for when a resolver has IPv4 addresses before them (RFC 8305, section 3).
    public var resolutionDelay: Duration

    /// How many addresses of the first family are tried before the families alternate (RFC 8305, section 4), 1 or more.
    public var firstFamilyCount: Int

    /// How long each attempt may take, a handshake included; nil leaves it to the budget of the call.
    public var attemptTimeout: Duration?

    private static func allowed(_ delay: Duration) -> Duration {
        min(max(delay, .milliseconds(10)), .seconds(2))
    }

    private init(
        isConcurrent: Bool, attemptDelay: Duration, resolutionDelay: Duration, firstFamilyCount: Int,
        attemptTimeout: Duration?
    ) {
        self.isConcurrent = isConcurrent
        self.attemptDelay = Self.allowed(attemptDelay)
        self.resolutionDelay = resolutionDelay
        self.firstFamilyCount = firstFamilyCount
        self.attemptTimeout = attemptTimeout
    }

    /// Happy Eyeballs with the delays that RFC 8305 recommends.
    public static let happyEyeballs = happyEyeballs()

    /// Happy Eyeballs (RFC 8305): both families in turn, a new attempt every so often, and the first that connects wins.
    ///
    /// - Parameters:
    ///   - attemptDelay: How long an attempt is alone, from 10 ms to 2 s. The default is 250 ms.
    ///   - resolutionDelay: How long IPv6 addresses are waited for. The default is 50 ms.
    ///   - firstFamilyCount: How many addresses of the first family come first. The default is 1.
    ///   - attemptTimeout: How long each attempt may take. The default, nil, is as long as the call.
    public static func happyEyeballs(
        attemptDelay: Duration = .milliseconds(250), resolutionDelay: Duration = .milliseconds(50),
        firstFamilyCount: Int = 1, attemptTimeout: Duration? = nil
    ) -> ConnectStrategy {
        ConnectStrategy(
            isConcurrent: true, attemptDelay: attemptDelay, resolutionDelay: resolutionDelay,
            firstFamilyCount: firstFamilyCount, attemptTimeout: attemptTimeout
        )
    }

    /// One address after the other, in the resolver's order, each as long as it takes.
    public static let sequential = sequential()

    /// One address after the other, in the resolver's order.
    ///
    /// - Parameter attemptTimeout: How long each attempt may take. The default, nil, is as long as the call.
    public static func sequential(attemptTimeout: Duration? = nil) -> ConnectStrategy {
        ConnectStrategy(
            isConcurrent: false, attemptDelay: .milliseconds(250), resolutionDelay: .zero, firstFamilyCount: 1,
            attemptTimeout: attemptTimeout
        )
    }

    /// The same strategy.
    ///
    /// - Throws: ``TransportError/Kind/invalidArgument`` when a duration is negative or longer than 292 years.
    func checked() throws(TransportError) -> ConnectStrategy {
        _ = try resolutionDelay.checkedTimeoutNanoseconds(.connect)
        _ = try attemptTimeout?.checkedTimeoutNanoseconds(.connect)
        return self
    }
}
