public import TransportCore

extension ScriptedTransport {
    private enum WaitResult {
        case ready, expired
        case failed(TransportError)

        func get() throws(TransportError) -> Bool {
            switch self {
            case .ready: true
            case .expired: false
            case .failed(let error): throw error
            }
        }
    }

    /// Moves the clock to the next scripted event or the deadline; blocks only when there is neither.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        let number = begin(.wait(need, deadline))
        let result = state.wait { state -> WaitResult? in self.look(number, need, deadline, &state) }
        return try result?.get() ?? false
    }

    /// Moves the clock to the next scripted event or the deadline; suspends only when there is neither.
    public func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool {
        let number = begin(.ready(need, deadline))
        let result = await state.wait { state -> WaitResult? in self.look(number, need, deadline, &state) }
        guard let result else {
            state.withLock { _ = $0.blocked.remove(number) }
            throw TransportError(.cancelled, operation: .wait)
        }
        return try result.get()
    }

    /// Waits for the stream whose script has something first: all of them are on one clock.
    public static func wait(
        forAny waits: [(source: ScriptedTransport, need: Need)], until deadline: Deadline
    ) throws(TransportError) -> Bool {
        guard let (stream, need) = first(of: waits) else { return false }
        return try stream.wait(for: need, until: deadline)
    }

    /// Waits for the stream whose script has something first: all of them are on one clock.
    public static func ready(
        forAny waits: [(source: ScriptedTransport, need: Need)], until deadline: Deadline
    ) async throws(TransportError) -> Bool {
        guard let (stream, need) = first(of: waits) else { return false }
        return try await stream.ready(for: need, until: deadline)
    }

    private static func first(
        of waits: [(source: ScriptedTransport, need: Need)]
    ) -> (source: ScriptedTransport, need: Need)? {
        let never = Instant(nanoseconds: .max)
        return waits.min { left, right in
            let times = [left, right].map { wait in
                wait.source.state.withLock { $0.time(for: wait.need, wait.source.clock) } ?? never
            }
            return times[0] < times[1]
        }
    }

    /// Writes a wait down; gives its number.
    private func begin(_ call: ScriptedCall) -> Int {
        state.withLock { state in
            state.trace.append(call)
            state.waitsSoFar += 1
            return state.waitsSoFar
        }
    }

    /// What a wait has come to; nil when it has to go on.
    private func look(
        _ number: Int, _ need: Need, _ deadline: Deadline, _ state: inout ScriptedState
    ) -> WaitResult? {
        guard let result = outcome(of: need, until: deadline, &state) else {
            // Told once: the test that awaits it must not be woken for ever.
            if state.blocked.insert(number).inserted { self.state.wakeAll() }
            return nil
        }
        state.blocked.remove(number)
        return result
    }

    private func outcome(of need: Need, until deadline: Deadline, _ state: inout ScriptedState) -> WaitResult? {
        if state.isClosed { return .failed(.closed(.wait)) }
        if !state.script.waitFailures.isEmpty { return .failed(state.script.waitFailures.removeFirst()) }
        if let time = state.time(for: need, clock), deadline == .never || .at(time) <= deadline || time <= clock.now {
            clock.advance(to: time)
            return .ready
        }
        guard let end = deadline.instant else { return nil }
        clock.advance(to: end)
        return .expired
    }
}
