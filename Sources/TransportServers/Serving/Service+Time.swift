internal import TransportCore

// Time limits of connections, and waiting for time.
extension Service {
    /// Whether connections have any time limit that is watched.
    var hasTimers: Bool { idleTime != nil || connectionTime != nil }

    /// When a connection is to be looked at next.
    ///
    /// No connection is looked at later than one that comes afterwards has to be: whoever watches need not be woken.
    func nextLook(at seat: Seat, _ now: Int64) -> Int64 {
        guard let idleTime else { return seat.endsAt }
        let end = seat.activeAt.addingSaturating(idleTime)
        return min(seat.endsAt, end, now.addingSaturating(max(1, idleTime / 4)))
    }

    /// Ends the connections whose time is over.
    ///
    /// - Returns: When to look again; nil when there is nothing to look after.
    func look() -> Instant? {
        let now = clock.now.nanoseconds
        let (over, next) = state.withLock { state -> ([any ServedConnection], Int64?) in
            var over: [any ServedConnection] = []
            while let seat = state.timers.popDue(at: now) {
                // What is being ended already is ended for the first reason.
                guard seat.ending == nil, let connection = seat.connection?.present else { continue }
                seat.look(at: connection, now)
                if now >= seat.endsAt {
                    seat.ending = .overtime
                } else if let idleTime, now >= seat.activeAt.addingSaturating(idleTime) {
                    seat.ending = .idle
                } else {
                    state.timers.add(seat, at: nextLook(at: seat, now))
                    continue
                }
                over.append(connection)
            }
            let next = state.timers.nextTime
            state.isWatched = next != nil
            return (over, next)
        }
        for connection in over { connection.end { $0.close() } }
        return next.map { Instant(nanoseconds: $0) }
    }

    /// Looks after the timers as long as there are any.
    func watch() async {
        var next = look()
        while let time = next {
            if await !sleep(until: .at(time)) {
                guard !Task.isCancelled, let other = companion else { return }
                let isOver = (try? await other.source.ready(for: Need([], notBefore: time), until: .never)) == nil
                // Nor can this one be waited with.
                if isOver, other.isOpen { return }
            }
            next = look()
        }
    }

    /// Looks after the timers as long as there are any, blocking this thread.
    func watch() {
        var next = look()
        while let time = next {
            if !sleep(until: .at(time)) {
                guard let other = companion else { return }
                let isOver = (try? other.source.wait(for: Need([], notBefore: time), until: .never)) == nil
                if isOver, other.isOpen { return }
            }
            next = look()
        }
    }

    /// What to wait with when somebody else has closed the listener: the limits go on.
    private struct Companion {
        /// What a connection waits with.
        let source: any ReadinessSource
        /// The connection itself, which is not kept: one that has moved ends when its handler lets it go.
        private weak var connection: (any ServedConnection)?

        init(_ connection: any ServedConnection) {
            source = connection.source
            self.connection = connection
        }

        var isOpen: Bool { connection.map { !$0.isClosed } ?? false }
    }

    /// A connection that is in work; nil when there is none.
    private var companion: Companion? {
        state.withLock { state in
            state.seats.lazy.compactMap(\.connection?.present).first { !$0.isClosed }.map(Companion.init)
        }
    }

    /// Blocks this thread in the listener's time until something has ended perhaps.
    ///
    /// - Returns: Whether there was anything to wait with: the listener, or a connection that is in work.
    func waitForChange() -> Bool {
        if (try? clock.wait(for: Need([]), until: .never)) != nil { return true }
        guard let other = companion else { return false }
        return (try? other.source.wait(for: Need([]), until: .never)) != nil || !other.isOpen
    }

    /// Suspends the task until a time of the listener's clock.
    ///
    /// - Returns: Whether it has come: false when the listener was closed, or the task was cancelled.
    func sleep(until end: Deadline) async -> Bool {
        while !end.hasPassed(at: clock.now) {
            do throws(TransportError) {
                _ = try await clock.ready(for: Need([], notBefore: end.instant), until: .never)
            } catch {
                guard error.kind == .tooManyOpenFiles || error.kind == .outOfResources, await nap(until: end) else {
                    return false
                }
            }
        }
        return true
    }

    /// Has a thread sleep in the task's place, but not for long: there are no descriptors to wait with as tasks do.
    ///
    /// - Returns: Whether that could be done.
    private func nap(until end: Deadline) async -> Bool {
        let end = min(end, .at(clock.now.advanced(by: .milliseconds(100))))
        return await withUnsafeContinuation { continuation in
            if !startThread({ continuation.resume(returning: self.sleep(until: end)) }) {
                continuation.resume(returning: false)
            }
        }
    }

    /// Blocks this thread until a time of the listener's clock. Like the form for tasks.
    func sleep(until end: Deadline) -> Bool {
        do throws(TransportError) {
            while !end.hasPassed(at: clock.now) {
                _ = try clock.wait(for: Need([], notBefore: end.instant), until: .never)
            }
            return true
        } catch {
            return false
        }
    }
}

extension Int64 {
    /// The sum, or the greatest number.
    func addingSaturating(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
