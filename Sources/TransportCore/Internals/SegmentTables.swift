// Tables of segments for the vectored calls, on the stack. An array's memory is only promised for the duration of a
// closure, so pinning n arrays nests n closures; 64 of them keep the stack small and are more than one call needs.

/// How many segments one vectored call takes at most.
package let largestSegmentTable = 64

/// Gives a table for `count` segments, of which every entry must be set.
package func withSegmentTable<Segment: BitwiseCopyable, Result>(
    _ count: Int, _ body: (UnsafeMutableBufferPointer<Segment>) throws(TransportError) -> Result
) throws(TransportError) -> Result {
    // The standard library's call rethrows any error; the typed one travels through a result in its place.
    try withUnsafeTemporaryAllocation(of: Segment.self, capacity: count) {
        table -> Swift.Result<Result, TransportError> in
        do throws(TransportError) {
            return .success(try body(table))
        } catch {
            return .failure(error)
        }
    }.get()
}

/// Gives a table of two runs of bytes.
package func withSegments<Result>(
    of first: RawSpan, _ second: RawSpan, _ body: (UnsafeBufferPointer<ByteSegment>) throws(TransportError) -> Result
) throws(TransportError) -> Result {
    try first.withUnsafeBytes { (first) throws(TransportError) -> Result in
        try second.withUnsafeBytes { (second) throws(TransportError) -> Result in
            try withSegmentTable(2) { (table) throws(TransportError) -> Result in
                table[0] = ByteSegment(first)
                table[1] = ByteSegment(second)
                return try body(UnsafeBufferPointer(table))
            }
        }
    }
}

/// Gives a table of the first arrays of a list, without `skipping` bytes of the first one.
package func withSegments<Result>(
    of arrays: ArraySlice<[UInt8]>, skipping: Int,
    _ body: (UnsafeBufferPointer<ByteSegment>) throws(TransportError) -> Result
) throws(TransportError) -> Result {
    try withSegmentTable(min(arrays.count, largestSegmentTable)) { (table) throws(TransportError) -> Result in
        try pin(arrays, skipping, into: table, filled: 0, body)
    }
}

private func pin<Result>(
    _ arrays: ArraySlice<[UInt8]>, _ skipping: Int, into table: UnsafeMutableBufferPointer<ByteSegment>, filled: Int,
    _ body: (UnsafeBufferPointer<ByteSegment>) throws(TransportError) -> Result
) throws(TransportError) -> Result {
    // Empty arrays take no place in the table: they must not keep those that follow from being sent.
    guard filled < table.count, let next = arrays.firstIndex(where: { !$0.isEmpty }) else {
        return try body(UnsafeBufferPointer(rebasing: table[..<filled]))
    }
    return try arrays[next].withUnsafeBufferPointer { (buffer) throws(TransportError) -> Result in
        let rest = UnsafeBufferPointer(rebasing: buffer.dropFirst(skipping))
        table[filled] = ByteSegment(UnsafeRawBufferPointer(rest))
        return try pin(arrays[(next + 1)...], 0, into: table, filled: filled + 1, body)
    }
}

/// What is left of a list of arrays that is sent piece by piece.
struct SegmentRest {
    private var arrays: ArraySlice<[UInt8]>
    /// How many bytes of the first of them are gone.
    private var skipped = 0

    init(_ arrays: [[UInt8]]) { self.arrays = arrays[...] }

    /// Takes bytes away from the front.
    mutating func drop(_ count: Int) {
        skipped += count
        while let first = arrays.first, first.count <= skipped {
            arrays.removeFirst()
            skipped -= first.count
        }
    }

    /// Gives a table of the first arrays that are left.
    func withSegments<Result>(
        _ body: (UnsafeBufferPointer<ByteSegment>) throws(TransportError) -> Result
    ) throws(TransportError) -> Result {
        try TransportCore.withSegments(of: arrays, skipping: skipped, body)
    }
}

/// Gives a table of the first arrays of a list that have room.
package func withMutableSegments<Result>(
    of arrays: inout [[UInt8]],
    _ body: (UnsafeBufferPointer<MutableByteSegment>) throws(TransportError) -> Result
) throws(TransportError) -> Result {
    try arrays.withUnsafeMutableBufferPointer { (arrays) throws(TransportError) -> Result in
        try withSegmentTable(min(arrays.count, largestSegmentTable)) { (table) throws(TransportError) -> Result in
            try pin(arrays, from: 0, into: table, filled: 0, body)
        }
    }
}

private func pin<Result>(
    _ arrays: UnsafeMutableBufferPointer<[UInt8]>, from start: Int,
    into table: UnsafeMutableBufferPointer<MutableByteSegment>, filled: Int,
    _ body: (UnsafeBufferPointer<MutableByteSegment>) throws(TransportError) -> Result
) throws(TransportError) -> Result {
    guard filled < table.count, let next = arrays[start...].firstIndex(where: { !$0.isEmpty }) else {
        return try body(UnsafeBufferPointer(rebasing: table[..<filled]))
    }
    return try arrays[next].withUnsafeMutableBufferPointer { (buffer) throws(TransportError) -> Result in
        table[filled] = MutableByteSegment(UnsafeMutableRawBufferPointer(buffer))
        return try pin(arrays, from: next + 1, into: table, filled: filled + 1, body)
    }
}
