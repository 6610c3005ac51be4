/// Bytes on their way between libssl and the transport below, in memory of a pool.
///
/// Whoever has a queue calls ``release()`` when done with it.
struct ByteQueue {
    private let pool: BufferPool
    /// A piece of the pool, memory of its own when that is not enough, or nothing while the queue is empty.
    private var memory: UnsafeMutableRawPointer?
    private var capacity = 0
    private var start = 0
    private var end = 0

    init(pool: BufferPool) { self.pool = pool }

    /// How many bytes there are.
    var count: Int { end - start }

    /// Whether there are none.
    var isEmpty: Bool { start == end }

    /// The bytes.
    var bytes: UnsafeRawBufferPointer {
        memory.map { UnsafeRawBufferPointer(start: $0 + start, count: end - start) }
            ?? UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// Appends a copy of some bytes.
    mutating func append(_ source: UnsafeRawBufferPointer) {
        guard let from = source.baseAddress, source.count > 0 else { return }
        reserve(source.count).copyMemory(from: from, byteCount: source.count)
        end += source.count
    }

    /// Takes bytes from the front.
    ///
    /// - Returns: How many.
    mutating func take(into target: UnsafeMutableRawBufferPointer) -> Int {
        let part = min(count, target.count)
        guard part > 0, let memory, let to = target.baseAddress else { return 0 }
        to.copyMemory(from: memory + start, byteCount: part)
        drop(part)
        return part
    }

    /// Forgets bytes at the front.
    mutating func drop(_ part: Int) {
        start += part
        if start == end { release() }
    }

    /// Room behind the bytes, for ``commit(_:)``: a piece of the pool less what is in use.
    mutating func room(atMost limit: Int = .max) -> UnsafeMutableRawBufferPointer {
        let wanted = max(1, min(limit, capacity == 0 ? BufferPool.size : capacity - count))
        return UnsafeMutableRawBufferPointer(start: reserve(wanted), count: wanted)
    }

    /// Takes the first bytes that were put into the room.
    mutating func commit(_ part: Int) {
        end += part
        if isEmpty { release() }
    }

    /// Takes a piece of the pool with bytes in it; the queue is empty.
    mutating func adopt(_ piece: UnsafeMutableRawPointer, count: Int) {
        release()
        (memory, capacity, start, end) = (piece, BufferPool.size, 0, count)
        if count == 0 { release() }
    }

    /// Gives the memory back, and the bytes in it.
    mutating func release() {
        if let memory {
            if capacity == BufferPool.size { pool.giveBack(memory) } else { memory.deallocate() }
        }
        (memory, capacity, start, end) = (nil, 0, 0, 0)
    }

    /// Makes room for more bytes behind those that are there.
    private mutating func reserve(_ more: Int) -> UnsafeMutableRawPointer {
        if let memory {
            if end + more <= capacity { return memory + end }
            if count + more <= capacity {
                memory.copyMemory(from: memory + start, byteCount: count)
                (start, end) = (0, count)
                return memory + end
            }
        } else if more <= BufferPool.size {
            let piece = pool.take()
            (memory, capacity) = (piece, BufferPool.size)
            return piece
        }
        // Larger than a piece: a handshake with many certificates.
        let size = max(2 * capacity, count + more)
        let larger = UnsafeMutableRawPointer.allocate(
            byteCount: size == BufferPool.size ? size + 1 : size, alignment: 16)
        let kept = count
        if let memory { larger.copyMemory(from: memory + start, byteCount: kept) }
        release()
        (memory, capacity, start, end) = (larger, size == BufferPool.size ? size + 1 : size, 0, kept)
        return larger + kept
    }
}
