internal import CThreads
internal import TransportCore

// What the network cannot prevent: that whoever has the turn waits somewhere else for somebody who needs it. Such a test
// hangs, and is told why. The lock is held in all of this.
extension NetworkEngine {
    /// Sleeps until a waiter is woken, maybe for nothing. Tells once when nothing at all has happened for long.
    func sleepWatchfully(_ waiter: Waiter) {
        guard takesTurns, let patience = standstill.patience else { return waiter.sleep(lock) }
        let seen = log.total
        // In parts: a process that was stopped for a while has seen only one of them pass.
        let isWoken = waiter.sleep(lock, until: cthreads_now() + patience / Standstill.parts)
        waiter.sleptInVain = isWoken || log.total != seen ? 0 : waiter.sleptInVain + 1
        // Another one may have told it meanwhile.
        guard waiter.sleptInVain >= Standstill.parts, standstill.patience != nil else { return }
        standstill.patience = nil
        let (report, tell) = (standstillReport(after: patience), standstill.tell)
        afterUnlock { tell(report) }
    }

    /// Who has the turn, and who does not.
    private func standstillReport(after nanoseconds: Int64) -> String {
        let reason =
            switch current {
            case let participant?: "\(participant.name) has the turn, and works or waits outside of the network"
            case nil where clock.kind == .manual: "time is moved by hand, and nobody does"
            case nil: "nobody has the turn, and tasks wait for something outside of the network"
            }
        let ready = [test, tasks] + threads.values
        let lines =
            ready.filter(\.isQueued).map { "\n  \($0.name) waits for its turn" }.sorted()
            + blocked.map { "\n  \($0.participant.name) waits for \($0.description)" }.sorted()
        let place = origin.map { ", made at \($0)," } ?? ""
        return """
            An in-memory network\(place) has stood still for \(TimeText.seconds(nanoseconds)) of the machine's time: \
            \(reason).\(lines.joined())
            Wait in the network for what others in it do: for threads with join(), for tasks in network.run { … }; for a time \
            with the network's sleep, not with Task.sleep.

            """
    }
}

/// How long a network may stand still, and who is told.
struct Standstill {
    /// In how many parts whoever sleeps looks whether anything has happened.
    static let parts: Int64 = 6
    /// In nanoseconds; nil when it has been told. More than what a busy machine takes for a step.
    var patience: Int64? = 60_000_000_000
    /// Is given the report. The default writes it to standard error.
    var tell: @Sendable (String) -> Void = { LogDestination.standardError.write($0) }
}
