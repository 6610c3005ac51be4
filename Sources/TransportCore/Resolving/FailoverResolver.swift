/// A resolver that asks another one when the first has failed or takes too long.
///
/// That a name does not exist, or has no address of a family, is an answer and no failure.
public struct FailoverResolver<First: Resolver, Second: Resolver>: Resolver {
    /// The resolver that is asked first.
    public let first: First
    /// The resolver that is asked when the first has failed.
    public let second: Second
    /// How long the first one may take; nil for as long as the call.
    public let patience: Duration?
    private let clock: any TimeSource
    private let isFailure: @Sendable (TransportError) -> Bool

    /// Makes a resolver.
    ///
    /// - Parameters:
    ///   - first: The resolver that is asked first.
    ///   - second: The resolver that is asked when the first has failed.
    ///   - patience: How long the first one may take. The default, nil, leaves it the time of the call, and nothing to the
    ///     second when it uses it up.
    ///   - clock: The clock of the deadlines: the backend.
    ///   - isFailure: After which errors of the first the second is asked. The default is those that say that the name
    ///     servers did not answer, or not in time, or failed.
    public init(
        _ first: First, then second: Second, patience: Duration? = nil, clock: some TimeSource,
        isFailure: @escaping @Sendable (TransportError) -> Bool = { $0.saysNothingOfTheName }
    ) {
        self.first = first
        self.second = second
        self.patience = patience
        self.clock = clock
        self.isFailure = isFailure
    }

    /// The answer of the first resolver, or of the second.
    public func resolve(_ query: ResolverQuery, until deadline: Deadline) throws(TransportError) -> [IP.SocketAddress] {
        let failure: TransportError
        do throws(TransportError) {
            return try first.resolve(query, until: try limit(deadline))
        } catch {
            failure = error
        }
        guard isFailure(failure), !deadline.hasPassed(at: clock.now) else { throw failure }
        do throws(TransportError) {
            return try second.resolve(query, until: deadline)
        } catch {
            throw error.with(attempts: [failure, error])
        }
    }

    /// The answer of the first resolver, or of the second.
    public func resolve(
        _ query: ResolverQuery, until deadline: Deadline
    ) async throws(TransportError) -> [IP.SocketAddress] {
        let failure: TransportError
        do throws(TransportError) {
            return try await first.resolve(query, until: try limit(deadline))
        } catch {
            failure = error
        }
        guard isFailure(failure), !deadline.hasPassed(at: clock.now) else { throw failure }
        do throws(TransportError) {
            return try await second.resolve(query, until: deadline)
        } catch {
            throw error.with(attempts: [failure, error])
        }
    }

    /// The answer of the first resolver as it comes, or of the second when the first has no address for want of an answer.
    public func lookUp(_ query: ResolverQuery) -> FailoverLookUp<First, Second> { FailoverLookUp(self, query) }

    /// Whether the second is asked after an error of the first.
    func goesOn(after error: TransportError) -> Bool { isFailure(error) }

    var now: Instant { clock.now }

    func limit(_ deadline: Deadline) throws(TransportError) -> Deadline {
        min(deadline, try patience.map(clock.deadline(after:)) ?? .never)
    }
}

extension TransportError {
    /// Whether a failure to resolve says something about the resolver, and nothing about the name.
    public var saysNothingOfTheName: Bool {
        switch kind {
        case .nameServiceUnavailable, .resolutionFailed, .timedOut, .outOfResources, .tooManyOpenFiles, .system,
            .connectionRefused, .peerUnresponsive, .hostUnreachable, .networkUnreachable:
            true
        default: false
        }
    }
}
