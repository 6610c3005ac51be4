extension ReadinessSource {
    /// Waits for each source in turn.
    public static func wait(
        forAny waits: [(source: Self, need: Need)], until deadline: Deadline
    ) throws(TransportError) -> Bool {
        try waitInTurn(forAny: waits, until: deadline)
    }

    /// Waits for each source in turn, for 1 ms at first and 8 ms at last, so that none is looked at too seldom and waiting
    /// for long costs little.
    static func waitInTurn(
        forAny waits: [(source: Self, need: Need)], until deadline: Deadline
    ) throws(TransportError) -> Bool {
        guard let first = waits.first else { throw nothingToWaitFor }
        guard waits.count > 1 else { return try first.source.wait(for: first.need, until: deadline) }
        var turn = Duration.milliseconds(1)
        while true {
            // Looked at before the round: in the round after the deadline, each is asked for its present state.
            let isLast = deadline.hasPassed(at: first.source.now)
            for (source, need) in waits {
                let end = min(deadline, .at(source.now.advanced(by: turn)))
                if try source.wait(for: need, until: end) { return true }
            }
            if isLast { return false }
            turn = min(turn * 2, .milliseconds(8))
        }
    }

    /// Has a child task wait for each source; the first that comes to something decides.
    public static func ready(
        forAny waits: [(source: Self, need: Need)], until deadline: Deadline
    ) async throws(TransportError) -> Bool {
        guard let first = waits.first else { throw nothingToWaitFor }
        guard waits.count > 1 else { return try await first.source.ready(for: first.need, until: deadline) }
        let outcome = await withTaskGroup(of: Result<Bool, TransportError>.self) { group in
            for (source, need) in waits {
                group.addTask {
                    do throws(TransportError) {
                        return .success(try await source.ready(for: need, until: deadline))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            let outcome = await group.next()
            group.cancelAll()
            return outcome
        }
        return try outcome?.get() ?? false
    }

    private static var nothingToWaitFor: TransportError {
        .invalidArgument("there is nothing to wait for: give one source at least", operation: .wait)
    }
}
