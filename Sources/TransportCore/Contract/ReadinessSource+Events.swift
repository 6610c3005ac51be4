extension ReadinessSource {
    /// Looks again and again whether the event has happened, in the source's own time: after a millisecond, and ever more
    /// seldom.
    public func wait(for event: WakeEvent, until deadline: Deadline) throws(TransportError) -> Bool {
        let began = now
        while !event.isSet {
            guard let look = nextLook(since: began, until: deadline) else { return false }
            _ = try wait(for: Need([], notBefore: look.instant), until: look)
        }
        return true
    }

    /// Looks again and again whether the event has happened, in the source's own time: after a millisecond, and ever more
    /// seldom.
    public func ready(for event: WakeEvent, until deadline: Deadline) async throws(TransportError) -> Bool {
        let began = now
        while !event.isSet {
            guard let look = nextLook(since: began, until: deadline) else { return false }
            _ = try await ready(for: Need([], notBefore: look.instant), until: look)
        }
        return true
    }

    /// When to look again; nil when the deadline has passed.
    private func nextLook(since began: Instant, until deadline: Deadline) -> Deadline? {
        let now = now
        return deadline.hasPassed(at: now)
            ? nil : min(deadline, now.nextLook(since: began, after: .milliseconds(1)))
    }
}
