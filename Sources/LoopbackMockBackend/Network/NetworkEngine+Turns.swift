internal import CThreads
internal import TransportCore

// Whose turn it is in a network.
extension NetworkEngine {
    /// Whether one participant works at a time; in real time everyone does as they like.
    var takesTurns: Bool { clock.kind != .real }

    /// Gives the turn of a participant that blocks or ends to the next one.
    func endTurn(of participant: UInt64, _ state: inout State) {
        guard takesTurns, state.current == participant else { return }
        state.current = nil
        giveTurn(&state)
    }

    /// Has the next participant go on; while there is none, time does.
    func giveTurn(_ state: inout State) {
        while state.current == nil {
            if let next = state.queue.first {
                state.queue.removeFirst()
                state.current = next
                lock.wakeAll()
                return
            }
            guard clock.kind == .virtual else { return }
            state.timers.removeFirst(while: { !$0.isWanted() })
            if let time = state.timers.nextTime, let timer = state.timers.popDue(at: time) {
                set(max(state.now, time), &state)
                timer.action(self, &state)
            } else {
                let stuck = state.blocked.filter { $0.continuation == nil }
                guard !stuck.isEmpty else { return }
                let error = deadlock(stuck)
                for waiter in stuck { resume(waiter, .failed(error), &state) }
            }
        }
    }

    /// Lets everyone else go on who can, and returns when all of them are blocked or have ended.
    ///
    /// Does nothing for a thread that does not have the turn.
    func letOthersGoOn() {
        let participant = cthreads_tag()
        while perform({ yield(participant, &$0) }) { _ = lock.wait { $0.current == participant ? true : nil } }
    }

    /// Puts a participant behind those who can go on. False when there are none.
    private func yield(_ participant: UInt64, _ state: inout State) -> Bool {
        guard takesTurns, state.current == participant, !state.queue.isEmpty else { return false }
        state.queue.append(participant)
        endTurn(of: participant, &state)
        return true
    }

    private func deadlock(_ stuck: [Waiter]) -> TransportError {
        let lines = stuck.map { "  \(name(of: $0.participant)) waits for \($0.description())" }
        return TransportError(.deadlock, operation: .wait).with(
            message: """
                everyone is blocked and no timer runs, so nobody will ever go on:
                \(lines.joined(separator: "\n"))
                Only threads that network.spawn { … } has started count, besides the test.
                """
        )
    }

    private func name(of participant: UInt64) -> String {
        participant == 0 ? "the test" : "thread \(participant)"
    }

    // MARK: Participants

    /// Starts a thread that takes part in the network's time. It begins when it is its turn.
    func spawn(_ body: @escaping @Sendable () -> Void) -> Bool {
        let number = perform { state in
            let number = state.nextParticipant
            state.nextParticipant += 1
            state.queue.append(number)
            return number
        }
        let started = startThread {
            cthreads_set_tag(number)
            if self.takesTurns { _ = self.lock.wait { $0.current == number ? true : nil } }
            body()
            self.leave(number)
        }
        if !started { leave(number) }
        return started
    }

    private func leave(_ participant: UInt64) {
        perform { state in
            state.queue.removeAll { $0 == participant }
            endTurn(of: participant, &state)
        }
    }
}
