/// How long connecting, its parts and the operations afterwards may take.
///
/// ```swift
/// let budget = ConnectBudget(total: .seconds(5), attempt: .seconds(2), idle: .seconds(30))
/// let connection = try backend.connect(host: "example.org", port: 443, budget: budget)
/// ```
///
/// The total is one budget for resolving, all attempts and their handshakes. When it is used up, the error's
/// ``TransportError/ledger`` and its explanation tell where the time went.
public struct ConnectBudget: Hashable, Sendable {
    /// How long resolving and all attempts may take together; nil for as long as it takes.
    public var total: Duration?
    /// How long each attempt may take, its handshake included; nil for as long as the total.
    public var attempt: Duration?
    /// How long each operation of the connection may wait for its peer; nil leaves it to the backend's mode.
    public var idle: Duration?

    /// Makes a budget.
    ///
    /// - Parameters:
    ///   - total: How long resolving and all attempts may take together. The default, nil, is as long as it takes.
    ///   - attempt: How long each attempt may take. The default, nil, is as long as the total.
    ///   - idle: How long each operation of the connection may wait. The default, nil, is what the backend's mode says.
    public init(total: Duration? = nil, attempt: Duration? = nil, idle: Duration? = nil) {
        self.total = total
        self.attempt = attempt
        self.idle = idle
    }

    /// The mode of the connection.
    func mode(_ usual: IOMode) throws(TransportError) -> IOMode { try idle.map(IOMode.timeout) ?? usual }

    /// A strategy within the budget.
    func strategy(_ usual: ConnectStrategy) -> ConnectStrategy {
        var strategy = usual
        strategy.attemptTimeout = attempt ?? usual.attemptTimeout
        return strategy
    }

    /// Until when connecting may take: the earlier of the total's end and a deadline.
    func deadline(_ clock: some TimeSource, _ deadline: Deadline?) throws(TransportError) -> Deadline {
        min(try total.map(clock.deadline(after:)) ?? .never, deadline ?? .never)
    }
}

extension ResolvingBackend {
    /// Connects to a name, or a numeric address, and a port within a budget. Otherwise like the form with a timeout.
    ///
    /// - Parameters:
    ///   - host: A name or a numeric address, as there.
    ///   - port: The port.
    ///   - families: Which families of addresses to use. The default is both.
    ///   - options: Options of the transport. The default lets the system choose.
    ///   - strategy: How the addresses are tried. The default, nil, is that of the backend's `defaults`.
    ///   - budget: How long connecting, its parts and the operations afterwards may take.
    ///   - deadline: Until when connecting may take, whatever the budget says: the earlier of it and the budget's total
    ///     counts. The default, nil, is what the budget says. ``RetryAttempt/deadline`` goes here.
    ///   - fileID: The file where it is made, for reports. The default is the caller's.
    ///   - line: The line where it is made. The default is the caller's.
    /// - Throws: As the form with a timeout does, and ``TransportError/Kind/invalidArgument`` when a part of the budget is
    ///   negative or longer than 292 years.
    public func connect(
        host: String, port: UInt16, families: ResolverQuery.Families = .any,
        options: StreamOptions<Family> = StreamOptions(), strategy: ConnectStrategy? = nil, budget: ConnectBudget,
        deadline: Deadline? = nil, fileID: StaticString = #fileID, line: UInt = #line
    ) throws(TransportError) -> Connection<Stream> {
        let defaults = defaults
        return try connect(
            host: host, port: port, families: families, options: options,
            strategy: budget.strategy(strategy ?? defaults.strategy), mode: try budget.mode(defaults.mode),
            deadline: try budget.deadline(self, deadline), fileID: fileID, line: line
        )
    }

    /// Connects to a name, or a numeric address, and a port within a budget; the task is suspended meanwhile. Like the
    /// blocking form.
    public func connect(
        host: String, port: UInt16, families: ResolverQuery.Families = .any,
        options: StreamOptions<Family> = StreamOptions(), strategy: ConnectStrategy? = nil, budget: ConnectBudget,
        deadline: Deadline? = nil, fileID: StaticString = #fileID, line: UInt = #line
    ) async throws(TransportError) -> Connection<Stream> {
        let defaults = defaults
        return try await connect(
            host: host, port: port, families: families, options: options,
            strategy: budget.strategy(strategy ?? defaults.strategy), mode: try budget.mode(defaults.mode),
            deadline: try budget.deadline(self, deadline), fileID: fileID, line: line
        )
    }
}
