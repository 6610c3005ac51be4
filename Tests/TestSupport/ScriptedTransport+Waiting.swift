public import TransportCore

extension ScriptedTransport {
    private enum WaitResult {
        case ready, expired
        case failed(TransportError)
    }

    /// Moves the clock to the next scripted event or the deadline; blocks only when there is neither.
    public func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool {
        let number = state.withLock { state in
            state.trace.append(.wait(need, deadline))
            state.waitsSoFar += 1
            return state.waitsSoFar
        }
        let result = state.wait { state -> WaitResult? in
            guard let result = self.outcome(of: need, until: deadline, &state) else {
                // Told once: the test that awaits it must not be woken for ever.
                if state.blocked.insert(number).inserted { self.state.wakeAll() }
                return nil
            }
            state.blocked.remove(number)
            return result
        }
        switch result {
        case .ready: return true
        case .failed(let error): throw error
        case .expired, nil: return false
        }
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

    /// Moves the clock to the next scripted event; yields while there is none.
    public func ready(for need: Need) async throws(TransportError) {
        state.withLock { $0.trace.append(.ready(need)) }
        while true {
            let result = state.withLock { self.outcome(of: need, until: .never, &$0) }
            switch result {
            case .ready?: return
            case .failed(let error)?: throw error
            default: break
            }
            if Task.isCancelled { throw TransportError(.cancelled, operation: .wait) }
            await Task.yield()
        }
    }
}
