internal import TransportCore

extension LoopbackNetwork {
    /// What was left open, unread or undone, by now.
    ///
    /// To be looked at when the program is done: what is still at work is still open.
    public var hygiene: [HygieneFinding] {
        let unused = unusedFaults.map {
            HygieneFinding(kind: .unusedFault, origin: nil, text: "the fault \($0) never happened")
        }
        return engine.locked { engine.log.findings + engine.refusedWait } + unused
    }

    /// Checks that nothing was left open, unread or undone.
    ///
    /// - Parameter allowed: What may be found. The default is ``Swift/Set/notes``; with `[]` nothing may.
    /// - Throws: ``HygieneFailure`` with what was found and is not allowed.
    public func checkHygiene(allowing allowed: Set<HygieneFinding.Kind> = .notes) throws(HygieneFailure) {
        let findings = hygiene.filter { !allowed.contains($0.kind) }
        if !findings.isEmpty { throw HygieneFailure(findings: findings) }
    }
}

extension NetworkEngine {
    /// Who was told that it cannot wait, and may have ignored it. With the lock held.
    fileprivate var refusedWait: [HygieneFinding] {
        guard let (first, count) = refusedWaits else { return [] }
        let times = count == 1 ? "" : ", the first of \(count) times"
        return [
            HygieneFinding(
                kind: .unknownTask, origin: nil,
                text: """
                    a thread or task that the network does not know wanted to wait for \(first)\(times), and was told that it \
                    cannot: \(NetworkEngine.remedies)
                    """
            )
        ]
    }
}
