internal import TransportCore

// The report that nobody will ever go on. The lock is held in all of this.
extension NetworkEngine {
    /// Who waits for what, and what is usually wrong when it looks like that.
    func deadlock() -> TransportError {
        let lines = blocked.map { "  \($0.participant.name) waits for \($0.description)" }.sorted()
        let hints = explanations.map { "\n→ \($0)" }.joined()
        return TransportError(.deadlock, operation: .wait).with(
            message: """
                everyone is blocked and no timer runs, so nobody will ever go on:
                \(lines.joined(separator: "\n"))\(hints)
                Only threads that network.spawn { … } has started and tasks in network.run { … } count, besides the test.
                """
        )
    }

    /// What is to be said about the things that are waited for, each once, in the order in which they were waited for.
    private var explanations: [String] {
        var seen: Set<ObjectIdentifier> = []
        let subjects = blocked.compactMap(\.subject).filter { seen.insert(ObjectIdentifier($0)).inserted }
        return subjects.compactMap { $0.explainDeadlock() }
    }
}

extension StreamPair {
    /// The classic ways in which two ends wait for ever.
    func explainDeadlock() -> String? {
        let ends = [0, 1].map { side in waiters.filter { $0.wish.side == side } }
        let names = [self.names.0, self.names.1]
        guard isEstablished else {
            return "nobody accepts at \(names[1]), whose queue is full: accept there, or give the connect a timeout."
        }
        func all(_ side: Int, want interest: Need.Interest) -> Bool {
            !ends[side].isEmpty && ends[side].allSatisfy { $0.wish.interest == interest }
        }
        if all(0, want: .writable), all(1, want: .writable) {
            return """
                both ends of \(names[0]) ↔ \(names[1]) only write, and both buffers are full: one of them has to receive \
                while it sends.
                """
        }
        if all(0, want: .readable), all(1, want: .readable) {
            return """
                both ends of \(names[0]) ↔ \(names[1]) only read, and nothing is under way: each waits for the other to \
                speak. Was a message not sent whole, not flushed, or is its end not the one the other waits for?
                """
        }
        guard let waiting = [0, 1].first(where: { !ends[$0].isEmpty }), ends[1 - waiting].isEmpty else { return nil }
        let peer = names[1 - waiting]
        if all(waiting, want: .writable) {
            return "the buffer to \(peer) is full, and nobody receives there: it has to read, or to be closed."
        }
        if all(waiting, want: .readable), !self[1 - waiting].isClosed {
            let what = self[1 - waiting].hasFinished ? "has ended its sending direction" : "is open"
            return "\(peer) \(what), but nobody does anything there: was it to answer, or to be closed?"
        }
        return nil
    }
}
