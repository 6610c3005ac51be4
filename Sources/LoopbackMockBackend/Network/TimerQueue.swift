/// Things to do at times to come, in the order of their times; those of one time in the order they were added.
struct TimerQueue<Action> {
    private struct Entry {
        let time: Int64
        let sequence: UInt64
        let action: Action

        func precedes(_ other: Entry) -> Bool { (time, sequence) < (other.time, other.sequence) }
    }

    // A binary heap: the first entry precedes all others.
    private var heap: [Entry] = []
    private var nextSequence: UInt64 = 0

    var isEmpty: Bool { heap.isEmpty }
    var count: Int { heap.count }

    /// The time of the first action.
    var nextTime: Int64? { heap.first?.time }

    /// Adds an action.
    mutating func add(at time: Int64, _ action: Action) {
        heap.append(Entry(time: time, sequence: nextSequence, action: action))
        nextSequence += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].precedes(heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the first action when its time is not after `now`.
    mutating func popDue(at now: Int64) -> Action? {
        guard let first = heap.first, first.time <= now else { return nil }
        removeFirst()
        return first.action
    }

    /// Drops actions from the front as long as `isUnwanted` says so.
    mutating func removeFirst(while isUnwanted: (Action) -> Bool) {
        while let first = heap.first, isUnwanted(first.action) { removeFirst() }
    }

    private mutating func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].precedes(heap[smallest]) { smallest = child }
            }
            guard smallest != parent else { return }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
