/// Something that has a place in a ``TimerQueue``.
@usableFromInline
package protocol TimerNode: AnyObject {
    /// Its place; begins as `TimerPlace()` and is the queue's to change.
    var place: TimerPlace { get set }
}

/// Where a timer stands.
@usableFromInline
package struct TimerPlace {
    @usableFromInline var time: Int64 = 0
    @usableFromInline var sequence: UInt64 = 0
    /// Where it stands in its queue; negative while it is in none. Of half the size, because there are many.
    @usableFromInline var shortIndex: Int32 = -1

    @inlinable package init() {}

    /// Whether it is in a queue.
    @inlinable package var isQueued: Bool { shortIndex >= 0 }

    /// Where it stands in its queue; negative while it is in none.
    @inlinable var index: Int {
        get { Int(shortIndex) }
        set { shortIndex = Int32(truncatingIfNeeded: newValue) }
    }

    @inlinable func precedes(_ other: TimerPlace) -> Bool { (time, sequence) < (other.time, other.sequence) }
}

/// Timers in the order of their times; those of one time in the order they were added.
///
/// Adding and removing take time that grows with the logarithm of their number. Inlinable, as ``FirstInFirstOut`` is.
@usableFromInline
package struct TimerQueue<Node: TimerNode> {
    // A binary heap: the first timer precedes all others, and each knows its place.
    @usableFromInline var heap: [Node] = []
    @usableFromInline var nextSequence: UInt64 = 0

    @inlinable package init() {}

    /// The time of the first timer.
    @inlinable package var nextTime: Int64? { heap.first?.place.time }

    /// Adds a timer, which is in no queue.
    @inlinable package mutating func add(_ timer: Node, at time: Int64) {
        timer.place.time = time
        timer.place.sequence = nextSequence
        nextSequence += 1
        heap.append(timer)
        rise(timer, from: heap.count - 1)
    }

    /// Takes the first timer when its time is not after `now`.
    @inlinable package mutating func popDue(at now: Int64) -> Node? {
        guard let first = heap.first, first.place.time <= now else { return nil }
        remove(first)
        return first
    }

    /// Takes a timer out, if it is in.
    @inlinable package mutating func remove(_ timer: Node) {
        let index = timer.place.index
        guard index >= 0 else { return }
        timer.place.index = -1
        let last = heap.removeLast()
        guard last !== timer else { return }
        // The last one takes the free place and moves to where it belongs, which may be either way.
        sink(last, from: index)
        if last.place.index == index { rise(last, from: index) }
    }

    @inlinable mutating func rise(_ timer: Node, from index: Int) {
        var child = index
        while child > 0, timer.place.precedes(heap[(child - 1) / 2].place) {
            put(heap[(child - 1) / 2], at: child)
            child = (child - 1) / 2
        }
        put(timer, at: child)
    }

    @inlinable mutating func sink(_ timer: Node, from index: Int) {
        var parent = index
        while true {
            var child = 2 * parent + 1
            if child + 1 < heap.count, heap[child + 1].place.precedes(heap[child].place) { child += 1 }
            guard child < heap.count, heap[child].place.precedes(timer.place) else { break }
            put(heap[child], at: parent)
            parent = child
        }
        put(timer, at: parent)
    }

    @inlinable mutating func put(_ timer: Node, at index: Int) {
        heap[index] = timer
        timer.place.index = index
    }
}
