internal import TransportCore

/// Who waits to be accepted at a listener.
///
/// Sendable: touched only with the network's lock held.
final class ListenerQueue<Space: LoopbackAddressSpace>: Waitable, @unchecked Sendable {
    struct Entry {
        let pair: StreamPair
        let local: Space.SocketAddress
        let remote: Space.SocketAddress

        /// The client has given up before there was room for it.
        var hasGivenUp: Bool { !pair.isEstablished && pair[0].isClosed }
    }

    /// Where it listens, in words.
    var name = ""
    /// How many may be established before they are accepted.
    private let capacity: Int
    /// Those who are established.
    private var established = FirstInFirstOut<Entry>()
    /// Those for whom there was no room yet.
    private var pending = FirstInFirstOut<Entry>()
    var isStopped = false
    var isClosed = false
    /// The accept that is under way, where there are faults.
    var accepting: FaultableOperation?
    /// What is written down about the listener.
    var record: ListenerRecord?
    var waiters: [Waiter] = []

    /// - Parameter backlog: As for `listen`. As on Linux, one more fits; no backlog is less than zero.
    init(backlog: Int?) {
        capacity = max(0, min(backlog ?? 4096, 4096)) + 1
    }

    /// Takes in whoever connects.
    func append(_ entry: Entry, _ engine: NetworkEngine) {
        pending.append(entry)
        establish(engine)
        engine.changed(self)
    }

    /// Who has been established for longest.
    var first: Entry? { established.first }

    /// Forgets that one, and gives its room to another.
    func removeFirst(_ engine: NetworkEngine) {
        _ = established.popFirst()
        establish(engine)
    }

    /// Establishes those for whom there is room, and forgets those who no longer wait for it.
    private func establish(_ engine: NetworkEngine) {
        while established.count < capacity, let entry = pending.popFirst() {
            guard !entry.hasGivenUp else { continue }
            established.append(entry)
            entry.pair.isEstablished = true
            entry.pair.changed(engine)
        }
    }

    /// Gives everyone, established or not, and is empty then.
    func removeAll() -> [Entry] {
        var all: [Entry] = []
        while let entry = established.popFirst() ?? pending.popFirst() { all.append(entry) }
        return all
    }

    func isReady(_ wish: Wish) -> Bool {
        if isClosed { return true }
        guard !wish.interest.isEmpty else { return false }  // a wait for a time
        return isStopped || accepting?.isHeldBack != true && !established.isEmpty
    }

    func isClosed(_ wish: Wish) -> Bool { isClosed }
    func describe(_ wish: Wish) -> String {
        wish.interest.isEmpty ? "a time, or the end of \(name)" : "a connection to \(name)"
    }
}
