/// Something that can be waited for: every transport, listener and datagram endpoint.
///
/// A backend writes two waits, one that blocks a thread and one that suspends a task. Everything above them that waits,
/// blocking or not, is written once.
public protocol ReadinessSource: TimeSource {
    /// Blocks this thread until a need may be met. Several threads may wait at the same time.
    ///
    /// Readiness is a hint: the step is tried again, and may again not be possible.
    ///
    /// - Returns: Whether to try again; false when the deadline passed first. A deadline that has passed asks for the
    ///   present state.
    /// - Throws: ``TransportError/Kind/closed`` when the object is closed meanwhile.
    func wait(for need: Need, until deadline: Deadline) throws(TransportError) -> Bool

    /// Suspends this task until a need may be met. Like `wait(for:until:)`, without keeping a thread.
    ///
    /// - Returns: Whether to try again; false when the deadline passed first. A deadline that has passed asks for the
    ///   present state.
    /// - Throws: ``TransportError/Kind/cancelled`` when the task is cancelled, also when it was so before;
    ///   ``TransportError/Kind/closed`` when the object is closed meanwhile; in both cases at once.
    func ready(for need: Need, until deadline: Deadline) async throws(TransportError) -> Bool

    /// Blocks this thread until an event has happened, in the source's time: what a layer needs where one of two calls waits
    /// for what the other one does.
    ///
    /// The default looks again and again. A source overrides it where it can be woken, and a layer hands it to the layer
    /// below.
    ///
    /// - Returns: Whether the event has happened; false when the deadline passed first.
    /// - Throws: ``TransportError/Kind/closed`` when the object is closed meanwhile.
    func wait(for event: WakeEvent, until deadline: Deadline) throws(TransportError) -> Bool

    /// Suspends this task until an event has happened, in the source's time. Like the form that blocks.
    ///
    /// - Returns: Whether the event has happened; false when the deadline passed first.
    /// - Throws: ``TransportError/Kind/cancelled`` when the task is cancelled, ``TransportError/Kind/closed`` when the object
    ///   is closed meanwhile; in both cases at once.
    func ready(for event: WakeEvent, until deadline: Deadline) async throws(TransportError) -> Bool

    /// Whether a step in a direction is known to be in vain, so that a task that may wait does better to wait at once.
    ///
    /// True only when `ready(for:until:)` is sure to wake the task as soon as the step can do something. The default is
    /// false, which costs a call that finds nothing; a layer that keeps bytes of its own leaves it at that.
    func isKnownUnready(for interest: Need.Interest) -> Bool

    /// Blocks this thread until a need of any of several sources may be met: what one thread needs that has several
    /// attempts to connect, or several listeners.
    ///
    /// The default waits for each in turn, a few milliseconds at a time. A source overrides it where it can wait for all of
    /// them at once, and a layer hands it to the layer below.
    ///
    /// - Parameters:
    ///   - waits: The sources, at least one, each with its need.
    ///   - deadline: Until when. One that has passed asks for the present state.
    /// - Returns: Whether to try again what was waited for; false when the deadline passed first.
    /// - Throws: As `wait(for:until:)` does for any of the sources.
    static func wait(
        forAny waits: [(source: Self, need: Need)], until deadline: Deadline
    ) throws(TransportError) -> Bool

    /// Suspends this task until a need of any of several sources may be met. Like ``wait(forAny:until:)``.
    ///
    /// The default has a child task wait for each.
    static func ready(
        forAny waits: [(source: Self, need: Need)], until deadline: Deadline
    ) async throws(TransportError) -> Bool
}

extension ReadinessSource {
    /// Knows nothing.
    @inlinable
    public func isKnownUnready(for interest: Need.Interest) -> Bool { false }

    /// Suspends this task until a need may be met, however long that takes. See `ready(for:until:)`.
    public func ready(for need: Need) async throws(TransportError) {
        while try await !ready(for: need, until: .never) {}
    }
}
