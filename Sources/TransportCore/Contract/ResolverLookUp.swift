/// A look-up that is under way, for resolvers whose answers come in parts: the addresses of one family before those of
/// the other.
///
/// Connecting begins with what has come already. A resolver that has everything at once leaves this to ``WholeAnswer``.
public protocol ResolverLookUp: Sendable {
    /// The next part of the answer, waiting for it until a deadline.
    ///
    /// - Returns: The part, or nil when the deadline passed first; a deadline that has passed asks for what is there.
    /// - Throws: The failure of the look-up as a whole; it is over then.
    func next(until deadline: Deadline) throws(TransportError) -> ResolverAnswerPart?

    /// The next part of the answer, suspending the task. A part that comes while the task is cancelled is not lost.
    ///
    /// - Throws: As the blocking form does, and ``TransportError/Kind/cancelled``.
    func next(until deadline: Deadline) async throws(TransportError) -> ResolverAnswerPart?

    /// Tells that no more parts are wanted; may be called again, and after the last part. The default does nothing.
    func cancel()
}

extension ResolverLookUp {
    /// Does nothing.
    public func cancel() {}
}

/// A part of the answer of a ``ResolverLookUp``.
public struct ResolverAnswerPart: Sendable {
    /// The addresses, in the order in which they should be tried; empty when the part is a failure.
    public var addresses: [IP.SocketAddress]

    /// Why this part has no addresses, such as that the name has none of one family. Other parts may have some.
    public var failure: TransportError?

    /// Whether it is the last part.
    public var isLast: Bool

    /// Which family's addresses should be tried first, whichever part comes first.
    public var preference: AddressPreference

    /// Makes a part.
    ///
    /// - Parameters:
    ///   - addresses: The addresses, in order.
    ///   - failure: Why there are none. The default is no failure.
    ///   - isLast: Whether it is the last part.
    ///   - preference: Which family's addresses should be tried first. The default is IPv6, as RFC 8305 has it.
    public init(
        _ addresses: [IP.SocketAddress], failure: TransportError? = nil, isLast: Bool,
        preference: AddressPreference = .v6
    ) {
        self.addresses = addresses
        self.failure = failure
        self.isLast = isLast
        self.preference = preference
    }
}

/// The look-up of a resolver that has its whole answer at once.
public struct WholeAnswer<Names: Resolver>: ResolverLookUp {
    private let names: Names
    private let query: ResolverQuery

    init(_ names: Names, _ query: ResolverQuery) {
        self.names = names
        self.query = query
    }

    /// The whole answer.
    public func next(until deadline: Deadline) throws(TransportError) -> ResolverAnswerPart? {
        ResolverAnswerPart(try names.resolve(query, until: deadline), isLast: true)
    }

    /// The whole answer.
    public func next(until deadline: Deadline) async throws(TransportError) -> ResolverAnswerPart? {
        ResolverAnswerPart(try await names.resolve(query, until: deadline), isLast: true)
    }
}

extension Resolver where LookUp == WholeAnswer<Self> {
    /// A look-up that gives what ``resolve(_:until:)`` gives, at once.
    public func lookUp(_ query: ResolverQuery) -> WholeAnswer<Self> { WholeAnswer(self, query) }
}
