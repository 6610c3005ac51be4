public import TransportCore

/// The system's resolver: `/etc/hosts`, DNS and whatever else the machine is set up for. The C function is `getaddrinfo`.
///
/// `getaddrinfo` blocks for as long as it likes and cannot be interrupted, so it runs on threads of its own, a bounded
/// number of them, and the caller leaves at its deadline. A thread whose caller has left ends when the system answers.
///
/// The addresses come in the system's order (RFC 6724). The old forms of numeric IPv4 addresses are refused, see
/// `ResolverQuery.numericAddress()`.
public struct SystemResolver: Resolver {
    private let pool: ResolverPool
    private let lookUp: @Sendable (ResolverQuery) -> Answer

    package typealias Answer = Result<[IP.SocketAddress], TransportError>

    /// A resolver that shares the process's threads for name look-ups, of which there are at most 16 at a time.
    public init() {
        pool = .shared
        lookUp = { AddressLookUp.perform($0) }
    }

    /// A resolver with threads of its own that asks `lookUp` in place of the system, for tests.
    package init(threads: Int, lookUp: @escaping @Sendable (ResolverQuery) -> Answer) {
        pool = ResolverPool(limit: threads)
        self.lookUp = lookUp
    }

    /// Asks the system, and waits for the answer until a deadline.
    public func resolve(
        _ query: ResolverQuery, until deadline: Deadline
    ) throws(TransportError) -> [IP.SocketAddress] {
        if let numeric = try query.numericAddress() { return [numeric] }
        return try pool.answer(about: query.host ?? "this machine", until: deadline) { [lookUp] in lookUp(query) }
    }

    /// Asks the system, and suspends until the answer or a deadline; leaves at once when the task is cancelled.
    public func resolve(
        _ query: ResolverQuery, until deadline: Deadline
    ) async throws(TransportError) -> [IP.SocketAddress] {
        if let numeric = try query.numericAddress() { return [numeric] }
        return try await pool.answer(about: query.host ?? "this machine", until: deadline) { [lookUp] in lookUp(query) }
    }
}
