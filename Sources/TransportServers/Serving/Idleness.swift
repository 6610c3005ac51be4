internal import TransportCore

/// Closes connections that are idle while a server is being stopped.
struct Idleness {
    private let services: [Service]
    private let limit: Int64?

    /// Counts from now on.
    init(_ services: [Service], limit: Duration?) {
        // A datagram that is in work has no connection that could be idle.
        self.services = services.filter { service in !service.state.withLock { $0.stopsByItself } }
        self.limit = limit.map { max(0, $0.nanoseconds) }
        guard self.limit != nil else { return }
        for service in services {
            let now = service.clock.now.nanoseconds
            service.state.withLock { state in
                for seat in state.seats { seat.noteActivity(at: now) }
            }
        }
    }

    /// Closes the connections that have been idle for too long.
    ///
    /// - Returns: When to look again.
    func closeOver() -> Deadline {
        guard let limit else { return .never }
        return services.map { $0.closeIdle(for: limit) }.min() ?? .never
    }
}

extension Service {
    /// Closes the connections that have been idle for so many nanoseconds, and at most a quarter longer.
    ///
    /// - Returns: When to look again.
    fileprivate func closeIdle(for limit: Int64) -> Deadline {
        let now = clock.now.nanoseconds
        let (over, next) = state.withLock { state in
            var over: [any ServedConnection] = []
            var next = Int64.max
            for seat in state.seats where seat.ending == nil {
                guard let connection = seat.connection else { continue }
                if connection.activity != seat.activity { seat.noteActivity(at: now) }
                let end = seat.activeAt.addingSaturating(limit)
                if end > now {
                    next = min(next, end, now.addingSaturating(max(1, limit / 4)))
                } else {
                    seat.ending = .idle
                    over.append(connection)
                }
            }
            return (over, next)
        }
        for connection in over { connection.close() }
        return next == .max ? .never : .at(Instant(nanoseconds: next))
    }
}

extension Seat {
    /// Takes note of the connection's activity as it is now.
    fileprivate func noteActivity(at now: Int64) {
        guard let connection else { return }
        activity = connection.activity
        activeAt = now
    }
}
