internal import TransportCore

/// A fault of a ``LoopbackNetwork``: what happens to which operations. Comes from
/// ``LoopbackNetwork/fault(_:on:)``.
///
/// It stays until ``remove()`` is called, also when nobody keeps this object.
public final class FaultRule: Sendable {
    /// What happens.
    public let verdict: FaultVerdict
    /// To which operations.
    public let match: FaultMatch

    private let engine: NetworkEngine
    // Touched only with the network's lock held, which makes it safe to share.
    private nonisolated(unsafe) let state: State

    /// What the network knows about a fault. It does not keep the network.
    final class State {
        let verdict: FaultVerdict.Kind
        let match: FaultMatch
        /// How many operations were of the kind and at the place that are meant.
        var matchCount = 0
        /// How many of them the fault has happened to.
        var hitCount = 0
        /// The first of them, in words.
        var firstHit: String?
        /// How often what is held was released.
        var releaseCount = 0

        init(_ verdict: FaultVerdict, _ match: FaultMatch) {
            self.verdict = verdict.kind
            self.match = match
        }

        var description: String { "\(verdict) on \(match)" }
    }

    init(_ verdict: FaultVerdict, _ match: FaultMatch, isFirst: Bool = false, in engine: NetworkEngine) {
        self.verdict = verdict
        self.match = match
        self.engine = engine
        state = engine.locked { engine.makeFaults().add(verdict, match, isFirst: isFirst, engine) }
    }

    /// How many operations the fault has happened to.
    public var hitCount: Int { engine.locked { state.hitCount } }

    /// The first operation that the fault has happened to, such as "send of 12 bytes to cache:6379", or nil.
    public var firstHit: String? { engine.locked { state.firstHit } }

    /// Lets everything arrive that the fault has held so far, in order. It holds what comes later.
    public func release() {
        engine.locked {
            state.releaseCount += 1
            engine.faults?.reconsider(engine)
        }
    }

    /// Ends the fault: what it holds goes on. May be repeated.
    public func remove() { engine.locked { engine.faults?.remove(state, engine) } }

    /// Ends a partition; the same as ``remove()``.
    public func heal() { remove() }
}

extension FaultRule: CustomStringConvertible {
    /// The fault in words, such as "reset on sends from client to cache, number 3".
    public var description: String { state.description }
}
