public import TransportCore

/// A listener that gives the connections it was told to give.
public final class ScriptedListener: TransportListener {
    /// What it has ready for accepting.
    public enum Action: Sendable {
        /// A connection.
        case accept(ScriptedTransport)
        /// One attempt fails.
        case fail(TransportError)
        /// A connection that comes when so much time has passed since the clock was made.
        case at(Duration, ScriptedTransport)
    }

    private struct State {
        var script: [Action]
        var trace: [ScriptedCall] = []
        var isClosed = false
        var isStopped = false
        var blocked = false
    }

    /// The clock.
    public let clock: VirtualClock
    /// The address that is listened on.
    public let localAddress: IP.SocketAddress
    private let state: Watched<State>

    /// Makes a listener.
    public init(
        _ script: [Action] = [],
        clock: VirtualClock = VirtualClock(),
        localAddress: IP.SocketAddress = .v4(.loopback(port: 80))
    ) {
        self.clock = clock
        self.localAddress = localAddress
        state = Watched(State(script: script))
    }

    /// What the owner has told, in words.
    public var ownerNotes: [String] { notes.withLock { $0 } }
    private let notes = Locked<[String]>([])

    /// Keeps the note.
    public func take(_ note: OwnerNote) { notes.withLock { $0.append("\(note)") } }

    /// Every call so far, in order.
    public var trace: [ScriptedCall] { state.withLock { $0.trace } }

    /// The time of the virtual clock.
    public var now: Instant { clock.now }

    /// None.
    public var facts: TransportFacts { [] }

    /// What the script says.
    public func tryAccept() throws(TransportError) -> AcceptStep<ScriptedTransport> {
        try state.withLock { (state) throws(TransportError) in
            state.trace.append(.tryAccept)
            guard !state.isClosed else { throw .closed(.accept) }
            switch state.script.first {
            case .accept(let transport)?:
                state.script.removeFirst()
                return .accepted(transport)
            case .fail(let error)?:
                state.script.removeFirst()
                throw error
            case .at(let time, let transport)? where time <= clock.elapsed:
                state.script.removeFirst()
                return .accepted(transport)
            case .at?: return .wouldBlock(.readable)
            case nil:
                guard !state.isStopped else { throw .closed(.accept) }
                return .wouldBlock(.readable)
            }
        }
    }

    /// Moves the clock to the next connection or the deadline; blocks only when there is neither.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        state.withLock { $0.trace.append(.wait(need, deadline)) }
        return try state.wait { state in self.outcome(need, until: deadline, &state) }?.get() ?? false
    }

    /// Moves the clock to the next connection or the deadline; suspends only when there is neither.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        state.withLock { $0.trace.append(.ready(need, deadline)) }
        guard let result = await state.wait(for: { state in self.outcome(need, until: deadline, &state) }) else {
            throw TransportError(.cancelled, operation: .wait)
        }
        return try result.get()
    }

    private func outcome(
        _ need: Need, until deadline: Deadline, _ state: inout State
    ) -> Result<Bool, TransportError>? {
        if state.isClosed { return .failure(.closed(.wait)) }
        if need.interest.isEmpty {
            // A wait for a time, or for the end.
            guard let time = need.notBefore else { return nil }
            clock.advance(to: time)
            return .success(true)
        }
        if state.isStopped, state.script.isEmpty { return .success(true) }
        if let first = state.script.first {
            let time = if case .at(let time, _) = first { clock.instant(after: time) } else { clock.now }
            if deadline == .never || .at(time) <= deadline {
                clock.advance(to: time)
                return .success(true)
            }
        }
        if let end = deadline.instant {
            clock.advance(to: end)
            return .success(false)
        }
        if !state.blocked {
            state.blocked = true
            self.state.wakeAll()
        }
        return nil
    }

    /// Refuses what is not in the script.
    public func stopAccepting() throws(TransportError) {
        state.withLock {
            $0.trace.append(.stopAccepting)
            $0.isStopped = true
        }
        state.wakeAll()
    }

    /// Closes, and wakes everyone.
    public func close() {
        state.withLock {
            $0.trace.append(.close)
            $0.isClosed = true
        }
        state.wakeAll()
    }

    /// Blocks until an accept is blocked for real.
    ///
    /// - Returns: Whether one is; false when ``Patience`` ran out.
    public func untilBlocked() -> Bool { state.wait(until: Patience.end) { $0.blocked ? true : nil } ?? false }

    /// Suspends until an accept is blocked or suspended for real.
    ///
    /// - Returns: Whether one is; false when the task is cancelled.
    public func untilBlocked() async -> Bool { await state.wait { $0.blocked ? true : nil } ?? false }
}
