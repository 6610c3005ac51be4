internal import TransportCore

/// Closes connections that are idle while a server is being stopped.
struct Idleness {
    /// Each with the time from which on it counts.
    private let services: [(service: Service, start: Int64)]
    private let limit: Int64?

    /// Counts from now on.
    init(_ services: [Service], limit: Duration?) {
        // A datagram that is in work has no connection that could be idle.
        let ofConnections = services.filter { service in !service.state.withLock { $0.stopsByItself } }
        self.services = ofConnections.map { ($0, $0.clock.now.nanoseconds) }
        self.limit = limit.map { max(0, $0.saturatingNanoseconds) }
    }

    /// Closes the connections that have been idle for too long.
    ///
    /// - Returns: When to look again.
    func closeOver() -> Deadline {
        guard let limit else { return .never }
        return services.map { $0.service.closeIdle(for: limit, since: $0.start) }.min() ?? .never
    }
}

extension Service {
    /// Closes the connections that have been idle for so many nanoseconds, and at most a quarter or ten milliseconds longer.
    ///
    /// - Parameter start: From when on idleness counts. A connection that comes later, from the queue, has all of the time.
    /// - Returns: When to look again.
    fileprivate func closeIdle(for limit: Int64, since start: Int64) -> Deadline {
        let now = clock.now.nanoseconds
        let (over, next) = state.withLock { state in
            var over: [any ServedConnection] = []
            // Also when there is none yet: others may come from the queue, or be about to be established.
            var next = now.addingSaturating(max(limit / 4, 10_000_000))
            for seat in state.seats where seat.ending == nil {
                guard let connection = seat.connection?.present else { continue }
                if seat.activeAt < start {
                    seat.setActive(connection, at: now)
                } else {
                    seat.look(at: connection, now)
                }
                let end = seat.activeAt.addingSaturating(limit)
                if end > now {
                    next = min(next, end)
                } else {
                    seat.ending = .idle
                    over.append(connection)
                }
            }
            return (over, next)
        }
        for connection in over { connection.end { $0.close() } }
        return .at(Instant(nanoseconds: next))
    }
}
