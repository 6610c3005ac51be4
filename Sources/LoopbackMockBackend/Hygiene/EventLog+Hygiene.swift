internal import TransportCore

extension EventLog {
    /// What was left open, unread or undone, by now.
    var findings: [HygieneFinding] {
        var all: [HygieneFinding] = []
        for stream in streams {
            for (end, peer) in [(stream.client, stream.server), (stream.server, stream.client)] {
                let name = "connection #\(stream.number) (\(end.address) ↔ \(peer.address))"
                all += findings(of: end).map { HygieneFinding(kind: $0, origin: end.origin, text: "\(name) \($1)") }
            }
        }
        for listener in listeners {
            let kind: HygieneFinding.Kind? = listener.isDropped ? .dropped : listener.isClosed ? nil : .unclosed
            guard let kind, let origin = listener.origin else { continue }
            let what = kind == .dropped ? "was dropped without being closed" : "was never closed"
            all.append(HygieneFinding(kind: kind, origin: origin, text: "the listener at \(listener.address) \(what)"))
        }
        for failure in players.compactMap(\.failure) {
            all.append(HygieneFinding(kind: .script, origin: nil, text: failure.description))
        }
        return merged(all)
    }

    private func findings(of end: StreamRecord.End) -> [(HygieneFinding.Kind, String)] {
        var findings: [(HygieneFinding.Kind, String)] = []
        func add(_ kind: HygieneFinding.Kind, _ text: String, if applies: Bool) {
            if applies { findings.append((kind, text)) }
        }
        add(.unclosed, "was never closed", if: end.origin != nil && !end.isClosed)
        add(.dropped, "was dropped without being closed", if: end.isDropped)
        add(.unreadBytes, "was closed with \(bytes(end.unreadCount)) unread", if: end.unreadCount > 0)
        add(
            .unflushedOutput, "was closed with \(bytes(end.lostOutputCount)) of output never flushed",
            if: end.lostOutputCount > 0
        )
        add(
            .endlessWait, "waited \(times(end.endlessWaitCount)) for something to receive, without a deadline",
            if: end.endlessWaitCount > 0
        )
        add(
            .oneByteSends, "sent \(times(end.oneByteSendCount)) one byte alone: put them together before sending",
            if: end.oneByteSendCount >= HygieneFinding.manyOneByteSends
        )
        return findings
    }

    private func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }
    private func bytes(_ count: Int) -> String { count == 1 ? "1 byte" : "\(count) bytes" }

    /// One finding of each kind for each place in the program: a thousand connections are made in one line.
    private func merged(_ findings: [HygieneFinding]) -> [HygieneFinding] {
        var merged: [HygieneFinding] = []
        var indices: [String: Int] = [:]
        for finding in findings {
            let key = finding.origin.map { "\(finding.kind) \($0)" }
            if let index = key.flatMap({ indices[$0] }) {
                merged[index].count += 1
            } else {
                if let key { indices[key] = merged.count }
                merged.append(finding)
            }
        }
        return merged
    }
}
