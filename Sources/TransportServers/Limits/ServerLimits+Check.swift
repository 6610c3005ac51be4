internal import TransportCore

extension ServerLimits {
    /// Throws when a limit could never be kept.
    func check() throws(TransportError) {
        for (name, value) in [
            ("connections", connections), ("connectionsPerPeer", connectionsPerPeer), ("datagrams", datagrams),
        ] {
            guard let value, value < 1 else { continue }
            throw .invalidArgument(
                "the limit \(name) is \(value): give at least 1, or nil for none", operation: .accept)
        }
        for (name, time) in [
            ("establishTime", establishTime), ("idleTime", idleTime), ("connectionTime", connectionTime),
        ] {
            guard let time, time <= .zero || time > longestTime else { continue }
            throw .invalidArgument(
                "the limit \(name) is \(time): give more than zero and at most 292 years, or nil for none",
                operation: .accept
            )
        }
    }

    private var longestTime: Duration { .nanoseconds(Int64.max) }
}
