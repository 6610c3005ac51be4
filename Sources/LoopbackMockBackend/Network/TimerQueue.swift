/// Something that is done at a time of a network. Touched only with the network's lock held.
class NetworkTimer {
    fileprivate(set) var time: Int64 = 0
    fileprivate var sequence: UInt64 = 0
    /// Where it stands in its queue; nil while it is in none.
    fileprivate var index: Int?

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

/// Timers in the order of their times; those of one time in the order they were added.
///
/// Adding and removing take time that grows with the logarithm of their number.
struct TimerQueue {
    // A binary heap: the first timer precedes all others, and each knows its place.
    private var heap: [NetworkTimer] = []
    private var nextSequence: UInt64 = 0

    /// The time of the first timer.
    var nextTime: Int64? { heap.first?.time }

    /// Adds a timer, which is in no queue.
    mutating func add(_ timer: NetworkTimer, at time: Int64) {
        timer.time = time
        timer.sequence = nextSequence
        nextSequence += 1
        heap.append(timer)
        rise(timer, from: heap.count - 1)
    }

    /// Takes the first timer when its time is not after `now`.
    mutating func popDue(at now: Int64) -> NetworkTimer? {
        guard let first = heap.first, first.time <= now else { return nil }
        remove(first)
        return first
    }

    /// Takes a timer out, if it is in.
    mutating func remove(_ timer: NetworkTimer) {
        guard let index = timer.index else { return }
        timer.index = nil
        let last = heap.removeLast()
        guard last !== timer else { return }
        // The last one takes the free place and moves to where it belongs, which may be either way.
        sink(last, from: index)
        if last.index == index { rise(last, from: index) }
    }

    private mutating func rise(_ timer: NetworkTimer, from index: Int) {
        var child = index
        while child > 0, precedes(timer, heap[(child - 1) / 2]) {
            put(heap[(child - 1) / 2], at: child)
            child = (child - 1) / 2
        }
        put(timer, at: child)
    }

    private mutating func sink(_ timer: NetworkTimer, from index: Int) {
        var parent = index
        while true {
            var child = 2 * parent + 1
            if child + 1 < heap.count, precedes(heap[child + 1], heap[child]) { child += 1 }
            guard child < heap.count, precedes(heap[child], timer) else { break }
            put(heap[child], at: parent)
            parent = child
        }
        put(timer, at: parent)
    }

    private mutating func put(_ timer: NetworkTimer, at index: Int) {
        heap[index] = timer
        timer.index = index
    }

    private func precedes(_ timer: NetworkTimer, _ other: NetworkTimer) -> Bool {
        (timer.time, timer.sequence) < (other.time, other.sequence)
    }
}
