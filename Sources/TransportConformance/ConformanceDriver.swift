/// A way to use a connection. Cases are written once and run in each of the ways that make sense for them.
public enum ConformanceDriver: String, CaseIterable, Hashable, Sendable, CustomStringConvertible {
    /// Each end has a thread of its own, and its calls block.
    case blocking

    /// One thread does what can be done at either end without waiting, in turn.
    ///
    /// Without a second thread, what happens is determined as far as the transport is.
    case stepping

    /// Each end has a task of its own, which is suspended until the transport says that it is ready.
    ///
    /// The tasks run on a thread of the suite's, so that they do not depend on who blocks the shared ones.
    case async

    /// The name.
    public var description: String { rawValue }
}
