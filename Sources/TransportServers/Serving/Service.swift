internal import TransportCore

/// One call of `serve`, for one listener or socket: what is in work, and how it ends.
///
/// What waits here for time, or for the end, waits with the listener's own waits, so that all of it is in the listener's
/// time. The last one to end closes the listener, which wakes them all.
final class Service: Sendable {
    struct State {
        /// What is in work.
        var seats: [Seat] = []
        var freeSeats: [Seat] = []
        var timers = TimerQueue<Seat>()
        /// Somebody looks after the timers.
        var isWatched = false
        /// No more is taken on.
        var isStopping = false
        /// Whoever accepted has ended.
        var hasStopped = false
        /// Whoever accepts goes on until the end: nothing has to be waited for but what is in work.
        var stopsByItself = false
        /// Nothing else than closing it ends the task that accepts, when what is in work is being ended.
        var closesAtAbort = false
        /// What is in work is being ended.
        var isAborted = false
        /// The listener is closed, or is about to be.
        var hasEnded = false
        var failure: TransportError?
        /// Who waits for a place in the server.
        var placeWaiter: Admission.Waiter?
        /// How the task goes on that waits for the end.
        var atEnd: UnsafeContinuation<Void, Never>?
        var drained = 0
        var aborted = 0
    }

    let state = Locked(State())
    let clock: any ReadinessSource
    let admission: Admission
    let idleTime: Int64?
    let connectionTime: Int64?
    private let stopAccepting: @Sendable () throws(TransportError) -> Void
    private let close: @Sendable () -> Void

    /// - Parameters:
    ///   - clock: The listener or socket, which also knows the time.
    ///   - stopAccepting: Has nobody come any more.
    ///   - close: Closes it.
    init(
        _ clock: any ReadinessSource, _ admission: Admission, limits: ServerLimits,
        stopAccepting: @escaping @Sendable () throws(TransportError) -> Void, close: @escaping @Sendable () -> Void
    ) {
        self.clock = clock
        self.admission = admission
        idleTime = limits.idleTime?.saturatingNanoseconds
        connectionTime = limits.connectionTime?.saturatingNanoseconds
        self.stopAccepting = stopAccepting
        self.close = close
    }

    // MARK: Seats

    /// Takes note of something that is in work now.
    ///
    /// - Returns: Its seat; and whether somebody is needed to look after the timers. Nil when everything is being ended.
    func begin(_ connection: any ServedConnection) -> (seat: SeatHandle, needsWatch: Bool)? {
        let now = hasTimers ? clock.now.nanoseconds : nil
        return state.withLock { state in
            guard !state.isAborted else { return nil }
            let seat = state.freeSeats.popLast() ?? Seat()
            seat.connection = connection
            seat.index = state.seats.count
            state.seats.append(seat)
            guard let now else { return (SeatHandle(seat: seat), false) }
            seat.activity = connection.activity
            seat.activeAt = now
            seat.endsAt = connectionTime.map { now.addingSaturating($0) } ?? .max
            state.timers.add(seat, at: nextLook(at: seat, now))
            defer { state.isWatched = true }
            return (SeatHandle(seat: seat), !state.isWatched)
        }
    }

    /// Takes note that something has ended.
    ///
    /// - Returns: Why the server has ended it; nil when it ended by itself.
    @discardableResult
    func end(_ handle: SeatHandle) -> Seat.Ending? {
        let (ending, isLast) = state.withLock { state -> (Seat.Ending?, Bool) in
            let seat = handle.seat
            let ending = seat.ending
            state.timers.remove(seat)
            seat.connection = nil
            seat.ending = nil
            seat.activeAt = .min
            if let last = state.seats.popLast(), last !== seat {
                state.seats[seat.index] = last
                last.index = seat.index
            }
            // So many seats are kept as there ever were connections at once, but for what a rush of them has left.
            if state.freeSeats.count <= state.seats.count + 64 { state.freeSeats.append(seat) }
            if state.isStopping, ending != .stopped { state.drained += 1 }
            return (ending, state.takeEnd())
        }
        if isLast { end() }
        return ending
    }

    /// Why the server has ended something that is still in work.
    func ending(of handle: SeatHandle) -> Seat.Ending? { state.withLock { _ in handle.seat.ending } }

    // MARK: The end

    /// Whether nothing more is to be taken on.
    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Whether nothing is in work any more, and nothing will be.
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// Whether what is in work is being ended.
    var isAborted: Bool { state.withLock { $0.isAborted } }

    /// Has nobody come any more; those in work go on.
    ///
    /// - Returns: Whether that could be done; not while there are no descriptors for those who are queued.
    func stop() -> Bool {
        let isLast = state.withLock { state in
            state.isStopping = true
            return state.takeEnd()
        }
        if isLast { end() }
        do throws(TransportError) {
            try stopAccepting()
            return true
        } catch {
            return error.kind == .closed
        }
    }

    /// Whoever accepts has ended.
    func hasStoppedAccepting() {
        let isLast = state.withLock { state in
            state.hasStopped = true
            return state.takeEnd()
        }
        if isLast { end() }
    }

    /// Ends everything that is in work: connections are cut, and tasks are cancelled.
    func abort(_ failure: TransportError? = nil) {
        let (connections, waiter, continuation) = state.withLock { state in
            state.isStopping = true
            state.failure = state.failure ?? failure
            guard !state.isAborted else { return ([], nil, nil) as AbortedParts }
            state.isAborted = true
            state.aborted = state.seats.count
            for seat in state.seats where seat.ending == nil { seat.ending = .stopped }
            defer { (state.placeWaiter, state.atEnd) = (nil, nil) }
            return (state.seats.compactMap(\.connection?.present), state.placeWaiter, state.atEnd)
        }
        if !stop() || state.withLock({ $0.closesAtAbort }) { close() }
        for connection in connections { connection.end { $0.abort() } }
        if let waiter { admission.giveUp(waiter) }
        continuation?.resume()
    }

    private typealias AbortedParts = (
        connections: [any ServedConnection], waiter: Admission.Waiter?, continuation: UnsafeContinuation<Void, Never>?
    )

    private func end() {
        let continuation = state.withLock { state in
            defer { state.atEnd = nil }
            return state.atEnd
        }
        close()
        continuation?.resume()
    }

    /// Suspends the task until everything has ended, or is being ended.
    ///
    /// - Returns: Whether what is in work is being ended.
    func untilEnd() async -> Bool {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.isAborted || state.hasEnded { return true }
                    state.atEnd = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            abort()
        }
        return isAborted
    }

    /// Remembers who waits for a place, so that stopping ends it.
    ///
    /// - Returns: Whether there is any use in waiting.
    @discardableResult
    func setPlaceWaiter(_ waiter: Admission.Waiter) -> Bool {
        state.withLock { state in
            guard !state.isAborted else { return false }
            state.placeWaiter = waiter
            return true
        }
    }
}

extension Service.State {
    /// Whether nothing is left to be done. True once, for whoever ends the service then.
    fileprivate mutating func takeEnd() -> Bool {
        guard hasStopped || stopsByItself && isStopping, seats.isEmpty, !hasEnded else { return false }
        hasEnded = true
        return true
    }
}
