#if canImport(Darwin)
public import Darwin
#elseif canImport(Musl)
public import Musl
#else
public import Glibc
#endif

/// Bytes that were received and not yet read, in memory of its own: they are looked through there and lent from there.
///
/// Memory by hand, because lines are lent out of it without a copy or an allocation. The invariant is
/// `0 <= start <= searched <= end <= capacity`; the bytes from `start` to `end` are initialised.
@usableFromInline
struct InputBuffer: ~Copyable {
    @usableFromInline var memory: UnsafeMutableRawPointer
    @usableFromInline var capacity: Int
    /// What is before was read.
    @usableFromInline var start = 0
    /// What comes after is free.
    @usableFromInline var end = 0
    /// Up to here there is no end of a line after `start`.
    @usableFromInline var searched = 0
    @usableFromInline let usualCapacity: Int

    /// Makes a buffer for so many bytes, at least 16; it grows when more must be held.
    @usableFromInline
    init(capacity: Int) {
        usualCapacity = max(16, capacity)
        self.capacity = usualCapacity
        memory = .allocate(byteCount: usualCapacity, alignment: 16)
    }

    @inlinable
    deinit { memory.deallocate() }

    /// How many bytes are held.
    @inlinable var count: Int { end - start }

    /// The bytes that are held. Valid until the buffer is changed.
    @inlinable var bytes: UnsafeRawBufferPointer { bytes(start..<end) }

    /// A part of the memory. Valid until the buffer is changed.
    @inlinable
    func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: memory + range.lowerBound, count: range.count)
    }

    /// A part of the memory as text; what is not UTF-8 appears as U+FFFD.
    @inlinable
    func text(_ range: Range<Int>) -> String {
        // Of typed memory the standard library makes a string at once.
        String(decoding: bytes(range).assumingMemoryBound(to: UInt8.self), as: UTF8.self)
    }

    /// Marks the next bytes as read. They stay in memory until the next ``makeRoom(atLeast:)``.
    @inlinable
    mutating func consume(_ count: Int) {
        start &+= count
        searched = start
    }

    /// Takes all bytes that are held.
    mutating func takeAll() -> [UInt8] {
        defer { consume(count) }
        return [UInt8](bytes)
    }

    /// The place of a byte, looked for from `from` on.
    @inlinable
    func firstIndex(of byte: UInt8, from: Int) -> Int? {
        // The C library looks at 32 bytes at a time, which Swift does not.
        guard let found = memchr(memory + from, Int32(byte), end &- from) else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(memory)
    }

    /// The place of a run of bytes, looked for from `from` on.
    func firstIndex(of run: [UInt8], from: Int) -> Int? {
        guard let first = run.first else { return nil }
        var from = from
        while let index = firstIndex(of: first, from: from), index + run.count <= end {
            if run.indices.allSatisfy({ memory.load(fromByteOffset: index + $0, as: UInt8.self) == run[$0] }) {
                return index
            }
            from = index + 1
        }
        return nil
    }

    /// Makes room for more bytes behind those that are held.
    @usableFromInline
    mutating func makeRoom(atLeast room: Int) {
        if start == end {
            start = 0
            end = 0
            searched = 0
            // One long line must not keep its memory for ever.
            if capacity > 4 * usualCapacity { resize(to: max(usualCapacity, room)) }
        }
        guard capacity - end < room else { return }
        if start > 0, capacity - count >= room {
            memory.copyMemory(from: memory + start, byteCount: count)
            (searched, end, start) = (searched - start, count, 0)
        } else {
            resize(to: max(2 * capacity, count + room))
        }
    }

    /// Has `body` put bytes behind those that are held, at most so many, where there is room.
    @inlinable
    mutating func append<Result>(
        atMost maximum: Int, _ body: (inout OutputRawSpan) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        let free = UnsafeMutableRawBufferPointer(start: memory + end, count: min(maximum, capacity - end))
        var span = OutputRawSpan(buffer: free, initializedCount: 0)
        defer { end += span.byteCount }
        return try body(&span)
    }

    private mutating func resize(to size: Int) {
        let larger = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        larger.copyMemory(from: memory + start, byteCount: count)
        memory.deallocate()
        (memory, capacity) = (larger, size)
        (searched, end, start) = (searched - start, count, 0)
    }
}
