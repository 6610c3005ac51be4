internal import TransportCore

/// Something that is done at a time of a network. Touched only with the network's lock held.
class NetworkTimer: TimerNode {
    // Looked at when any wait ends; each access ends before the next one begins.
    @exclusivity(unchecked) final var place = TimerPlace()

    /// Does it.
    func fire(_ engine: NetworkEngine) {}
}

/// A timer that runs a closure.
final class ActionTimer: NetworkTimer {
    private let action: (NetworkEngine) -> Void

    /// The closure is given the engine, which it must not keep: the engine keeps it.
    init(_ action: @escaping (NetworkEngine) -> Void) { self.action = action }

    override func fire(_ engine: NetworkEngine) { action(engine) }
}
