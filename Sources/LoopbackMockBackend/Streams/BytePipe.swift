internal import TransportCore

/// The bytes that one end of a stream has sent and the other has not yet received: a bounded queue.
///
/// A ring that grows as it is needed, up to its capacity, so that a thousand idle connections cost little and a busy one
/// allocates nothing.
struct BytePipe {
    /// How many bytes it holds at most.
    let capacity: Int

    private var ring: [UInt8] = []
    private var start = 0

    /// How many bytes it holds.
    private(set) var count = 0

    init(capacity: Int) { self.capacity = max(1, capacity) }

    var freeCapacity: Int { capacity - count }
    var isEmpty: Bool { count == 0 }

    /// Takes as many bytes as there is room for, at most `limit`, from the front of a buffer.
    mutating func write(_ bytes: UnsafeRawBufferPointer, atMost limit: Int = .max) -> Int {
        let amount = min(bytes.count, freeCapacity, max(0, limit))
        guard amount > 0, let source = bytes.baseAddress else { return 0 }
        reserve(count + amount)
        let size = ring.count
        // Both are at most `size`: a subtraction does what a much slower division would.
        let begin = start + count >= size ? start + count - size : start + count
        let first = min(amount, size - begin)
        ring.withUnsafeMutableBytes { target in
            guard let base = target.baseAddress else { return }
            (base + begin).copyMemory(from: source, byteCount: first)
            if amount > first { base.copyMemory(from: source + first, byteCount: amount - first) }
        }
        count += amount
        return amount
    }

    /// Moves as many bytes as there are, at most `limit`, into a buffer.
    mutating func read(into target: UnsafeMutableRawBufferPointer, atMost limit: Int = .max) -> Int {
        let amount = peek(into: target, atMost: limit)
        discard(amount)
        return amount
    }

    /// Copies as many bytes as there are, at most `limit`, into a buffer, and keeps them.
    func peek(into target: UnsafeMutableRawBufferPointer, atMost limit: Int = .max) -> Int {
        let amount = min(target.count, count, max(0, limit))
        guard amount > 0, let destination = target.baseAddress else { return 0 }
        let first = min(amount, ring.count - start)
        ring.withUnsafeBytes { source in
            guard let base = source.baseAddress else { return }
            destination.copyMemory(from: base + start, byteCount: first)
            if amount > first { (destination + first).copyMemory(from: base, byteCount: amount - first) }
        }
        return amount
    }

    /// Drops bytes from the front.
    mutating func discard(_ amount: Int) {
        guard amount > 0 else { return }
        count -= min(amount, count)
        start += amount
        if count == 0 { start = 0 } else if start >= ring.count { start -= ring.count }
    }

    /// Drops everything.
    mutating func removeAll() { discard(count) }

    private mutating func reserve(_ needed: Int) {
        guard needed > ring.count else { return }
        var size = max(256, ring.count)
        while size < needed { size *= 2 }
        var larger = [UInt8](repeating: 0, count: min(size, max(capacity, needed)))
        _ = larger.withUnsafeMutableBytes { peek(into: $0) }
        ring = larger
        start = 0
    }
}
