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

    /// A resolver that shares the process's threads for name look-ups, of which there are at most 16 at a time.
    public init() { pool = .shared }

    /// A resolver with threads of its own that asks `lookUp` in place of the system, for tests.
    package init(threads: Int, lookUp: @escaping @Sendable (ResolverQuery) -> ResolverPool.Answer) {
        pool = ResolverPool(limit: threads, lookUp: lookUp)
    }

    /// Asks the system, and waits for the answer until a deadline.
    public func resolve(
        _ query: ResolverQuery, until deadline: Deadline
    ) throws(TransportError) -> [IP.SocketAddress] {
        if let numeric = try query.numericAddress() { return [numeric] }
        let job = pool.submit(query)
        let answer = job.state.wait(until: deadline.instant?.nanoseconds) { $0.answer }
        guard let answer else {
            pool.abandon(job)
            throw timedOut(query)
        }
        return try answer.get()
    }

    /// Asks the system, and suspends until the answer or a deadline; leaves at once when the task is cancelled.
    public func resolve(
        _ query: ResolverQuery, until deadline: Deadline
    ) async throws(TransportError) -> [IP.SocketAddress] {
        if let numeric = try query.numericAddress() { return [numeric] }
        let job = pool.submit(query)
        // The timer and the cancellation both leave by giving the job an answer of their own.
        if let instant = deadline.instant { pool.expire(job, at: instant, with: timedOut(query)) }
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { job.notify($0) }
        } onCancel: {
            pool.abandon(job)
            job.finish(.failure(TransportError(.cancelled, operation: .resolve)))
        }
        return try answer.get()
    }

    private func timedOut(_ query: ResolverQuery) -> TransportError {
        TransportError(.timedOut, operation: .resolve).with(address: query.host ?? "this machine")
    }
}
